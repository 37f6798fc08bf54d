"""Which step a feedsvc process is in, told to whoever started it, and the timer by which the kernel kills it there.

Wraps the rooms' own functions, in a process that was forked for one command; changes nothing of what they do.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from feedsvc import cycle, ingest, notify, retention, upkeep, watching
from feedsvc.notify import sending
from feedsvc.reading import feeds
from feedsvc.storage import folder

STARTING, BETWEEN = "starting", "between steps, resting or ending"
COMMITTING, REPLACING = "committing to the state", "replacing a file"
# Where each step is; the first place is its module or class.
PLACES: dict[str, list[tuple[Any, str]]] = {
    "opening the state": [(cycle, "open_database"), (upkeep, "open_database")],
    "fetching": [(feeds, "read_feeds")],
    "storing articles": [(feeds._Round, "_record_news")],
    "matching": [(ingest, "place")],
    "noting troubles": [(watching, "note")],
    "publishing": [(cycle, "publish")],
    REPLACING: [(folder, "replace_file")],
    "noting news": [(notify, "record")],
    "pruning": [(retention, "drop")],
    "sending": [(sending, "send_due")],
    "giving room back": [(upkeep, "_give_back")],
    COMMITTING: [(SQLiteDialect_pysqlite, "do_commit")],
}
STEPS = (STARTING, *PLACES, BETWEEN)


@dataclass(frozen=True)
class Doom:
    """Where a process ends: so long after it has entered a step for the nth time, whatever it does by then."""

    step: str = ""  # empty: nowhere
    nth: int = 1
    delay_s: float = 0.0
    latest_s: float = 0.0  # it lives no longer than that, wherever it is; 0: as long as it likes
    cut: str = ""  # instead of the process this file ends there ...
    share: float = 0.0  # ... but for so much of it


class Marks:
    """The present step, in memory that the parent sees after the process has died."""

    def __init__(self, shared: mmap.mmap, doom: Doom) -> None:
        self._shared, self._doom = shared, doom
        self._entered: Counter[str] = Counter()
        self._kill = Killer()
        self._born_s = time.monotonic()
        if doom.latest_s:
            self._kill.after(doom.latest_s)
        self.enter(STARTING)

    def enter(self, step: str) -> None:
        self._show(step)
        self._entered[step] += 1
        if step == self._doom.step and self._entered[step] == self._doom.nth:
            self._strike()

    def _strike(self) -> None:
        if self._doom.cut:
            os.truncate(self._doom.cut, int(Path(self._doom.cut).stat().st_size * self._doom.share))
        else:
            self._kill.after(self._doom.delay_s)

    def wrap_all(self) -> None:
        for step, places in PLACES.items():
            for where, name in places:
                setattr(where, name, self._marked(step, getattr(where, name)))

    def _marked(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            before = self._shared[0]
            self.enter(step)
            try:
                return function(*arguments, **named)
            finally:
                self._shared[0] = before
                if STEPS[before] == STARTING:
                    self._show(BETWEEN)

        return call

    def _show(self, step: str) -> None:
        self._shared[0] = STEPS.index(step)


class Killer:
    """timer_create(2) with SIGKILL: the kernel strikes between any two instructions, and nothing can be tidied up."""

    class _Event(ctypes.Structure):
        _fields_ = (
            ("value", ctypes.c_void_p),
            ("signal", ctypes.c_int),
            ("notify", ctypes.c_int),
            ("padding", ctypes.c_int * 12),
        )

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._timer = ctypes.c_void_p()
        event = self._Event(signal=9, notify=0)
        if self._libc.timer_create(time.CLOCK_MONOTONIC, ctypes.byref(event), ctypes.byref(self._timer)):
            raise OSError(ctypes.get_errno(), "timer_create")

    def after(self, delay_s: float) -> None:
        nanoseconds = max(1, round(delay_s * 1e9))
        value = (ctypes.c_long * 4)(0, 0, *divmod(nanoseconds, 10**9))
        if self._libc.timer_settime(self._timer, 0, value, None):
            raise OSError(ctypes.get_errno(), "timer_settime")
