"""A feed's document as articles, each with the digest of what it says, and what they look like to a doubter.

Touches neither network nor store; never fails. Called where a feed is read or looked at.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feedsvc import text
from feedsvc.config import Source
from feedsvc.model import Article, Draft, Fault, ServedEntry
from feedsvc.normalise import normalise, substance
from feedsvc.publishers import publisher_for
from feedsvc.reading.asking import origin_of
from feedsvc.sources.answers import Answer, Received
from feedsvc.sources.feed import parse_feed
from feedsvc.sources.rhythm import Rhythm, rhythm

logger = logging.getLogger(__name__)

MOST_REMARKS = 5
DIGITS = 16  # of a digest, enough to tell the entries of one feed apart


@dataclass(frozen=True, slots=True)
class EntryRead:
    draft: Draft  # as the publisher's adapter means it
    article: Article
    substance: str  # digest of what it says


@dataclass(frozen=True, slots=True)
class FeedRead:
    entries: tuple[EntryRead, ...]  # one for each article, in the feed's order
    asked: timedelta | None  # how long the feed asks to be left alone
    remarks: tuple[str, ...]  # what had to be mended or left out

    @property
    def rhythm(self) -> Rhythm | None:
        return rhythm([entry.article.published for entry in self.entries if entry.article.published])


def parse(source: Source, answer: Answer, got: Received, now: datetime, by_address: bool = False) -> FeedRead | Fault:
    """`by_address`: the guids are worth nothing, the articles' addresses tell them apart."""
    origin = origin_of(source.url)
    content_type = f"{got.media_type}; charset={got.charset}" if got.charset else got.media_type
    try:
        feed = parse_feed(
            got.body, source=source.id, origin=origin, captured=now, content_type=content_type, base=answer.url
        )
        if isinstance(feed, Fault):
            return feed
        entries, remarks = _read_all(feed.entries, source, by_address)
    except Exception as error:  # a bulkhead: what nobody foresaw costs one source, not the run
        logger.exception("reading the feed %s failed", origin)
        return Fault(source.id, origin, f"was not understood ({type(error).__name__}); report it with the log")
    nothing = () if feed.entries else ("holds no entries at present",)
    return FeedRead(tuple(entries), feed.every, (*nothing, *feed.remarks, *remarks))


def _read_all(drafts: Iterable[Draft], source: Source, by_address: bool) -> tuple[list[EntryRead], list[str]]:
    """Also what to say of entries that are no article."""
    read: dict[str, EntryRead] = {}
    problems: Counter[str] = Counter()
    total = 0
    for draft in drafts:
        total += 1
        entry = _read(replace(draft, guid="") if by_address else draft, source)
        if isinstance(entry, Fault):
            problems[entry.problem] += 1
        else:
            read.setdefault(entry.article.key, entry)
    return list(read.values()), [
        f"{count} of {total} entries left out: {problem}" for problem, count in problems.most_common(MOST_REMARKS)
    ]


def _read(draft: Draft, source: Source) -> EntryRead | Fault:
    stated = replace(
        draft, publisher_name=source.publisher or draft.publisher_name, language=draft.language or source.language
    )
    try:
        meant = publisher_for(stated.url).read(stated)
        article = normalise(meant)
    except Exception as error:  # a bulkhead: what an adapter did not foresee costs one entry, not the feed
        logger.exception("reading an entry of %s failed: %s", draft.origin, draft.url)
        return Fault(source.id, draft.origin, f"their html was not understood ({type(error).__name__}); report it")
    return article if isinstance(article, Fault) else EntryRead(meant, article, substance(article))


def served(entries: Sequence[EntryRead]) -> tuple[ServedEntry, ...]:
    return tuple(
        ServedEntry(
            key=entry.article.key,
            url=text.digest(entry.article.url)[:DIGITS],
            title=text.digest(text.fold(entry.article.title))[:DIGITS],
            published=entry.article.published,
        )
        for entry in entries
    )
