"""One new article, a thousand feeds, a hundred thousand events: what publishing it costs, by feed and at all.

    python -m bench.publishing [--events 100000] [--feeds 1000] [--json]

writes RESULTS.md beside this file; with --json prints the figures instead, a line each. CPU time of the publication and
of what is remembered after it; medians of five. Each step is a process of its own, for its memory.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.publishing.stock import OF_EACH, bring, configure, stock
from bench.suite.figures import Figure, to_line
from feedsvc.config import Config
from feedsvc.publish import PublishReport, publish, remember
from feedsvc.store import Database, open_database

RESULTS = Path(__file__).with_name("RESULTS.md")
ROUNDS = 5
TOUCHED = 10  # feeds that want the new article
MOST_MS, MOST_MIB = 10.0, 400.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--feeds", type=int, default=1_000)
    parser.add_argument("--json", action="store_true", help="print the figures, write no file")
    parser.add_argument("--step", nargs=2, metavar=("STEP", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(STEPS[given.step[0]](configure(Path(given.step[1]), given.feeds), given.events)))
        return
    figures = list(measure(given.events, given.feeds))
    if given.json:
        print(*map(to_line, figures), sep="\n")
    else:
        RESULTS.write_text(report(figures), encoding="utf-8")
        print(RESULTS.read_text(encoding="utf-8"))


def measure(events: int, feeds: int) -> Iterator[Figure]:
    there = f"{feeds:,} feeds over {events:,} events"
    with tempfile.TemporaryDirectory(prefix="feedsvc-bench-") as folder:
        first = _step("first", folder, events, feeds)
        found = _step("updates", folder, events, feeds)
    fixed, touched = statistics.median(found["none"]), statistics.median(found["touched"])
    yield Figure(
        f"one new article, {there}: per touched feed", "ms", round((touched - fixed) / TOUCHED, 2), most=MOST_MS
    )
    yield Figure(f"one new article that no feed wants, {there}: fixed", "ms", round(fixed, 1))
    yield Figure(f"nothing new, {there}", "ms", round(statistics.median(found["idle"]), 1))
    yield Figure(f"one new article, {there}: memory at most", "MiB", round(found["mib"]), most=MOST_MIB)
    yield Figure(f"publishing {there} for the first time: an event", "ms", round(first["ms"] / events, 2))
    yield Figure(f"publishing {there} for the first time: memory at most", "MiB", round(first["mib"]))


def _step(name: str, folder: str, events: int, feeds: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.publishing", "--events", str(events), "--feeds", str(feeds)]
    ended = subprocess.run([*command, "--step", name, folder], check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def first(config: Config, events: int) -> dict[str, Any]:
    with closing(open_database(config.service.state)) as database:
        stock(database, len(config.feeds), events)
        ms, report = published(config, database)
    assert report.events == events
    return {"ms": ms, "mib": peak_mib()}


def updates(config: Config, events: int) -> dict[str, Any]:
    times: dict[str, list[float]] = {"idle": [], "none": [], "touched": []}
    with closing(open_database(config.service.state)) as database:
        for number in range(ROUNDS + 1):  # the first one loads the program
            for name, count in (("none", 0), ("touched", TOUCHED), ("idle", None)):
                if count is not None:
                    wanted = [(number * 37 + place * 11) % len(config.feeds) for place in range(count)]
                    bring(database, events + 2 * number + bool(count), wanted)
                ms, report = published(config, database)
                feeds = [name for name in report.written if name.endswith(".atom") and "/" not in name]
                assert len([n for n in feeds if n.startswith("t")]) == (count or 0), feeds
                times[name] += [ms] if number else []
    return times | {"mib": peak_mib()}


def published(config: Config, database: Database) -> tuple[float, PublishReport]:
    """CPU milliseconds, and what came of it."""
    begun = time.process_time()
    report = publish(config, database, lambda *_: None)
    remember(database, report)
    return 1_000 * (time.process_time() - begun), report


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


STEPS = {"first": first, "updates": updates}


def report(figures: list[Figure]) -> str:
    """The table, with the machine that it was measured on."""
    rows = [
        f"| {figure.what} | {figure.ours:g} {figure.unit} | {f'at most {figure.most:g}' if figure.most else ''} |"
        for figure in figures
    ]
    machine = f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    return "\n".join([
        "# Publishing\n",
        f"`python -m bench.publishing`; {machine}. CPU milliseconds, medians of {ROUNDS}; an event stands in {OF_EACH}",
        f"feeds, a feed shows 200 entries at most, and the new article is wanted by {TOUCHED} feeds.\n",
        "| | | aim |",
        "|---|--:|--:|",
        *rows,
        "",
    ])  # fmt: skip


if __name__ == "__main__":
    main()
