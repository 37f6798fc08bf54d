"""What may stand in a document: characters, and the few fields that no format can do without.

Every renderer sends what it is given through here first, so no field can be forgotten.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import Any, TypeVar, cast

from feedsvc.model import Entry, Report, Step, TopicFeed
from feedsvc.text import url_host

Value = TypeVar("Value")

# What XML 1.0 section 2.2 forbids (controls, surrogates, U+FFFE, U+FFFF) or discourages and HTML calls an error
# (C1 controls, U+FDD0-FDEF): no reader ever sees such a character, and one of them makes a document unreadable.
ILLEGIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

# U+FFFD stands where a publisher's own system lost a character. Feeds are taken for broken that hold it (and the W3C's
# validator says so); the blank square is how print in Chinese marks a character that cannot be read.
LOST, LOST_SIGN = "\ufffd", "□"

LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")  # RFC 4287 appendix B: all that xml:lang may hold


def legible(value: Value) -> Value:
    """The same value; in every string at any depth of its dataclasses and tuples, forbidden characters removed and
    lost ones marked.
    """
    return cast(Value, _legible(value))


def _legible(value: Any) -> Any:
    if isinstance(value, str):
        if value.isprintable() and LOST not in value:  # as nearly all are but those of several lines
            return value
        return ILLEGIBLE.sub("", value).replace(LOST, LOST_SIGN)
    if isinstance(value, tuple):
        return tuple(map(_legible, value))
    changed = {
        name: new
        for name in _names(value.__class__)
        if (new := _legible(old := getattr(value, name))) is not old and new != old
    }
    return dataclasses.replace(value, **changed) if changed else value


@functools.cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    """Of the fields that it has if it is a dataclass."""
    return tuple(field.name for field in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()


def presentable(feed: TopicFeed) -> TopicFeed:
    """The feed, legible, with no title, publisher, author or category left blank: all formats require the first two."""
    feed = legible(feed)
    entries = tuple(map(_presentable_entry, feed.entries))
    title = feed.title.strip() or feed.slug
    return dataclasses.replace(feed, title=title, language=language_tag(feed.language), entries=entries)


def _presentable_entry(entry: Entry) -> Entry:
    publisher = entry.publisher.strip() or url_host(entry.url) or "?"
    return dataclasses.replace(
        entry,
        title=entry.title.strip() or entry.url or entry.id,
        publisher=publisher,
        authors=_distinct(entry.authors) or (publisher,),
        agencies=_distinct(entry.agencies),
        rights=entry.rights.strip(),
        categories=_distinct(entry.categories),
        language=language_tag(entry.language),
        reports=tuple(map(_presentable_report, entry.reports)),
        earlier=tuple(map(presentable_step, entry.earlier)),
    )


def _presentable_report(report: Report) -> Report:
    title = report.title.strip() or report.url or "?"
    return dataclasses.replace(report, title=title, language=language_tag(report.language))


def presentable_step(step: Step) -> Step:
    return dataclasses.replace(step, title=step.title.strip() or step.id, language=language_tag(step.language))


def language_tag(language: str) -> str:
    """The BCP 47 tag; empty for what is none and for "und": no format needs to be told that it is not known."""
    return language if LANGUAGE.fullmatch(language) and language != "und" else ""


def _distinct(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))
