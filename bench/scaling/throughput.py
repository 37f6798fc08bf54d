"""How much faster fetching and normalising is on two cores than on one, and what each part of the work costs.

    python -m bench.scaling.throughput [--sources 400] [--rounds 2]

On one core: one worker, PostgreSQL and the publishers, pinned to it together. On two: two workers and the same, pinned
to both. Each source has 30 new items, then nothing new (304). The workers begin together: a lock keeps them waiting
until all are there. Between, the machine's limit: as many processes that share nothing, and only parse and normalise
the same feeds. Times as fast is the median over the rounds: a shared machine is slower in one minute than in the next.
Writes bench/scaling/RESULTS.throughput.md and costs.json, for `bench.scaling.sizing`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.polling.__main__ import Talk, _process
from bench.polling.origin import ITEMS, address
from feedsvc.config import load
from feedsvc.daemon import Settings
from feedsvc.place import Address
from feedsvc.store import sole_writer
from feedsvc.worker import ground
from feedsvc.worker.jobs import Job
from feedsvc.worker.work import Work
from tests.postgresql import Server
from tests.worker.newsroom import Newsroom

HERE = Path(__file__).parent
ON_DISK = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "128MB"}
LIMIT_S = 600.0
LOOKS = 5
ALONE = "alone"
KINDS = {"new": f"{ITEMS} new items", "304": "nothing new", ALONE: "the machine's limit: the same items, only parsed"}


@dataclass(frozen=True, slots=True)
class Measured:
    wall_s: float
    workers_cpu_s: float
    server_cpu_s: float


class Ground:
    """PostgreSQL and a configuration of so many sources, all due."""

    def __init__(self, folder: Path, port: str, sources: int) -> None:
        self.server = Server(**ON_DISK)
        self.place: Address = self.server.new_state()
        tables = "".join(
            f'[[source]]\nid = "s{n}"\nurl = "http://{address(n)}:{port}/{n}"\nevery = "7d"\n' for n in range(sources)
        )
        service = f'[service]\nstate = "{self.place.url}"\nallow_private = true\n'
        self.config = folder / "config.toml"
        self.config.write_text(f'{service}{tables}[[feed]]\nslug = "all"\n', encoding="utf-8")
        self.sources = sources
        ground.prepare(self.place)

    def ask(self, statement: str) -> int:
        with psycopg.connect(self.place.url, autocommit=True) as connection:
            connection.execute("SET search_path = public, public_jobs")
            cursor = connection.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
            return int(row[0]) if row else 0

    def measure(self, workers: int) -> Measured:
        """Until every source was read once more."""
        command = [sys.executable, "-m", "feedsvc", "worker", "--config", str(self.config), "--queues", "fetch"]
        # Otherwise it is begun by the clock, at the next minute.
        Newsroom(self.config.parent, self.place).send(Job("scan"))
        with sole_writer(self.place):
            processes = [subprocess.Popen([*command, "--concurrency", "3"]) for _ in range(workers)]
            self._wait_for("SELECT count(*) FROM worker", workers)
            before, began_s, server_s = _children_s(processes), time.monotonic(), self.server.cpu_s()
        self._wait_for("SELECT count(*) FROM poll WHERE next_due > now()", self.sources)
        self._wait_for("SELECT count(*) FROM share WHERE since IS NULL HAVING count(*) = count(number)", 1)
        wall_s = time.monotonic() - began_s
        measured = Measured(wall_s, _children_s(processes) - before, self.server.cpu_s() - server_s)
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)
        return measured

    def all_due(self) -> None:
        self.ask("UPDATE poll SET next_due = '2000-01-01'")
        self.ask("UPDATE share SET since = NULL")

    def _wait_for(self, query: str, least: int) -> None:
        until = time.monotonic() + LIMIT_S
        while self.ask(query) < least:
            if time.monotonic() > until:
                raise SystemExit(f"not done within {LIMIT_S:.0f} s: {query}")
            time.sleep(0.1)


def _children_s(processes: list[subprocess.Popen[bytes]]) -> float:
    """CPU seconds until now."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _alone(sources: int, processes: int) -> Measured:
    """So many processes that share nothing read all of them together."""
    with ExitStack() as stack:
        talks = [stack.enter_context(_process(["bench.scaling.alone"], LIMIT_S)) for _ in range(processes)]
        began_s = time.monotonic()
        with ThreadPoolExecutor(processes) as pool:
            list(pool.map(lambda talk: talk.ask(str(sources // processes)), talks))
        return Measured(time.monotonic() - began_s, 0.0, 0.0)  # CPU time is not looked at


def _looks(site: Ground) -> dict[str, float]:
    """CPU ms a source of reading the configuration, and of a look at what is due; bytes of the state an article."""
    began_s = time.process_time()
    load(site.config)
    loaded_s = time.process_time()
    work = Work(Settings(site.config, lambda _: {}), site.place, lambda hosts: [0.0 for _ in hosts])
    work.due_shares("")
    first_s, server_s = time.process_time(), site.server.cpu_s()
    for _ in range(LOOKS):
        work.due_shares("")
    looked_s = (time.process_time() - first_s) / LOOKS
    work.close()
    return {
        "config_ms": 1000 * (loaded_s - began_s) / site.sources,
        "look_ms": 1000 * looked_s / site.sources,
        # Its clock ticks a hundred times a second.
        "look_server_ms": max(0.0, 1000 * (site.server.cpu_s() - server_s) / LOOKS / site.sources),
        "bytes_an_article": site.ask("SELECT pg_database_size(current_database())") / (site.sources * ITEMS),
    }


def main() -> int:
    arguments = _arguments()
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        raise SystemExit("two cores are needed")
    found: dict[tuple[str, int], list[Measured]] = {}
    looks: dict[str, float] = {}
    for _ in range(arguments.rounds):
        for workers in (1, 2):
            os.sched_setaffinity(0, cores[:workers])  # whoever is started from now on is there too
            for kind, measured in _round(arguments.sources, workers, looks).items():
                found.setdefault((kind, workers), []).append(measured)
                print(f"{kind}, {workers} cores: {measured}", file=sys.stderr, flush=True)
    _report(found, looks, arguments)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=2)
    return parser.parse_args()


def _round(sources: int, workers: int, looks: dict[str, float]) -> dict[str, Measured]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="feedsvc-throughput-")))
        origin: Talk = stack.enter_context(_process(["bench.polling.origin"], LIMIT_S * 3))
        origin.ask("304 0")
        site = Ground(folder, origin.greeting, sources)
        stack.callback(site.server.close)
        new = site.measure(workers)
        answered = json.loads(origin.ask("304 0"))
        assert answered == {"200": sources}, answered
        site.all_due()
        unchanged = site.measure(workers)
        answered = json.loads(origin.ask("304 0"))
        assert answered == {"304": sources}, answered
        assert site.ask("SELECT count(*) FROM article") == sources * ITEMS
        looks |= _looks(site)
        return {"new": new, "304": unchanged, ALONE: _alone(sources, workers)}


