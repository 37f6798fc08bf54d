"""What an address would give as a source: fetched once, its feed found if it is a page, read as an update reads it.

Used by the command line through this room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from feedsvc import language, text
from feedsvc.config import Config, NewSource
from feedsvc.errors import ConfigError, FeedsvcError
from feedsvc.model import Draft, Fault
from feedsvc.reading.asking import fetch_settings
from feedsvc.sources.answers import Answer, Received, Request
from feedsvc.sources.feed import FeedLink, ParsedFeed, decode, discover, parse_feed
from feedsvc.sources.fetch import fetch
from feedsvc.subscriptions.identifiers import source_id

SAMPLE = 3  # headlines that are shown
MOST_TRIED = 5  # feeds of one page: a site's first feed may be dead
LONGEST_NAME = 200  # characters
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Preview:
    """One feed as it is now."""

    source: NewSource  # what would be written
    known_as: str  # id of the source that has this feed already; empty: it is new
    known_enabled: bool  # whether that source is enabled
    title: str  # plain text
    language: str  # BCP 47: as the feed states it, else told from its texts
    items: int
    newest: datetime | None
    hours: float | None  # from the oldest item to the newest: how much news the feed holds
    per_day: float | None  # items; None where fewer than two state a time
    headlines: tuple[str, ...]  # of the newest, plain text as the publisher wrote it
    remarks: tuple[str, ...]  # what had to be mended or left out
    others: tuple[FeedLink, ...]  # further feeds that the page names


def preview(config: Config, wanted: NewSource, now: datetime) -> Preview:
    """What `wanted.url` gives, itself a feed or a page that names some; what else `wanted` holds stands as it is.

    Asks for one document, or one page and at most five feeds, one after the other. Raises ConfigError where the url
    is no web address, FeedsvcError where nothing comes of it.
    """
    if not text.canonical_url(wanted.url) or urlsplit(wanted.url).scheme not in ("http", "https"):
        said = "what you gave" if text.may_hold_password(wanted.url) else f'"{text.squeeze(wanted.url)}"'
        raise ConfigError(f'{said} is no web address; write one that begins with "https://"')
    answer, received = _ask(config, wanted.url)
    parsed = _parsed(answer, received, now)
    if isinstance(parsed, ParsedFeed):
        return _preview(config, wanted, _address(answer), parsed, ())
    links = _named(decode(received.body, _content_type(received)), answer.url)
    if not links:
        raise FeedsvcError(f"{answer.url} {parsed.problem}")
    found = _first_that_reads(config, wanted, links, now)
    if isinstance(found, Preview):
        return found
    raise FeedsvcError("\n".join((f"{answer.url} names feeds, but none that can be read", *found)))


def _named(page: str, url: str) -> list[FeedLink]:
    """Feeds that a page names, with addresses in printable ASCII: they end up on the terminal and in the file."""
    links = (replace(link, url=text.link_url(link.url)) for link in discover(page, url))
    return [link for link in links if link.url]


def _first_that_reads(
    config: Config, wanted: NewSource, links: Sequence[FeedLink], now: datetime
) -> Preview | list[str]:
    """Where none does, what is wrong with each."""
    problems: list[str] = []
    for place, link in enumerate(links[:MOST_TRIED]):
        try:
            answer, received = _ask(config, link.url)
        except FeedsvcError as error:
            problems.append(str(error))
            continue
        parsed = _parsed(answer, received, now)
        if isinstance(parsed, ParsedFeed):
            return _preview(config, wanted, _address(answer), parsed, (*links[:place], *links[place + 1 :]))
        problems.append(f"{link.url} {parsed.problem}")
    return problems


def _ask(config: Config, url: str) -> tuple[Answer, Received]:
    """Raises FeedsvcError where no document comes."""
    (answer,) = fetch([Request(source="", url=url)], fetch_settings(config.service))
    if not isinstance(answer.outcome, Received):
        raise FeedsvcError(f"{answer.url or text.squeeze(url)} {answer.problem}")
    return answer, answer.outcome


def _parsed(answer: Answer, received: Received, now: datetime) -> ParsedFeed | Fault:
    content_type = _content_type(received)
    url = answer.url
    return parse_feed(received.body, source="", origin=url, captured=now, content_type=content_type, base=url)


def _content_type(received: Received) -> str:
    return f"{received.media_type}; charset={received.charset}" if received.charset else received.media_type


def _address(answer: Answer) -> str:
    """What to write down: what was asked for, with the password that it may hold, or where that has moved for good."""
    asked = answer.request.url
    return asked if "@" in urlsplit(asked).netloc else answer.moved_to or asked


def _preview(config: Config, wanted: NewSource, url: str, parsed: ParsedFeed, others: tuple[FeedLink, ...]) -> Preview:
    drafts = sorted(parsed.entries, key=lambda draft: draft.published or LONG_AGO, reverse=True)
    times = [draft.published for draft in drafts if draft.published]
    span = times[0] - times[-1] if times else timedelta()
    title = text.squeeze(parsed.title)[:LONGEST_NAME]
    known = next((source for source in config.sources if source.url and _same(source.url, url)), None)
    return Preview(
        source=_source(config, replace(wanted, url=url, name=wanted.name or title), parsed.home or url),
        known_as=known.id if known else "",
        known_enabled=bool(known and known.enabled),
        title=title,
        language=_language(drafts, parsed.language),
        items=len(drafts),
        newest=times[0] if times else None,
        hours=span / timedelta(hours=1) if span else None,
        per_day=(len(times) - 1) / (span / timedelta(days=1)) if span else None,
        headlines=tuple(draft.title for draft in drafts[:SAMPLE]),
        remarks=parsed.remarks,
        others=others,
    )


def _source(config: Config, wanted: NewSource, home: str) -> NewSource:
    return replace(wanted, id=source_id(wanted.id or wanted.name, home, {source.id for source in config.sources}))


def _same(one: str, other: str) -> bool:
    return text.canonical_url(one) == text.canonical_url(other)


def _language(drafts: Sequence[Draft], stated: str) -> str:
    return language.tell(" ".join(f"{draft.title} {draft.lead}" for draft in drafts), stated)
