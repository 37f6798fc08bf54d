"""How long work is shown: a bar on a terminal, now and then a plain line elsewhere.

Lines go where the results go, not to standard error: cron mails what stands there, and progress is no news.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from feedsvc.model import Progress

SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def shown_progress(*, lines: bool) -> Iterator[Progress]:
    """`lines`: whether plain lines may stand in standard output; not where that is JSON."""
    if sys.stderr.isatty():
        with _bars() as progress:
            yield progress
    else:
        yield _plain_lines() if lines else silent


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def tell(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield tell


def silent(step: str, done: int, total: int) -> None:
    """For whom nobody watches."""


def _plain_lines() -> Progress:
    last = time.monotonic()

    def tell(step: str, done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            print(f"{step}: {done} of {total}", flush=True)

    return tell