def _report(
    found: dict[tuple[str, int], list[Measured]], looks: dict[str, float], arguments: argparse.Namespace
) -> None:
    def median(kind: str, workers: int, name: str) -> float:
        return statistics.median(getattr(measured, name) for measured in found[kind, workers])

    def times(kind: str) -> float:
        return statistics.median(
            one.wall_s / two.wall_s for one, two in zip(found[kind, 1], found[kind, 2], strict=True)
        )

    lines = [
        "# Throughput",
        "",
        f"`python -m bench.scaling.throughput --sources {arguments.sources} --rounds {arguments.rounds}`: "
        f"{arguments.sources} sources of {ITEMS} items, medians.",
        f"Python {platform.python_version()}, {platform.machine()}, load {os.getloadavg()[1]:.1f} of others and ours. "
        "All processes on the cores named,",
        "PostgreSQL and the publishers included; what PostgreSQL writes is forced to the disk.",
        "",
        "| | one core, one worker | two cores, two workers | times as fast | CPU ms a source: worker | PostgreSQL |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    costs = {name: round(figure, 4) for name, figure in looks.items()} | {"items": ITEMS}
    for kind, words in KINDS.items():
        one, two = median(kind, 1, "wall_s"), median(kind, 2, "wall_s")
        worker, server = (
            1000 * median(kind, 1, name) / arguments.sources for name in ("workers_cpu_s", "server_cpu_s")
        )
        spent = " | " if kind == ALONE else f"{worker:.1f} | {server:.1f}"
        lines.append(f"| {words} | {one:.1f} s | {two:.1f} s | {times(kind):.2f} | {spent} |")
        if kind != ALONE:
            costs |= {f"{kind}_worker_ms": round(worker, 2), f"{kind}_server_ms": round(server, 2)}
    (HERE / "costs.json").write_text(json.dumps(costs, indent=1) + "\n", encoding="utf-8")
    (HERE / "RESULTS.throughput.md").write_text("\n".join([*lines, ""]), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
