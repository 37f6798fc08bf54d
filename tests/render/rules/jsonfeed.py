"""JSON Feed 1.1 (jsonfeed.org/version/1.1): its table of fields as a schema, its sentences as rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from .words import active_elements, is_address, is_date, is_language, relative_addresses, repeated


def _must(holds: Any, what: str) -> AfterValidator:
    def check(value: str) -> str:
        if not holds(value):
            raise ValueError(f"is not {what}")
        return value

    return AfterValidator(check)


Words = Annotated[str, _must(str.strip, "filled")]
Address = Annotated[str, _must(is_address, "an http address")]
Moment = Annotated[str, _must(is_date, "an RFC 3339 date")]
Tongue = Annotated[str, _must(is_language, "an RFC 5646 language")]
Extension = dict[str, Any]


class Strict(BaseModel):
    """Strings are strings, and no field is there that the specification does not know."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Author(Strict):
    name: Words | None = None
    url: Address | None = None
    avatar: Address | None = None


class Hub(Strict):
    type: Words
    url: Address


class Attachment(Strict):
    url: Address
    mime_type: Annotated[str, _must(re.compile(r"[\w.+-]+/[\w.+-]+").fullmatch, "a media type")]
    title: Words | None = None
    size_in_bytes: float | None = None
    duration_in_seconds: float | None = None


class Item(Strict):
    id: Words
    url: Address | None = None
    external_url: Address | None = None
    title: Words | None = None
    content_html: str | None = None
    content_text: str | None = None
    summary: Words | None = None
    image: Address | None = None
    banner_image: Address | None = None
    date_published: Moment | None = None
    date_modified: Moment | None = None
    authors: list[Author] | None = None
    tags: list[Words] | None = None
    language: Tongue | None = None
    attachments: list[Attachment] | None = None
    feedsvc: Extension | None = Field(None, alias="_feedsvc")


class Feed(Strict):
    version: Literal["https://jsonfeed.org/version/1.1"]
    title: Words
    home_page_url: Address | None = None
    feed_url: Address | None = None
    description: Words | None = None
    user_comment: Words | None = None
    next_url: Address | None = None
    icon: Address | None = None
    favicon: Address | None = None
    authors: list[Author] | None = None
    language: Tongue | None = None
    expired: bool | None = None
    hubs: list[Hub] | None = None
    items: list[Item]
    feedsvc: Extension | None = Field(None, alias="_feedsvc")


def broken_rules(document: bytes, *, public: bool) -> list[str]:
    """`public`: it is published on the web, where home_page_url and feed_url "should be considered as required"."""
    try:
        found = json.loads(document.decode("utf-8", "strict"))
    except ValueError as error:
        return [f"not JSON in UTF-8: {error}"]
    try:
        Feed.model_validate(found)
    except ValidationError as error:
        return [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    return [*_feed(found, public), *(f"{i['id']}: {broken}" for i in found["items"] for broken in _item(i))]


def _feed(feed: dict[str, Any], public: bool) -> Iterator[str]:
    if next(iter(feed)) != "version":
        yield "version should appear at the very top"
    if public and not {"home_page_url", "feed_url"} <= set(feed):
        yield "home_page_url and feed_url should be considered as required on the web"
    if "next_url" in feed and feed["next_url"] == feed.get("feed_url"):
        yield "next_url must not be the same as feed_url"
    yield from (f"id {id_!r} is not unique" for id_ in repeated([item["id"] for item in feed["items"]]))
    yield from (f"empty author in {where}" for where in _empty_authors(feed))
    extensions = list(_extensions(feed))
    yield from (f"extension name {name!r}" for name, _ in extensions if not re.fullmatch(r"_[A-Za-z][^.]*", name))
    for name, extension in extensions:
        yield from (f"key {key!r} in {name}" for key in _keys(extension) if not re.fullmatch(r"[A-Za-z]\w*", key))
    if extensions and not any(extension.get("about", "").strip() for _, extension in extensions):
        yield "about should appear at least once in a feed with an extension"


def _item(item: dict[str, Any]) -> Iterator[str]:
    if not {"content_html", "content_text"} & set(item):
        yield "one or both of content_html and content_text must be present"
    for name, words in (("relative address", relative_addresses), ("active element", active_elements)):
        yield from (f"{name} {found!r} in content_html" for found in words(item.get("content_html", "")))
    published, modified = (item.get(f"date_{name}") for name in ("published", "modified"))
    if published and modified and datetime.fromisoformat(modified) < datetime.fromisoformat(published):
        yield "modified before it was published"
    yield from (f"tag {tag!r} twice" for tag in repeated(item.get("tags", [])))


def _empty_authors(feed: dict[str, Any]) -> list[str]:
    """Of an author object one member at least is required."""
    named = [("the feed", feed), *((item["id"], item) for item in feed["items"])]
    return [where for where, holder in named if any(not author for author in holder.get("authors", [{"name": "-"}]))]


def _extensions(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every custom object, "anywhere in a feed", by name."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.startswith("_"):
                yield key, inner
            else:
                yield from _extensions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _extensions(inner)


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)
