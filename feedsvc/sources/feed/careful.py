"""The reader of feeds that are not well formed or not known to `swift`: feedparser, bounded.

Only markup and names are taken from it: dates, addresses and sanitising are done here and elsewhere, since it fills in
parts of a date from the clock.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from feedsvc.sources.feed.media import MOST_MEDIA, area, kind_of
from feedsvc.sources.feed.people import person
from feedsvc.sources.feed.statement import NO_WORDS, Medium, StatedEntry, StatedFeed, UnreadableError, Words
from feedsvc.sources.feed.swift import MOST_ENTRIES

LARGEST = 2 * 2**20  # characters: at worst some four seconds in its tag-soup parser
DEEPEST = 1000  # nested elements
TAG = re.compile(r"<(/?)([a-zA-Z][\w:.-]{0,40})([^<>]*)>")
# Html that is rightly or customarily left open.
LEFT_OPEN = frozenset(
    {
        *(
            "area",
            "base",
            "br",
            "col",
            "embed",
            "hr",
            "img",
            "input",
            "link",
            "meta",
            "param",
            "source",
            "track",
            "wbr",
        ),
        *("p", "li", "td", "tr", "th", "dt", "dd", "option"),
    }
)
Fields = Mapping[str, Any]


def read(text: str, base: str) -> StatedFeed | None:
    """What the document states, which must be no longer than `LARGEST`; None where it is no feed or the library fails.

    Raises UnreadableError for nesting past `DEEPEST`.
    """
    if len(text) > LARGEST:
        raise UnreadableError(
            f"is not well-formed XML and has more than {LARGEST // 10**6} million characters: not read"
        )
    if _depth(text) > DEEPEST:
        raise UnreadableError(f"is nested more than {DEEPEST} elements deep: no honest feed is, tell the publisher")
    import feedparser  # noqa: PLC0415 - few cycles meet such a feed, and it is slow to load

    headers = {"content-type": "application/xml; charset=utf-8", "content-location": base}
    try:
        parsed = feedparser.parse(
            io.BytesIO(text.encode("utf-8", "replace")),
            response_headers=headers,
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception:  # a bulkhead: on some tag soup the library fails in ways of its own (KeyError, ValueError)
        return None
    if not parsed.entries and not parsed.version:
        return None
    return _feed(parsed.feed, parsed.entries[:MOST_ENTRIES])


def _depth(text: str) -> int:
    """How deeply elements are nested at most; html's left open ones do not count."""
    depth = deepest = 0
    for tag in TAG.finditer(text):
        if tag[3].endswith("/") or tag[2].lower() in LEFT_OPEN:
            continue
        depth = max(0, depth - 1) if tag[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _feed(feed: Fields, entries: Iterable[Fields]) -> StatedFeed:
    links = list(_links(feed))
    return StatedFeed(
        title=_words(feed, "title"),
        language=_text(feed.get("language")),
        home=_text(feed.get("link")),
        self_link=next((href for relation, href in links if relation == "self"), ""),
        hubs=tuple(href for relation, href in links if relation == "hub"),
        ttl=_text(feed.get("ttl")),
        period=_text(feed.get("sy_updateperiod")),
        frequency=_text(feed.get("sy_updatefrequency")),
        rights=_words(feed, "rights"),
        entries=tuple(map(_entry, entries)),
    )


def _entry(entry: Fields) -> StatedEntry:
    source = entry.get("source")
    contents = [_detail(content) for content in _members(entry, "content")]
    return StatedEntry(
        guid=_text(entry.get("id")),
        native_id=_text(entry.get("dwsyn_contentid")),
        link=_text(entry.get("feedburner_origlink")) or _text(entry.get("link")),
        title=_words(entry, "title"),
        summary=_words(entry, "summary"),
        content=next((words for words in contents if words.value.strip()), NO_WORDS),
        published=_texts(entry, ("published", "created")),
        modified=_texts(entry, ("updated",)),
        language=_language(entry),
        authors=tuple(filter(None, (person(_text(a.get("name"))) for a in _members(entry, "authors")))),
        categories=tuple(filter(None, (_text(t.get("label") or t.get("term")) for t in _members(entry, "tags")))),
        rights=_words(entry, "rights"),
        publisher=_text(source.get("title")) if isinstance(source, Mapping) else "",
        media=tuple(_media(entry))[:MOST_MEDIA],
    )


def _words(fields: Fields, name: str) -> Words:
    detail = fields.get(f"{name}_detail")
    return _detail(detail) if isinstance(detail, Mapping) else Words(_text(fields.get(name)), is_html=True)


def _detail(detail: Fields) -> Words:
    """The library guesses plain text for titles and summaries that do not say; they are html like any in RSS."""
    return Words(_text(detail.get("value")), is_html=True, base=_text(detail.get("base")))


def _language(entry: Fields) -> str:
    detail = entry.get("title_detail")
    stated = _text(entry.get("language"))
    return stated or (_text(detail.get("language")) if isinstance(detail, Mapping) else "")


def _texts(fields: Fields, names: Iterable[str]) -> tuple[str, ...]:
    """Asked for by membership first: the library answers for a missing date with another one and a warning."""
    return tuple(filter(None, (_text(fields[name]) for name in names if name in fields)))


def _members(fields: Fields, name: str) -> list[Fields]:
    """What the library lists there; an element of that name in the document makes a text of it."""
    value = fields.get(name)
    return [member for member in value if isinstance(member, Mapping)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _links(fields: Fields) -> Iterator[tuple[str, str]]:
    for link in _members(fields, "links"):
        if href := _text(link.get("href")):
            yield _text(link.get("rel")).lower(), href


def _media(entry: Fields) -> Iterator[Medium]:
    credits = [_text(credit.get("content")) for credit in _members(entry, "media_credit")]
    credit = ", ".join(dict.fromkeys(filter(None, credits)))
    for content in _members(entry, "media_content"):
        url = _text(content.get("url"))
        kind = kind_of(_text(content.get("medium")) or _text(content.get("type")), url)
        yield Medium(url, kind, area(content.get("width"), content.get("height")), credit=credit)
    for thumbnail in _members(entry, "media_thumbnail"):
        size = area(thumbnail.get("width"), thumbnail.get("height"))
        yield Medium(_text(thumbnail.get("url")), "image", size, credit=credit, standing="preview")
    for link in _members(entry, "links"):
        if link.get("rel") == "enclosure":
            url = _text(link.get("href"))
            yield Medium(url, kind_of(_text(link.get("type")), url), standing="attached")
    image = entry.get("image")
    if isinstance(image, Mapping):
        yield Medium(_text(image.get("href")), "image", standing="preview")
