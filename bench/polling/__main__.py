"""Measures polling: CPU seconds of feedsvc and of `reader` (PyPI) for a cycle over all sources of one local server.

    pip install '.[bench]'
    python -m bench.polling [--sources 1000] [--rounds 3] [--limit 1800]

A round is four cycles of each program: every source has 30 new items; every source answers 304; every source sends
the same bytes again; every source has 30 new items that are whole articles. Medians over the rounds. Writes
bench/polling/RESULTS.md. Exit 1: a ratio is above its limit.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bench.polling.origin import ITEMS, SOURCES_AT_MOST

RESULTS = Path(__file__).with_name("RESULTS.md")
# Kind of cycle, for people, how much of reader's CPU time feedsvc may take.
KINDS = (
    ("new", "every item is new", 0.5),
    ("304", "every answer is 304", 1.0),
    ("unchanged", "the same bytes, 200", 0.1),
    ("full", "every item is new, a whole article", 0.5),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians over the rounds."""

    program: str
    kind: str
    cpu_s: float
    wall_s: float
    peak_mib: float  # of the process until then


class Talk:
    """A process that answers each line with a line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin
        assert process.stdout
        self._stdin: IO[str] = process.stdin
        self._stdout: IO[str] = process.stdout
        self.greeting = self._line()

    def ask(self, line: str) -> str:
        with suppress(BrokenPipeError):  # then there is no answer either
            print(line, file=self._stdin, flush=True)
        return self._line()

    def close(self) -> None:
        with suppress(BrokenPipeError):
            self._stdin.close()

    def _line(self) -> str:
        if not (line := self._stdout.readline()):
            raise SystemExit("a process ended before it was done: it failed, or the time limit was reached")
        return line.strip()


def main() -> int:
    arguments = _arguments()
    if importlib.util.find_spec("reader") is None:
        print("reader is not installed: pip install '.[bench]'", file=sys.stderr)
        return 2
    found = measure(("feedsvc", "reader"), arguments.sources, arguments.rounds, arguments.limit)
    written = report(found, arguments.sources, arguments.rounds)
    RESULTS.write_text(written, encoding="utf-8")
    print(written)
    return any(ratio(found, kind) > limit for kind, _, limit in KINDS)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=1_000, choices=range(1, SOURCES_AT_MOST), metavar="N")
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, 21), metavar="N")
    parser.add_argument("--limit", type=float, default=1_800, metavar="SECONDS", help="stop after so long")
    return parser.parse_args()


def measure(programs: Sequence[str], sources: int, rounds: int, limit_s: float) -> list[Measured]:
    took: dict[tuple[str, str], list[dict[str, float]]] = {}
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="feedsvc-polling-")))
        origin = held.enter_context(_process(["bench.polling.origin"], limit_s))
        talks = {}
        for program in programs:
            (folder / program).mkdir()
            command = ["bench.polling.subjects", program, str(folder / program), origin.greeting, str(sources)]
            talks[program] = held.enter_context(_process(command, limit_s))
        for generation in range(rounds):
            for kind, _, _ in KINDS:
                for program, talk in talks.items():
                    origin.ask(f"{kind} {generation}")
                    result = json.loads(talk.ask("poll"))
                    _check(origin.ask(f"{kind} {generation}"), kind, sources, program)
                    took.setdefault((program, kind), []).append(result)
                    print(f"round {generation + 1}, {kind}: {program} {result['cpu_s']:.2f} s", file=sys.stderr)
    return [_medians(program, kind, results) for (program, kind), results in took.items()]


def _check(answered: str, kind: str, sources: int, program: str) -> None:
    """Every source was asked once, and answered as was meant: else the figures would compare different things."""
    expected = {"304" if kind == "304" else "200": sources}
    if json.loads(answered) != expected:
        raise SystemExit(f"{program}, {kind}: the server answered {answered}, not {expected}")


@contextmanager
def _process(module: list[str], limit_s: float) -> Iterator[Talk]:
    """Ends with the block, and after `limit_s` whatever happens."""
    command = [sys.executable, "-m", *module]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        clock = threading.Timer(limit_s, process.kill)
        clock.start()
        try:
            with closing(Talk(process)) as talk:
                yield talk
        finally:
            clock.cancel()
            process.kill()


def _medians(program: str, kind: str, results: Sequence[dict[str, float]]) -> Measured:
    cpu_s, wall_s = (statistics.median(result[name] for result in results) for name in ("cpu_s", "wall_s"))
    return Measured(program, kind, cpu_s, wall_s, peak_mib=max(result["peak_mib"] for result in results))


def ratio(found: Sequence[Measured], kind: str) -> float:
    """CPU time of feedsvc over reader's."""
    cpu = {measured.program: measured.cpu_s for measured in found if measured.kind == kind}
    return cpu["feedsvc"] / cpu["reader"]


def report(found: Sequence[Measured], sources: int, rounds: int) -> str:
    versions = f"reader {importlib.metadata.version('reader')}, Python {platform.python_version()}"
    by = {(measured.program, measured.kind): measured for measured in found}
    lines = [
        "# Polling",
        "",
        f"`python -m bench.polling --sources {sources} --rounds {rounds}`: {sources} sources of {ITEMS} items on a",
        f"server on the same machine, medians of {rounds}. {versions}, {platform.machine()}.",
        "",
        "feedsvc: fetching, parsing, publisher adapters, sanitising, storing, as `feedsvc update` does it before it",
        "matches. reader: `update_feeds()`. CPU seconds of the process with all threads; the server's do not count.",
        "",
        "| cycle | feedsvc CPU s | reader CPU s | ratio | allowed | feedsvc s | reader s |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for kind, words, limit in KINDS:
        ours, theirs = by["feedsvc", kind], by["reader", kind]
        cells = f"{ours.cpu_s:.2f} | {theirs.cpu_s:.2f} | {ratio(found, kind):.2f} | {limit:.1f}"
        lines.append(f"| {words} | {cells} | {ours.wall_s:.1f} | {theirs.wall_s:.1f} |")
    lines += [
        "",
        "The items are one paragraph with bold words and a link; the whole articles have besides it ten paragraphs,",
        "a picture with its caption, a heading and a list.",
    ]
    peaks = {program: max(m.peak_mib for m in found if m.program == program) for program, _ in by}
    lines += ["", f"Most memory: {', '.join(f'{program} {peak:.0f} MiB' for program, peak in peaks.items())}."]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
