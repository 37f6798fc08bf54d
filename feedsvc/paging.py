"""Where the pages of a feed's archive begin and end (RFC 5005 section 4).

Pure: knows events, no format and no file. Called by `publish`, which composes and renders the pages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Protocol

MOST_EVENTS = 128  # in one page: some 250 KB of summaries
# One event in so many ends a page. Boundaries follow from the events themselves, so that one that joins, leaves or
# comes late moves no boundary but those beside it, and all other pages stay as they are.
EVENTS_TO_AN_END = 64
# Events leave the store by slices of time, and no page holds events of two slices that have left it.
SLICE = timedelta(days=30)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Dated(Protocol):
    """An event, or as much of it as pages need."""

    @property
    def id(self) -> str: ...

    @property
    def published(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Page:
    path: str  # below the output folder; named after the event that ends it, for as long as that stands
    events: tuple[Dated, ...]  # newest first


@dataclass(frozen=True, slots=True)
class Archive:
    """All pages of a feed, oldest first."""

    frozen: tuple[
        str, ...
    ] = ()  # paths of those whose events are not in the store: the published files stay as they are
    closed: tuple[Page, ...] = ()  # that grow no more: most of their events leave the store next
    open: tuple[Page, ...] = ()  # the last one may still grow

    def pages(self, shown: Collection[str]) -> list[Page]:
        """Those to be written, beside a live feed that shows these events."""
        return [*self.closed, *needed(self.open, shown)]


def archive(slug: str, newest_first: Sequence[Dated], frozen: Sequence[str], leaving: datetime | None) -> Archive:
    """All events of a feed that stand in no frozen page. What was published before `leaving` leaves the store."""
    left = [event for event in newest_first if leaving and event.published < leaving]
    slices = groupby(reversed(left), key=lambda event: (event.published - EPOCH) // SLICE)
    closed = [page for _, events in slices for page in cut(slug, list(events)[::-1], closed=True)]
    return Archive(tuple(frozen), tuple(closed), tuple(cut(slug, newest_first[: len(newest_first) - len(left)])))


def cut(slug: str, newest_first: Sequence[Dated], *, closed: bool = False) -> list[Page]:
    """All events of a feed in pages, oldest page first; the last one may still grow, unless all is `closed`."""
    pages: list[Page] = []
    gathered: list[Dated] = []
    last = newest_first[0] if closed and newest_first else None
    for event in reversed(newest_first):
        gathered.append(event)
        if _ends_a_page(event) or len(gathered) == MOST_EVENTS or event is last:
            pages.append(Page(path(slug, event.published, event.id), tuple(reversed(gathered))))
            gathered = []
    if gathered:
        pages.append(Page(growing(slug), tuple(reversed(gathered))))
    return pages


def needed(pages: Sequence[Page], shown: Collection[str]) -> list[Page]:
    """Up to the newest one with an event that the live feed does not show; `shown`: ids of those that it shows."""
    last = max((n for n, page in enumerate(pages) if any(e.id not in shown for e in page.events)), default=-1)
    return list(pages[: last + 1])


def behind(newest_first: Iterable[Dated], published: datetime, event: str) -> list[Dated]:
    """The events that come after this one, of which publication and id are given, in the order of the pages."""
    return [e for e in newest_first if e.published > published or (e.published == published and e.id < event)]


def folder(slug: str) -> str:
    return f"archive/{slug}"


def _ends_a_page(event: Dated) -> bool:
    return int(event.id[-8:], 16) % EVENTS_TO_AN_END == 0


def path(slug: str, published: datetime, event: str) -> str:
    """Of the page that ends with this event."""
    return f"{folder(slug)}/{published:%Y%m%d}-{event[-12:]}.atom"


def growing(slug: str) -> str:
    """Path of the newest page while nothing ends it."""
    return f"{folder(slug)}/newest.atom"
