"""A process that does nothing but remember: what a cycle holds in memory when it matches.

    python -m bench.suite.window < PROFILES

Reads pickled profiles as the store keeps them, one after the other; prints the most MiB that the process had.
"""

from __future__ import annotations

import pickle
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import feedsvc.cycle  # noqa: F401 - all that a cycle loads is counted
from feedsvc.events import Matcher, Threads, keeping
from feedsvc.text import event_id


def _pickled() -> Iterator[bytes]:
    with suppress(EOFError):
        while True:
            yield pickle.load(sys.stdin.buffer)


def main() -> None:
    matcher, threads = Matcher(), Threads()
    for kept in _pickled():
        known = keeping.from_bytes(kept)
        matcher.restore(known, event_id(known.key))
        threads.restore(known, event_id(known.key))
    # Unlike getrusage's, this begins with the program and not with the process that it was forked from.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert peak
    print(int(peak[1]) / 1024)


if __name__ == "__main__":
    main()
