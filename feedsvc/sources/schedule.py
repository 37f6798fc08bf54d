"""When a source is asked again, and when a redirect is believed: decisions about answers.

Pure: no clock, no randomness; `chance` is a number from [0, 1) that the caller draws. Called by the conductors.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from feedsvc.sources.answers import Outcome, Received, Refused, Retired, Unchanged

LONGEST = timedelta(days=1)  # between two attempts, unless the source itself is to be read less often
SHORTEST_AFTER_FAILURE = timedelta(minutes=5)  # what doubling starts from where a source is due at every update
MOST_STRETCH = 4  # times as long as wished may we stay away because nothing new is to be expected
MOST_DOUBLINGS = 16
AT_ONCE = datetime.min.replace(tzinfo=UTC)  # what was never asked is due longest
PUT_RIGHT = timedelta(minutes=1)  # so far a clock may be moved back without meaning anything
MOVES_BELIEVED = 3  # a permanent redirect is followed for good once it held in so many fetches running


def pause(
    outcome: Outcome, every: timedelta, failures: int, fresh: timedelta | None, chance: float
) -> timedelta | None:
    """How long to leave a source alone after an answer; None: for ever.

    `every` is the wish of the configuration, `failures` how many fetches running have failed, this one among them,
    `fresh` how long nothing new is to be expected.
    """
    if isinstance(outcome, Retired):
        return None
    if isinstance(outcome, Received | Unchanged):
        return _pause_after_success(every, fresh, chance)
    retry_after = outcome.retry_after if isinstance(outcome, Refused) else None
    return _pause_after_failure(every, failures, retry_after, chance)


def _pause_after_success(every: timedelta, fresh: timedelta | None, chance: float) -> timedelta:
    """`every`, or up to four times that (at most a day) while nothing new is to be expected; then 3 to 10 % less.

    Less, because a job that starts every half hour must find due what is wished for every half hour.
    """
    stretched = min(fresh or timedelta(), every * MOST_STRETCH, LONGEST)
    return max(every, stretched) * (0.97 - 0.07 * chance)


def _pause_after_failure(every: timedelta, failures: int, retry_after: timedelta | None, chance: float) -> timedelta:
    """Twice `every`, doubled with each failure up to a day (or `every`, if longer), then up to a quarter less.

    Never less than `every`, nor than the server asks for in Retry-After; of that a day counts at most.
    """
    start = min(max(every, SHORTEST_AFTER_FAILURE), LONGEST)
    doubled = start * (1 << max(1, min(failures, MOST_DOUBLINGS)))
    backed_off = min(doubled, max(LONGEST, every)) * (1 - chance / 4)
    return max(backed_off, every, min(retry_after or timedelta(), LONGEST))


def due_at(next_due: datetime | None, checked: datetime, every: timedelta, failures: int) -> datetime | None:
    """When a source is to be asked again, also where `every` was shortened since; None: never."""
    if next_due is None or failures:
        return next_due
    return min(next_due, checked + every * MOST_STRETCH)


def is_due(due: datetime | None, checked: datetime, now: datetime) -> bool:
    """Whether a source is to be read again, due at `due`. A clock that was set back makes it due rather than silent for
    long; not one that was put right by a moment, or all that was just read would be read again.
    """
    return due is not None and (now >= due or now < checked - PUT_RIGHT)


@dataclass(frozen=True, slots=True)
class Move:
    """Where a source's permanent redirects lead, and in how many fetches running they did."""

    url: str = ""
    times: int = 0

    @property
    def believed(self) -> bool:
        return self.times >= MOVES_BELIEVED


def next_move(known: Move, moved_to: str) -> Move:
    """What is known after one more answer that was of use; `moved_to` is empty where it held no permanent redirect."""
    if not moved_to:
        return Move()
    return Move(moved_to, known.times + 1 if moved_to == known.url else 1)


def after_answer(known: Move, asked: str, moved_to: str) -> Move:
    """As `next_move`, where a believed move was followed already: `asked` is the address that was asked."""
    return known if known.believed and asked == known.url and not moved_to else next_move(known, moved_to)
