"""JSON Feed 1.0 and 1.1. Anything may stand anywhere in the document: what is not of the expected type is not there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from feedsvc.sources.feed.media import MOST_MEDIA, kind_of
from feedsvc.sources.feed.statement import (
    NO_WORDS,
    Medium,
    MediumKind,
    StatedEntry,
    StatedFeed,
    UnreadableError,
    Words,
)
from feedsvc.sources.feed.swift import MOST_ENTRIES

Members = Mapping[str, Any]


def read(text: str) -> StatedFeed:
    """Raises UnreadableError where the text is no JSON Feed."""
    try:
        feed = json.loads(text, strict=False)
    except ValueError as error:
        raise UnreadableError(f"is not whole JSON ({error}): the publisher must mend it") from None
    except RecursionError:
        raise UnreadableError("is nested too deeply: no honest feed is, tell the publisher") from None
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise UnreadableError(f"is JSON but no JSON Feed{_complaint(feed)}: correct the feed's address")
    hubs = (_string(hub, "url") for hub in _members(feed, "hubs"))
    return StatedFeed(
        title=Words(_string(feed, "title")),
        language=_string(feed, "language"),
        home=_string(feed, "home_page_url"),
        self_link=_string(feed, "feed_url"),
        hubs=tuple(filter(None, hubs)),
        authors=_authors(feed),
        entries=tuple(_entry(item) for item in feed["items"][:MOST_ENTRIES] if isinstance(item, dict)),
    )


def _complaint(document: object) -> str:
    """What an error answer of a web service says of itself."""
    if not isinstance(document, dict):
        return ""
    words = next(filter(None, (_string(document, name) for name in ("message", "error", "detail"))), "")
    return f' (it says: "{" ".join(words.split())[:100]}")' if words else ""


def _entry(item: Members) -> StatedEntry:
    html, words = _string(item, "content_html"), _string(item, "content_text")
    summary = _string(item, "summary")
    return StatedEntry(
        guid=_string(item, "id"),
        link=_string(item, "url") or _string(item, "external_url"),
        title=Words(_string(item, "title")),
        summary=Words(summary) if summary else NO_WORDS,
        content=Words(html, is_html=True) if html else Words(words),
        published=(_string(item, "date_published"),),
        modified=(_string(item, "date_modified"),),
        language=_string(item, "language"),
        authors=_authors(item),
        categories=tuple(tag for tag in map(_text, _list(item, "tags")) if tag),
        media=tuple(_media(item))[:MOST_MEDIA],
    )


def _media(item: Members) -> Iterator[Medium]:
    for name in ("image", "banner_image"):
        if url := _string(item, name):
            yield Medium(url, "image", standing="preview")
    for attachment in _members(item, "attachments"):
        url = _string(attachment, "url")
        kind: MediumKind = kind_of(_string(attachment, "mime_type"), url)
        yield Medium(url, kind, caption=_string(attachment, "title"))


def _authors(members: Members) -> tuple[str, ...]:
    """1.1 has a list, 1.0 had one."""
    one = members.get("author")
    people = [*_members(members, "authors"), *([one] if isinstance(one, dict) else [])]
    return tuple(dict.fromkeys(filter(None, (_string(author, "name") for author in people))))


def _string(members: Members, name: str) -> str:
    return _text(members.get(name))


def _text(value: object) -> str:
    """Strings, and the numbers that some publishers write for ids; without what UTF-8 cannot hold."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).encode("utf-8", "replace").decode("utf-8").strip()


def _list(members: Members, name: str) -> list[Any]:
    value = members.get(name)
    return value if isinstance(value, list) else []


def _members(members: Members, name: str) -> list[Members]:
    return [member for member in _list(members, name) if isinstance(member, dict)]
