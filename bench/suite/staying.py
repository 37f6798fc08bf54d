"""What polls take in a program that stays, as a daemon does: CPU seconds of all its threads, without loading it.

    python -m bench.suite.staying feedsvc|reader TIMES

polls with what lies in this folder, once to load what that needs and then so many times; prints the median of those.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path


def feedsvc() -> Callable[[], object]:
    from feedsvc.config import load  # noqa: PLC0415 - each program is loaded alone
    from feedsvc.cycle import run_cycle  # noqa: PLC0415

    config = load(Path("config.toml"))
    return lambda: run_cycle(config, datetime.now(UTC), lambda *_: None)


def reader() -> Callable[[], object]:
    from reader import make_reader  # noqa: PLC0415

    made = make_reader("reader.sqlite")
    return lambda: made.update_feeds(scheduled=False)


STAYING = {each.__name__: each for each in (feedsvc, reader)}


def took_s(poll: Callable[[], object]) -> float:
    began = time.process_time()
    poll()
    return time.process_time() - began


def main() -> None:
    poll = STAYING[sys.argv[1]]()
    poll()
    print(statistics.median(took_s(poll) for _ in range(int(sys.argv[2]))))


if __name__ == "__main__":
    main()
