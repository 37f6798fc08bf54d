"""Where the pages of a feed's archive begin and end (RFC 5005 section 4).

Pure: knows events, no format and no file. Called by `publish`, which composes and renders the pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from feedsvc.model import Event

MOST_EVENTS = 128  # in one page: some 250 KB of summaries
# One event in so many ends a page. Boundaries follow from the events themselves, so that one that joins, leaves or
# comes late moves no boundary but those beside it, and all other pages stay as they are.
EVENTS_TO_AN_END = 64


@dataclass(frozen=True, slots=True)
class Page:
    path: str  # below the output folder; named after the event that ends it, for as long as that stands
    events: tuple[Event, ...]  # newest first


def cut(slug: str, newest_first: Sequence[Event]) -> list[Page]:
    """All events of a feed in pages, oldest page first; the last one may still grow."""
    pages: list[Page] = []
    gathered: list[Event] = []
    for event in reversed(newest_first):
        gathered.append(event)
        if _ends_a_page(event) or len(gathered) == MOST_EVENTS:
            pages.append(Page(f"{folder(slug)}/{_name(event)}.atom", tuple(reversed(gathered))))
            gathered = []
    if gathered:
        pages.append(Page(f"{folder(slug)}/newest.atom", tuple(reversed(gathered))))
    return pages


def needed(pages: Sequence[Page], shown: int) -> list[Page]:
    """Those with an event that the live feed, which shows so many of the newest, does not show."""
    events = sum(len(page.events) for page in pages)
    kept: list[Page] = []
    seen = 0
    for page in pages:
        if seen < events - shown:
            kept.append(page)
        seen += len(page.events)
    return kept


def folder(slug: str) -> str:
    return f"archive/{slug}"


def _ends_a_page(event: Event) -> bool:
    return int(event.id[-8:], 16) % EVENTS_TO_AN_END == 0


def _name(event: Event) -> str:
    return f"{event.published:%Y%m%d}-{event.id[-12:]}"
