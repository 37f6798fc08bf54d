"""How long a reader may keep what it was given before it asks again (`Cache-Control`, RFC 9111 section 5.2.2.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from feedsvc.media import Kind, kind

USUAL_EVERY = timedelta(minutes=30)  # that of a live feed, where nothing else is known
SHORTEST_S, LONGEST_S = 60, 900
EVENT_PAGE_S = 3600  # an event changes for some hours, and is looked at for years


@dataclass(frozen=True, slots=True)
class Freshness:
    """Seconds that an answer stays fresh."""

    feeds_s: int = 300  # feeds, lists of feeds and their pages
    events_s: int = EVENT_PAGE_S

    def seconds(self, name: str) -> int:
        """Of the file of this name."""
        return self.events_s if kind(name) is Kind.EVENT else self.feeds_s


def freshness(every: Iterable[timedelta]) -> Freshness:
    """A sixth of the shortest time between two readings of a source: news is never held back by much of what it waited.

    `every`: of each enabled source; zero, which only says "at every update", tells nothing.
    """
    shortest = min((each for each in every if each), default=USUAL_EVERY)
    return Freshness(feeds_s=max(SHORTEST_S, min(LONGEST_S, int(shortest.total_seconds()) // 6)))
