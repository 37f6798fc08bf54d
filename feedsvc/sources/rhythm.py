"""How often a feed brings something, how much it holds, and what follows for how often to ask.

Pure: times and durations in, durations out. The configured `every` is a wish that is never undercut: how often a
publisher is asked is the operator's word to him. Called by the conductors and by `feedsvc sources`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

FEWEST = 5  # dated entries; of fewer, no rhythm is told
# So much of the oldest is left out: a pinned entry of last year says nothing of how long the others stay.
PINNED_AT_MOST = 0.1


@dataclass(frozen=True, slots=True)
class Rhythm:
    held: timedelta  # from the oldest entry to the newest
    gap: timedelta  # mean time from one entry to the next

    @property
    def per_day(self) -> float:
        return timedelta(days=1) / self.gap


def rhythm(times: Sequence[datetime]) -> Rhythm | None:
    """Of the entries' times, in any order; None where they are too few or all the same."""
    ordered = sorted(times)
    if len(ordered) < FEWEST:
        return None
    kept = ordered[int(len(ordered) * PINNED_AT_MOST) :]
    held = kept[-1] - kept[0]
    return Rhythm(held, held / (len(kept) - 1)) if held else None


def fresh_for(max_age: timedelta | None, asked: timedelta | None, known: Rhythm | None) -> timedelta:
    """How long nothing new is to be expected: by the server (Cache-Control), by the feed (ttl, sy:updatePeriod), by
    half the time between two entries; yet never longer than half of what the feed holds. `schedule.pause` bounds it.
    """
    hints = (max_age or timedelta(), asked or timedelta(), known.gap / 2 if known else timedelta())
    return min(max(hints), known.held / 2) if known else max(hints)


def misses_entries(every: timedelta, known: Rhythm | None) -> bool:
    """Whether entries can come and go between two fetches."""
    return known is not None and every > known.held
