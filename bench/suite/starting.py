"""How long each command takes where there is next to nothing to do: what a person waits for, and cron pays."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.suite.commands import FEEDSVC, Cost, run
from bench.suite.figures import Figure, Found

CONFIGURATION = """[service]
base_url = "https://news.example/"
keep = "365d"
[[source]]
id = "saved"
path = "articles"
every = "1d"
[[feed]]
slug = "all"
"""
ARTICLE = """<!--1706483701000-->
[Ferry is back](https://paper.example/a-1)
------
<p>The ferry of the old harbour is back.</p>
"""
# Where an update notes that there was nothing to do, for the next one: without it, that looks again.
NOTE = Path("state", "feedsvc.sqlite.quiet")
INTERPRETER = (sys.executable, "-c", "pass")
# Command, the most CPU seconds that it may take, its exit codes where all is well.
COMMANDS: tuple[tuple[tuple[str, ...], float | None, tuple[int, ...]], ...] = (
    (("--help",), 0.15, (0,)),
    (("--version",), None, (0,)),
    (("update",), 0.3, (0,)),
    (("check",), None, (0,)),
    (("sources",), None, (0,)),
    (("events",), None, (0,)),
    (("status",), None, (0, 3)),
    (("corrections",), None, (0,)),
    (("webhooks",), None, (0,)),
    (("doctor",), None, (0, 1, 2, 3)),
    (("prune",), None, (0,)),
    (("repair",), None, (0,)),
)


def measure(rounds: int) -> Iterator[Found]:
    with tempfile.TemporaryDirectory(prefix="feedsvc-starting-") as name:
        folder = Path(name)
        (folder / "articles").mkdir()
        (folder / "articles" / "a.md").write_text(ARTICLE, encoding="utf-8")
        (folder / "config.toml").write_text(CONFIGURATION, encoding="utf-8")
        for _ in range(2):  # the second finds nothing to do
            run([*FEEDSVC, "update"], folder)
        interpreter = _median(run(INTERPRETER, folder) for _ in range(rounds))
        for words, most, fine in COMMANDS:
            times = rounds if most else (rounds + 1) // 2
            ours = _median(run([*FEEDSVC, *words], folder, fine=fine) for _ in range(times))
            what = f"`feedsvc {' '.join(words)}`" + (" with nothing due" if words == ("update",) else "")
            yield Figure(what, "CPU s", ours, "`python -c pass`", interpreter, most=most)
        looking = _median(_looking(folder) for _ in range(rounds))
        what = "`feedsvc update` with nothing due, the first time"
        yield Figure(what, "CPU s", looking, "`python -c pass`", interpreter)


def _looking(folder: Path) -> Cost:
    (folder / NOTE).unlink()
    return run([*FEEDSVC, "update"], folder)


def _median(costs: Iterable[Cost]) -> float:
    return statistics.median(cost.cpu_s for cost in costs)
