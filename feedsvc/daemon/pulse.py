"""Whether the work really goes on, and whether the clock was moved: both told from the clock that only runs forward."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

# The longest that a healthy turn gives no sign of life: a hanging server is given up after one minute, a judge may be
# waited for as long as is configured, a large state takes a while to be brought up to date.
HUNG_AFTER_S = 300.0
MOVED = timedelta(seconds=2)  # less is the usual drift

Seconds = Callable[[], float]


class Pulse:
    """Signs of life: whoever works says by when it will give the next one."""

    def __init__(self, seconds: Seconds = time.monotonic) -> None:
        self._seconds = seconds
        self.beat()

    def beat(self, rest_s: float = 0.0) -> None:
        """A sign of life; the next follows a rest of so long."""
        self._expected_by = self._seconds() + rest_s + HUNG_AFTER_S

    @property
    def alive(self) -> bool:
        return self._seconds() <= self._expected_by


def utc_now() -> datetime:
    return datetime.now(UTC)


class Wall:
    """The wall clock, and how far someone moved it."""

    def __init__(self, now: Callable[[], datetime] = utc_now, seconds: Seconds = time.monotonic) -> None:
        self._now = now
        self._seconds = seconds
        self._began = self._beginning()

    def _beginning(self) -> datetime:
        """What the wall clock showed, as it goes now, when the other one began."""
        return self._now() - timedelta(seconds=self._seconds())

    def moved(self) -> timedelta:
        """How far since the last call; negative: set back; zero for what is no more than drift."""
        before, self._began = self._began, self._beginning()
        by = self._began - before
        return by if abs(by) > MOVED else timedelta()
