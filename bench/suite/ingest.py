"""200 feeds of 30 whole articles, polled by three programs from one server: all new, all 304, the same bytes again.

Each is a command as a user would run it, in a process of its own. Each poll of new entries begins with nothing stored;
the others follow the first of these.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from bench.polling.__main__ import Talk
from bench.polling.origin import ITEMS
from bench.polling.subjects import urls
from bench.suite.commands import FEEDSVC, Cost, run
from bench.suite.figures import Curve, Figure, Found, Note

# What the server sends, in this order: what is sent without a validator makes a program forget that it had one.
CYCLES = ("full", "304", "full-unchanged")
WORDS = ("every entry is new", "every answer is 304", "the same bytes, 200")
# The most that ours may be of reader's.
AIMS = (0.30, 0.8, 0.06)
PEAK_MIB = 120
BUDGETS_S = (100, 30, 60)  # no round begins that would end later: all that is measured is to take ten minutes
Took = dict[tuple[str, str], list[Cost]]  # by program and cycle


def measure(rounds: int, sources: int) -> Iterator[Found]:
    programs = {name: prepare for name, (prepare, _, present) in PROGRAMS.items() if present()}
    for name in PROGRAMS.keys() - programs.keys():
        yield Note(f"{name} is not installed here and was not measured.")
    took = polled(programs, rounds, sources)
    for cycle, words, aim, budget_s in zip(CYCLES, WORDS, AIMS, BUDGETS_S, strict=True):
        if (done := len(took["feedsvc", cycle])) < rounds:
            yield Note(
                f"Of the polls where {words}, medians of {done}, not of {rounds}: more did not fit in {budget_s} s."
            )
        ours = median(took["feedsvc", cycle])
        what = f"{sources} feeds of {ITEMS} whole articles: {words}"
        for peer in [name for name in programs if name != "feedsvc"] or [""]:
            held = {"most": aim, "of_peer": True} if peer == "reader" else {}
            yield Figure(what, "CPU s", ours, peer, median(took[peer, cycle]) if peer else None, **held)  # type: ignore[arg-type]
    peaks = {name: max(cost.peak_mib for cycle in CYCLES for cost in took[name, cycle]) for name in programs}
    yield Figure("the most memory there", "MiB", peaks.pop("feedsvc"), *_first(peaks), most=PEAK_MIB)
    for name in programs:
        yield Curve("ingest", name, [(place, median(took[name, cycle])) for place, cycle in enumerate(CYCLES)])


def _first(peaks: dict[str, float]) -> tuple[str, float | None]:
    return next(iter(peaks.items()), ("", None))


def median(costs: Sequence[Cost]) -> float:
    return statistics.median(cost.cpu_s for cost in costs)


def polled(programs: dict[str, Callable[[Path, Sequence[str]], None]], rounds: int, sources: int) -> Took:
    took: Took = defaultdict(list)
    command = [sys.executable, "-m", "bench.polling.origin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        origin = Talk(process)
        asked = urls(int(origin.greeting), sources)
        new, *unchanged = zip(CYCLES, BUDGETS_S, strict=True)
        for round_ in _rounds(rounds, new[1]):
            with tempfile.TemporaryDirectory(prefix="feedsvc-ingest-") as folder:
                for name, prepare in programs.items():
                    (Path(folder) / name).mkdir()
                    prepare(Path(folder) / name, asked)
                for cycle, budget_s in (new, *unchanged) if round_ == 0 else (new,):
                    for _ in _rounds(1 if cycle == new[0] else rounds, budget_s):
                        for name in programs:
                            took[name, cycle].append(_poll(origin, sources, Path(folder) / name, cycle, round_))
        origin.close()
    return took


def _rounds(most: int, budget_s: float) -> Iterator[int]:
    """At least one, and no more than fit."""
    began = time.monotonic()
    for round_ in range(most):
        if round_ and (time.monotonic() - began) * (round_ + 1) / round_ > budget_s:
            return
        yield round_


def _poll(origin: Talk, sources: int, folder: Path, cycle: str, generation: int) -> Cost:
    """By the program of which this is the folder."""
    name = folder.name
    if (name, cycle) == ("newsboat", "304"):  # it keeps the validator of a second answer only
        run(PROGRAMS[name][1], folder)
    origin.ask(f"{cycle} {generation}")
    cost = run(PROGRAMS[name][1], folder)
    _check(origin.ask(f"{cycle} {generation}"), cycle, sources, name)
    print(f"{cycle}: {name} {cost.cpu_s:.2f} s", file=sys.stderr)
    return cost


def _check(answered: str, cycle: str, sources: int, program: str) -> None:
    """Every source was asked once, and answered as was meant: else the figures would compare different things."""
    expected = {"304" if cycle == "304" else "200": sources}
    if json.loads(answered) != expected:
        raise SystemExit(f"{program}, {cycle}: the server answered {answered}, not {expected}")


def _prepare_feedsvc(folder: Path, asked: Sequence[str]) -> None:
    tables = [f'[[source]]\nid = "s{place}"\nurl = "{url}"\nevery = "0s"\n' for place, url in enumerate(asked)]
    service = '[service]\nallow_private = true\nbase_url = "https://news.example/"\n'
    (folder / "config.toml").write_text(service + "".join(tables) + '[[feed]]\nslug = "all"\n', encoding="utf-8")


def _prepare_reader(folder: Path, asked: Sequence[str]) -> None:
    run([*READER[:-1], "add", *asked], folder)


def _prepare_newsboat(folder: Path, asked: Sequence[str]) -> None:
    (folder / "urls").write_text("".join(f"{url}\n" for url in asked), encoding="utf-8")
    (folder / "config").write_text("", encoding="utf-8")


READER = (sys.executable, "-m", "bench.suite.reading", "update")
# How it is made ready, the command that polls, whether it is here.
PROGRAMS: dict[str, tuple[Callable[[Path, Sequence[str]], None], Sequence[str], Callable[[], bool]]] = {
    "feedsvc": (_prepare_feedsvc, (*FEEDSVC, "update"), lambda: True),
    "reader": (_prepare_reader, READER, lambda: find_spec("reader") is not None),
    "newsboat": (
        _prepare_newsboat,
        ("newsboat", "-q", "-u", "urls", "-c", "cache.db", "-C", "config", "-x", "reload"),
        lambda: shutil.which("newsboat") is not None,
    ),
}
