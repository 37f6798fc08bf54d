"""What a feed states, whatever its format: the readers of this room fill these, `drafts` makes drafts of them.

Addresses, times and texts stand as the publisher wrote them; an address may be relative to the base next to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from feedsvc.model import Draft

MediumKind = Literal["image", "audio", "video", ""]
# "own": described as the entry's; "attached": an enclosure, which repeats what is described; "preview": a thumbnail.
Standing = Literal["own", "attached", "preview"]


class UnreadableError(ValueError):
    """The bytes are no feed that can be read: the problem in one clause, with how to mend it."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text as stated."""

    value: str = ""
    is_html: bool = False
    base: str = ""  # address that its relative links start from


NO_WORDS = Words()


@dataclass(frozen=True, slots=True)
class Medium:
    """A picture, sound or film that an entry brings along."""

    url: str
    kind: MediumKind
    area: int = 0  # width × height in pixels; 0: not stated
    caption: str = ""
    credit: str = ""
    group: int = 0  # media of one group are the same thing in several sizes; 0: of no group
    standing: Standing = "own"


@dataclass(frozen=True, slots=True)
class StatedEntry:
    guid: str = ""
    native_id: str = ""
    link: str = ""
    base: str = ""  # address that the link starts from
    title: Words = NO_WORDS
    summary: Words = NO_WORDS
    content: Words = NO_WORDS
    published: tuple[str, ...] = ()  # every statement of it, the most telling first
    modified: tuple[str, ...] = ()
    language: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    rights: Words = NO_WORDS
    publisher: str = ""  # whom the entry was taken from (RSS source, atom:source)
    media: tuple[Medium, ...] = ()


@dataclass(frozen=True, slots=True)
class StatedFeed:
    title: Words = NO_WORDS
    language: str = ""
    base: str = ""
    home: str = ""
    self_link: str = ""
    hubs: tuple[str, ...] = ()
    ttl: str = ""  # minutes
    period: str = ""  # sy:updatePeriod: hourly, daily, weekly, monthly, yearly
    frequency: str = ""  # sy:updateFrequency: times per period
    authors: tuple[str, ...] = ()
    rights: Words = NO_WORDS
    entries: tuple[StatedEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """One reading of one feed. Nothing is invented: what is not stated is empty or None."""

    title: str  # plain text
    language: str  # BCP 47, as stated
    home: str  # absolute address of the site's page
    self_url: str  # absolute address that the feed gives as its own
    hubs: tuple[str, ...]  # WebSub hubs, absolute
    every: timedelta | None  # how often the publisher asks to be read (ttl, else sy:updatePeriod)
    rights: str  # plain text
    entries: tuple[Draft, ...]  # in the feed's order; one per guid
    remarks: tuple[str, ...] = ()  # what had to be mended or left out, for the operator
