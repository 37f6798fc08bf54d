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
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from bench.polling.__main__ import Talk
from bench.polling.origin import ITEMS
from bench.polling.subjects import urls
from bench.suite import staying
from bench.suite.commands import FEEDSVC, Cost, run
from bench.suite.figures import Curve, Figure, Found, Note

# What the server sends, in this order: what is sent without a validator makes a program forget that it had one.
CYCLES = ("full", "304", "full-unchanged")
WORDS = ("every entry is new", "every answer is 304", "the same bytes, 200")
# The most that ours may be of reader's.
AIMS = (0.30, 0.8, 0.06)
PEAK_MIB = 120
BUDGETS_S = (100, 30, 60)  # no round begins that would end later: all that is measured is to take ten minutes
STAYING = (0, 3, 1)  # polls of a program that stays, as a daemon does, after its first: loading is left out


@dataclass(frozen=True, slots=True)
class Polls:
    """What was measured, by program and cycle."""

    took: dict[tuple[str, str], list[Cost]] = field(default_factory=lambda: defaultdict(list))
    staying_s: dict[tuple[str, str], float] = field(default_factory=dict)  # CPU seconds of one, where it was measured


def measure(rounds: int, sources: int) -> Iterator[Found]:
    programs = {name: prepare for name, (prepare, _, present) in PROGRAMS.items() if present()}
    for name in PROGRAMS.keys() - programs.keys():
        yield Note(f"{name} is not installed here and was not measured.")
    polls = polled(programs, rounds, sources)
    took = polls.took
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
        if staying_s := polls.staying_s.get(("feedsvc", cycle)):
            yield Figure(f"{what}, in a program that stays", "CPU s", staying_s, *_staying(polls, "reader", cycle))
    peaks = {name: max(cost.peak_mib for cycle in CYCLES for cost in took[name, cycle]) for name in programs}
    yield Figure("the most memory there", "MiB", peaks.pop("feedsvc"), *_first(peaks), most=PEAK_MIB)
    for name in programs:
        yield Curve("ingest", name, [(place, median(took[name, cycle])) for place, cycle in enumerate(CYCLES)])


def _staying(polls: Polls, peer: str, cycle: str) -> tuple[str, float | None]:
    return (peer, polls.staying_s[peer, cycle]) if (peer, cycle) in polls.staying_s else ("", None)


def _first(peaks: dict[str, float]) -> tuple[str, float | None]:
    return next(iter(peaks.items()), ("", None))


def median(costs: Sequence[Cost]) -> float:
    return statistics.median(cost.cpu_s for cost in costs)


def polled(programs: dict[str, Callable[[Path, Sequence[str]], None]], rounds: int, sources: int) -> Polls:
    polls = Polls()
    command = [sys.executable, "-m", "bench.polling.origin"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process,
        tempfile.TemporaryDirectory(prefix="feedsvc-ingest-") as base,
    ):
        origin = Talk(process)
        served = _Served(origin, urls(int(origin.greeting), sources))
        for generation in _rounds(rounds, BUDGETS_S[0]):
            for name, prepare in programs.items():
                folder = Path(base) / str(generation) / name
                folder.mkdir(parents=True)
                prepare(folder, served.urls)
                polls.took[name, CYCLES[0]].append(served.polled(folder, f"{CYCLES[0]} {generation}"))
        _poll_unchanged(served, [Path(base) / "0" / name for name in programs], rounds, polls)
        origin.close()
    return polls


def _poll_unchanged(served: _Served, folders: Sequence[Path], rounds: int, polls: Polls) -> None:
    """By programs that have polled all of it when it was new."""
    for cycle, budget_s, times in zip(CYCLES[1:], BUDGETS_S[1:], STAYING[1:], strict=True):
        for _ in _rounds(rounds, budget_s):
            for folder in folders:
                polls.took[folder.name, cycle].append(served.polled(folder, f"{cycle} 0"))
        for folder in [folder for folder in folders if folder.name in staying.STAYING]:
            command = (sys.executable, "-m", "bench.suite.staying", folder.name, str(times))
            said = served.polled(folder, f"{cycle} 0", command, 1 + times).said
            polls.staying_s[folder.name, cycle] = float(said.splitlines()[-1])


def _rounds(most: int, budget_s: float) -> Iterator[int]:
    """At least one, and no more than fit."""
    began = time.monotonic()
    for round_ in range(most):
        if round_ and (time.monotonic() - began) * (round_ + 1) / round_ > budget_s:
            return
        yield round_


@dataclass(frozen=True, slots=True)
class _Served:
    origin: Talk
    urls: Sequence[str]

    def polled(self, folder: Path, answers: str, command: Sequence[str] = (), times: int = 1) -> Cost:
        """By the program of which this is the folder, with its own command or another that polls so many times."""
        name = folder.name
        if name == "newsboat" and answers.startswith("304"):  # it keeps the validator of a second answer only
            run(PROGRAMS[name][1], folder)
        self.origin.ask(answers)
        cost = run(command or PROGRAMS[name][1], folder)
        _check(self.origin.ask(answers), answers.split(maxsplit=1)[0], times * len(self.urls), name)
        print(f"{answers}: {name} {cost.cpu_s:.2f} s", file=sys.stderr)
        return cost


def _check(answered: str, cycle: str, polled: int, program: str) -> None:
    """Every source was asked, and answered as was meant: else the figures would compare different things."""
    expected = {"304" if cycle == "304" else "200": polled}
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
