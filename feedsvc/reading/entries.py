"""A feed's document as articles, each with the digest of what it says, and what they look like to a doubter.

Touches neither network nor store; never fails. Called where a feed is read or looked at.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from operator import attrgetter

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
STATED = attrgetter(*(field.name for field in fields(Draft) if field.name not in ("captured", "html")))
DIGITS = 16  # of a digest, enough to tell the entries of one feed apart


@dataclass(frozen=True, slots=True)
class EntryRead:
    draft: Draft  # as the publisher's adapter means it
    article: Article
    substance: str  # digest of what it says


@dataclass(frozen=True, slots=True)
class FeedRead:
    served: tuple[ServedEntry, ...]  # one for each article, in the feed's order
    entries: tuple[EntryRead, ...]  # of these, those that are not stated as they were last time
    asked: timedelta | None  # how long the feed asks to be left alone
    remarks: tuple[str, ...]  # what had to be mended or left out

    @property
    def rhythm(self) -> Rhythm | None:
        return rhythm([entry.published for entry in self.served if entry.published])


def parse(
    source: Source,
    answer: Answer,
    got: Received,
    now: datetime,
    before: Sequence[ServedEntry] = (),
    *,
    by_address: bool = False,
) -> FeedRead | Fault:
    """`before`: what was believed last; an entry that is stated as then is not read again.

    `by_address`: the guids are worth nothing, the articles' addresses tell them apart.
    """
    origin = origin_of(source.url)
    content_type = f"{got.media_type}; charset={got.charset}" if got.charset else got.media_type
    try:
        feed = parse_feed(
            got.body, source=source.id, origin=origin, captured=now, content_type=content_type, base=answer.url
        )
        if isinstance(feed, Fault):
            return feed
        reader = _Reader(source, {entry.stated: entry for entry in before})
        for draft in feed.entries:
            reader.read(replace(draft, guid="") if by_address else draft)
    except Exception as error:  # a bulkhead: what nobody foresaw costs one source, not the run
        logger.exception("reading the feed %s failed", origin)
        return Fault(source.id, origin, f"was not understood ({type(error).__name__}); report it with the log")
    nothing = () if feed.entries else ("holds no entries at present",)
    remarks = (*nothing, *feed.remarks, *reader.left_out(len(feed.entries)))
    return FeedRead(tuple(reader.served.values()), tuple(reader.entries), feed.every, remarks)


@dataclass(slots=True)
class _Reader:
    """Reads the entries of one feed, in order; of several with one key the first counts."""

    source: Source
    before: Mapping[str, ServedEntry]  # by digest of what was stated
    served: dict[str, ServedEntry] = field(default_factory=dict)  # by key
    entries: list[EntryRead] = field(default_factory=list)
    problems: Counter[str] = field(default_factory=Counter)

    def read(self, draft: Draft) -> None:
        stated = _as_configured(draft, self.source)
        digest = text.digest(repr(STATED(stated)), stated.html)[:DIGITS]
        if known := self.before.get(digest):
            self.served.setdefault(known.key, known)
            return
        entry = _read(stated)
        if isinstance(entry, Fault):
            self.problems[entry.problem] += 1
        elif entry.article.key not in self.served:
            self.entries.append(entry)
            self.served[entry.article.key] = _served(entry.article, digest)

    def left_out(self, total: int) -> list[str]:
        """What to say of entries that are no article."""
        counted = self.problems.most_common(MOST_REMARKS)
        return [f"{count} of {total} entries left out: {problem}" for problem, count in counted]


def _as_configured(draft: Draft, source: Source) -> Draft:
    name, language = source.publisher or draft.publisher_name, draft.language or source.language
    if (name, language) == (draft.publisher_name, draft.language):
        return draft
    return replace(draft, publisher_name=name, language=language)


def _read(stated: Draft) -> EntryRead | Fault:
    try:
        meant = publisher_for(stated.url).read(stated)
        article = normalise(meant)
    except Exception as error:  # a bulkhead: what an adapter did not foresee costs one entry, not the feed
        logger.exception("reading an entry of %s failed: %s", stated.origin, stated.url)
        return Fault(stated.source, stated.origin, f"their html was not understood ({type(error).__name__}); report it")
    return article if isinstance(article, Fault) else EntryRead(meant, article, substance(article))


def _served(article: Article, stated: str) -> ServedEntry:
    return ServedEntry(
        key=article.key,
        url=address_digest(article.url),
        title=text.digest(text.fold(article.title))[:DIGITS],
        published=article.published,
        stated=stated,
    )


def address_digest(url: str) -> str:
    return text.digest(url)[:DIGITS]
