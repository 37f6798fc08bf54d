"""What a feed states to drafts: addresses in full, titles and leads in plain text, one entry per guid.

Pure. Invents nothing; leaves to adapters what it means, to `normalise` what is absurd. Bounds every field, so that
nothing behind it meets a text of megabytes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from feedsvc.model import Draft, Kind, Picture
from feedsvc.sources.feed import plain
from feedsvc.sources.feed.dates import Time, read_time
from feedsvc.sources.feed.media import chosen_pictures
from feedsvc.sources.feed.statement import NO_WORDS, ParsedFeed, StatedEntry, StatedFeed, Words

LONGEST_LINE = 2000  # characters of a title, name, guid
LONGEST_ADDRESS = 8000
LONGEST_LEAD = 20_000
LONGEST_BODY = 1_000_000
MOST_NAMES = 50  # authors, categories, pictures of one entry
SHORT_TEXT = 200  # characters: a sound or film with no more to read is one, with more it illustrates an article
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
CONTROLS = re.compile("[\x80-\x9f]")
WINDOWS = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}  # minutes
MOST_MINUTES = 525_600
# One guid on so many entries that differ in link and title names none of them.
MEANINGLESS_GUID = 3
EARLIEST = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Occasion:
    """Which reading of which source the statements come from."""

    source: str  # id of the source in the configuration
    origin: str  # the feed's configured address
    captured: datetime
    base: str  # address that the feed came from in the end


def parsed_feed(stated: StatedFeed, occasion: Occasion, remarks: Sequence[str]) -> ParsedFeed:
    base = _base(stated, occasion.base)
    kept = [draft for draft in every_draft(stated, occasion) if draft.url or draft.guid or draft.title]
    return ParsedFeed(
        title=plain.title(_bounded(stated.title, LONGEST_LINE)),
        language=_language(stated.language),
        home=_address(stated.home, base),
        self_url=_address(stated.self_link, base),
        hubs=tuple(dict.fromkeys(_address(hub, base) for hub in stated.hubs[:MOST_NAMES])),
        every=_every(stated),
        rights=plain.text(_bounded(stated.rights, LONGEST_LINE)),
        entries=tuple(_one_per_guid(kept)),
        remarks=tuple(remarks),
    )


def every_draft(stated: StatedFeed, occasion: Occasion) -> list[Draft]:
    """One for each entry, even where several are the same or one says nothing."""
    base = _base(stated, occasion.base)
    return [_draft(entry, stated, base, occasion) for entry in stated.entries]


def _base(stated: StatedFeed, base: str) -> str:
    base = base or next((link for link in (stated.self_link, stated.home) if link.startswith("http")), "")
    return plain.resolve(stated.base, base) or base


def _draft(entry: StatedEntry, feed: StatedFeed, base: str, occasion: Occasion) -> Draft:
    base = plain.resolve(entry.base, base) or base
    body = entry.content if entry.content.value.strip() else entry.summary
    published, modified = _first_time(entry.published), _first_time(entry.modified)
    lead = plain.text(_bounded(entry.summary, LONGEST_LEAD))
    return Draft(
        source=occasion.source,
        origin=occasion.origin,
        captured=occasion.captured,
        url=_address(entry.link, base),
        title=plain.title(_bounded(entry.title, LONGEST_LINE)),
        html=plain.html(_bounded(body, LONGEST_BODY, base)),
        publisher_name=_plain_line(entry.publisher),
        native_id=entry.native_id if len(entry.native_id) <= LONGEST_LINE else "",
        guid=entry.guid if len(entry.guid) <= LONGEST_LINE else "",
        lead=lead,
        published=published.moment,
        published_day=published.day,
        modified=modified.moment,
        language=_language(entry.language) or _language(feed.language),
        authors=_names(entry.authors or feed.authors),
        rights=plain.text(_bounded(entry.rights, LONGEST_LINE)) or plain.text(_bounded(feed.rights, LONGEST_LINE)),
        categories=_names(entry.categories),
        pictures=tuple(
            Picture(_address(image.url, base), _plain_line(image.caption), _plain_line(image.credit))
            for image in chosen_pictures(entry.media)[:MOST_NAMES]
        ),
        kind=_kind(entry, body, lead),
    )


def _bounded(words: Words, longest: int, base: str = "") -> Words:
    """The text cut where no publisher's would end, its base in full. Controls are Windows characters, as in html."""
    if words is NO_WORDS:
        return words
    value = words.value[:longest]
    if not value.isascii() and CONTROLS.search(value):
        value = value.translate(WINDOWS)
    return Words(value, words.is_html, plain.resolve(words.base, base))


def _address(stated: str, base: str) -> str:
    return plain.resolve(stated, base) if len(stated) <= LONGEST_ADDRESS else ""


def _plain_line(words: str) -> str:
    return plain.from_html(words[:LONGEST_LINE])


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(_plain_line, tuple(names)[:MOST_NAMES]))))


def _first_time(stated: Sequence[str]) -> Time:
    """The first that can be read as an instant, else as a day."""
    times = [read_time(words) for words in stated]
    return next((time for time in times if time.moment), next((time for time in times if time.day), Time()))


def _language(stated: str) -> str:
    tag = stated.strip().replace("_", "-")
    return tag if LANGUAGE.fullmatch(tag) else ""


def _kind(entry: StatedEntry, body: Words, lead: str) -> Kind:
    played = next((medium.kind for medium in entry.media if medium.kind in ("audio", "video")), "")
    if not played or len(lead) > SHORT_TEXT or len(plain.text(_bounded(body, LONGEST_LEAD))) > SHORT_TEXT:
        return "article"
    return "audio" if played == "audio" else "video"


def _every(stated: StatedFeed) -> timedelta | None:
    """How often the publisher asks to be read: RSS ttl, else the syndication module's period and frequency."""
    if re.fullmatch(r"[0-9]{1,7}", stated.ttl) and 0 < int(stated.ttl) <= MOST_MINUTES:
        return timedelta(minutes=int(stated.ttl))
    minutes = PERIODS.get(stated.period.lower())
    if minutes is None:
        return None
    times = int(stated.frequency) if re.fullmatch(r"[0-9]{1,4}", stated.frequency) else 1
    return timedelta(minutes=minutes / max(1, times))


def _one_per_guid(drafts: Sequence[Draft]) -> list[Draft]:
    """In the feed's order; of entries with one guid the newest, and the first where none says which is newer."""
    named: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        named[draft.guid].append(draft)
    dropped: set[int] = set()
    nameless: set[str] = set()
    for guid, same in named.items():
        if guid and len({d.url for d in same}) >= MEANINGLESS_GUID <= len({d.title for d in same}):
            nameless.add(guid)
        elif guid and len(same) > 1:
            newest = max(same, key=_time)
            dropped |= {id(draft) for draft in same if draft is not newest}
    kept = (draft for draft in drafts if id(draft) not in dropped)
    return [replace(draft, guid="") if draft.guid in nameless else draft for draft in kept]


def _time(draft: Draft) -> datetime:
    day = draft.published_day
    return draft.modified or draft.published or (_midnight(day) if day else EARLIEST)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
