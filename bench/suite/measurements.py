"""The measurements: what runs each, in a process of its own and within its time.

    python -m bench.suite.measurements NAME [--tiny] [--million]

prints what was found, a line of JSON each. Called by the suite, and by whoever wants one part only.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module

from bench.suite.figures import Found, to_line

OF_SOURCE = 600  # articles for matching: enough to differ as news does, few enough to be read in half a minute


@dataclass(frozen=True, slots=True)
class Scale:
    rounds: int = 5
    feeds: int = 200
    windows: tuple[int, ...] = (1_000, 10_000, 100_000)
    of_source: int | None = None  # saved articles of each source that are replayed; None: all
    block: int = 1_000  # articles of a point in the picture of the replay
    new: int = 100  # articles that are placed and timed at each window
    seconds: int = 1  # of each run against a server


TINY = Scale(rounds=1, feeds=2, windows=(50, 200), of_source=3, block=10, new=5)


# Module of this package -> what its `measure` is called with.
MEASUREMENTS: dict[str, Callable[[Scale], dict[str, object]]] = {
    "ingest": lambda scale: {"rounds": scale.rounds, "sources": scale.feeds},
    "starting": lambda scale: {"rounds": scale.rounds},
    "limits": lambda scale: {"rounds": scale.rounds, "sources": max(1, scale.feeds // 4)},
    "replay": lambda scale: {"most": scale.of_source, "block": scale.block},
    "matching": lambda scale: {"sizes": scale.windows, "new": scale.new, "of_source": scale.of_source or OF_SOURCE},
    "serving": lambda scale: {"rounds": scale.rounds, "seconds": scale.seconds},
}


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # clearing up as it goes
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=MEASUREMENTS)
    parser.add_argument("--tiny", action="store_true", help="to see that it works; its figures mean nothing")
    parser.add_argument("--million", action="store_true", help="a window of a million articles too: ten minutes more")
    arguments = parser.parse_args()
    scale = TINY if arguments.tiny else Scale()
    if arguments.million:
        scale = replace(scale, windows=(*scale.windows, 1_000_000))
    module = import_module(f"bench.suite.{arguments.name}")
    found: Found
    for found in module.measure(**MEASUREMENTS[arguments.name](scale)):
        print(to_line(found), flush=True)


if __name__ == "__main__":
    main()
