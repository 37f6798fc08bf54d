"""Eight workers, five thousand sources, and everything that can go wrong: is anything lost, is anything done twice?

    python -m bench.scaling.endurance [--minutes 10] [--workers 8] [--sources 5000] [--every 120]

For so many minutes workers are killed at random (kill -9), a new one in the place of each; a third of the way in
PostgreSQL is killed with all its processes (kill -9) and begun again on what it had written, two thirds in the network
between it and the workers is cut. Then the publishers fall silent, and all that they ever said must be in the state and
published, each once. Exit 1: something is not. Writes bench/scaling/RESULTS.endurance.md.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bench.scaling.proxy import Proxy
from tests.postgresql import Server
from tests.worker.press import HISTORY, Asked, Press, rss

RESULTS = Path(__file__).with_name("RESULTS.endurance.md")
Ask = Callable[[str], list[tuple[Any, ...]]]
# What the server must not lose when it is killed; the tests' server forgets for the sake of speed.
DURABLE = {"synchronous_commit": "on", "full_page_writes": "on", "max_connections": "200"}
KILLED_EVERY_S = (10.0, 30.0)
AWAY_S = 20.0  # the server, and the network
LONGEST_JOB_S = 60.0  # from an answer to its being written down, on a machine that is busy
MOST_SHOWN = 100
DRAIN_LIMIT_S = 600.0
EARLIEST = 0.5  # of `every`: a turn of a busy machine comes late, and the next is counted from when the job began


@dataclass
class Newsstand:
    """Each source says something new from time to time, until it is told to be silent."""

    began_s: float
    every_s: float
    silent_s: float | None = None

    def upto(self, source: int) -> int:
        age_s = (self.silent_s or time.time()) - self.began_s
        return 1 + int(age_s / self.every_s + source % 97 / 97)

    def document(self, source: int) -> bytes:
        return rss(source, self.upto(source))


@dataclass
class Story:
    """What happened, for the report."""

    kills: list[tuple[float, str]] = field(default_factory=list)  # seconds of the wall clock; of whom
    server_killed_s: float = 0.0
    cut_s: float = 0.0
    troubles: list[str] = field(default_factory=list)  # what is not as it should be
    figures: dict[str, str] = field(default_factory=dict)

    def lost(self, asked: Asked, again_s: float) -> bool:
        """Whether what was asked then was lost before it was written down: only its own worker's death explains that,
        and what befell all of them.
        """
        killed = any(by == asked.by and asked.at - 1 <= at_s <= again_s for at_s, by in self.kills)
        befell = (self.server_killed_s, self.cut_s)
        return killed or any(at_s - LONGEST_JOB_S <= asked.at <= at_s + AWAY_S + LONGEST_JOB_S for at_s in befell)


class Workers:
    """A quarter of them match and publish; each of the others tells publishers who it is."""

    def __init__(self, config: Path, number: int, log: Path) -> None:
        self._config = config
        self._log = log.open("ab")
        self._names = (f"worker-{n}" for n in itertools.count(1))
        fetch = max(1, number * 3 // 4)
        queues = ["fetch"] * fetch + ["match,publish"] * max(1, number - fetch)
        self._started = [(each, *self._start(each)) for each in queues]

    @property
    def processes(self) -> list[subprocess.Popen[bytes]]:
        return [process for _, _, process in self._started]

    def _start(self, queues: str) -> tuple[str, subprocess.Popen[bytes]]:
        name, config = "", self._config
        if queues == "fetch":
            name = next(self._names)
            config = self._config.with_name(f"{name}.toml")
            said = self._config.read_text(encoding="utf-8")
            config.write_text(said.replace("[service]", f'[service]\ncontact = "https://{name}.example/"', 1))
        command = [sys.executable, "-m", "feedsvc", "--log-level", "info", "worker", "--config", config]
        return name, subprocess.Popen([*command, "--queues", queues], stdout=self._log, stderr=self._log)

    def kill_one(self) -> str:
        """Its name; empty if it did not fetch."""
        _, name, process = random.choice(self._started)
        process.kill()
        process.wait()
        self.start_again()
        return name

    def start_again(self) -> None:
        """Those that have ended, as systemd does: who finds no server when it begins gives up at once."""
        for place, (queues, _, process) in enumerate(self._started):
            if process.poll() is not None:
                self._started[place] = (queues, *self._start(queues))

    def end(self) -> list[int]:
        """In order: their exit codes."""
        for process in self.processes:
            process.terminate()
        return [process.wait(60) for process in self.processes]

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        self._log.close()


def main() -> int:
    arguments = _arguments()
    began_s = time.time()
    newsstand = Newsstand(began_s, arguments.news)
    story = Story()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="feedsvc-endurance-")))
        server = Server(**DURABLE)
        stack.callback(server.close)
        name = server.new()
        ask = functools.partial(server.run, name=name)
        proxy = stack.enter_context(Proxy(server.port))
        press = stack.enter_context(Press(newsstand.document).running())
        address = f"postgresql://feedsvc@127.0.0.1:{proxy.port}/{name}"
        config = configured(folder, address, press, arguments.sources, arguments.every)
        workers = Workers(config, arguments.workers, arguments.log)
        stack.callback(workers.close)
        misfortunes(arguments.minutes * 60, workers, server, proxy, story)
        newsstand.silent_s = time.time()
        drain(workers, ask, press, arguments.sources, story)
        codes = workers.end()
        if any(codes):
            story.troubles.append(f"workers that were asked to end left with {codes}")
        said = {f"paper-{source}": newsstand.upto(source) for source in range(arguments.sources)}
        examine(ask, said, story, folder / "output")
        asked_twice(press, arguments, story)
    report(story, arguments)
    return bool(story.troubles)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--sources", type=int, default=5_000)
    parser.add_argument("--every", type=int, default=120, metavar="SECONDS", help="for each source to be asked")
    parser.add_argument(
        "--news", type=float, default=900, metavar="SECONDS", help="from one item of a source to the next"
    )
    parser.add_argument("--log", type=Path, default=Path(tempfile.gettempdir()) / "feedsvc-endurance.log")
    return parser.parse_args()


def configured(folder: Path, address: str, press: Press, sources: int, every_s: int) -> Path:
    tables = "".join(
        f'[[source]]\nid = "paper-{n}"\nurl = "{press.url(n)}"\nevery = "{every_s}s"\n' for n in range(sources)
    )
    service = f'[service]\nstate = "{address}"\noutput = "{folder / "output"}"\nallow_private = true\n'
    service += "max_feed_size = 100000\n"
    path = folder / "config.toml"
    path.write_text(f'{service}{tables}[[feed]]\nslug = "all"\nlimit = 10000\n', encoding="utf-8")
    return path


def misfortunes(lasting_s: float, workers: Workers, server: Server, proxy: Proxy, story: Story) -> None:
    began_s = time.time()
    next_s = began_s + random.uniform(*KILLED_EVERY_S)
    while (now_s := time.time()) < began_s + lasting_s:
        if not story.server_killed_s and now_s > began_s + lasting_s / 3:
            story.server_killed_s = now_s
            say("PostgreSQL is killed")
            server.stop(signal.SIGKILL)
            time.sleep(AWAY_S)
            server.start()
        if not story.cut_s and now_s > began_s + lasting_s * 2 / 3:
            story.cut_s = now_s
            say("the network is cut")
            proxy.cut()
            time.sleep(AWAY_S)
            proxy.mend()
        if now_s > next_s:
            name = workers.kill_one()
            story.kills.append((time.time(), name))
            next_s = time.time() + random.uniform(*KILLED_EVERY_S)
        workers.start_again()
        time.sleep(0.5)


def drain(workers: Workers, ask: Ask, press: Press, sources: int, story: Story) -> None:
    """Until every source was asked in silence, and what came of it is published."""
    silent_s = time.time()
    say("silence")
    while time.time() < silent_s + DRAIN_LIMIT_S:
        asked = {asked.source for asked in press.log if asked.at > silent_s}
        ((unread, unmatched, left),) = ask(LEFT)
        if len(asked) == sources and not (unread or unmatched or left):
            story.figures["drained after"] = f"{time.time() - silent_s:.0f} s of silence"
            return
        workers.start_again()
        time.sleep(1)
    story.troubles.append(f"not drained after {DRAIN_LIMIT_S:.0f} s: {len(asked)} asked; {unread, unmatched, left}")


LEFT = """
    SELECT (SELECT count(*) FROM public_jobs.share WHERE since < now() - interval '1 minute'),
           (SELECT count(*) FROM article LEFT JOIN membership ON article = key WHERE article IS NULL),
           (SELECT count(*) FROM public_jobs.procrastinate_jobs WHERE task_name IN ('sort', 'match', 'publish'))"""


CHECKS = {
    "articles with another revision than the first": "SELECT count(*) FROM article WHERE revision > 1",
    "articles without an event": "SELECT count(*) FROM article WHERE key NOT IN (SELECT article FROM membership)",
    "events with several articles": "SELECT count(*) - count(DISTINCT event) FROM membership",
    "events without an article": "SELECT count(*) FROM event WHERE id NOT IN (SELECT event FROM membership)",
    "jobs that were given up": "SELECT count(*) FROM public_jobs.procrastinate_jobs WHERE status = 'failed'",
}


def examine(ask: Ask, said: Mapping[str, int], story: Story, output: Path) -> None:
    """Whether all that the sources said is known and published; `said`: how many items, by source."""
    found = Counter(source for (source,) in ask("SELECT source FROM article"))
    lost = sum(max(0, number - found[source]) for source, number in said.items())
    if lost or dict(found) != said:
        story.troubles.append(f"{lost} articles are lost, of {sum(said.values())}")
    assert max(said.values()) <= HISTORY, "items left the feeds by themselves: nothing can be said"
    for words, query in CHECKS.items():
        if number := ask(query)[0][0]:
            story.troubles.append(f"{words}: {number}")
    items = json.loads((output / "all.json").read_bytes())["items"]
    if len({item["id"] for item in items}) != len(items):
        story.troubles.append("an event stands twice in the feed")
    known = {address for source, number in said.items() for address in _addresses(source, number)}
    if {item["url"] for item in items} - known:
        story.troubles.append("the feed has what nobody said")
    story.figures |= {"articles, each once": f"{sum(found.values()):,}", "entries of the feed": f"{len(items):,}"}


def _addresses(source: str, said: int) -> Iterator[str]:
    return (f"https://{source.replace('-', '')}.example/{number}" for number in range(1, said + 1))


def asked_twice(press: Press, arguments: argparse.Namespace, story: Story) -> None:
    """A source that is asked again too soon was asked twice for one due time. Who dies before it has written down what
    it got must be asked for again; nobody else.
    """
    asked: defaultdict[int, list[Asked]] = defaultdict(list)
    for request in press.log:
        asked[request.source].append(request)
    pairs = [pair for requests in asked.values() for pair in itertools.pairwise(requests)]
    soon = [(earlier, later.at) for earlier, later in pairs if later.at - earlier.at < EARLIEST * arguments.every]
    unexplained = [(earlier, again_s) for earlier, again_s in soon if not story.lost(earlier, again_s)]
    for earlier, again_s in unexplained[:MOST_SHOWN]:
        say(f"{earlier} and again at {again_s:.1f}")
    if unexplained:
        story.troubles.append(f"{len(unexplained)} due fetches were made twice though nothing happened")
    longest_s = max(later.at - earlier.at for earlier, later in pairs)
    story.figures |= {
        "requests": f"{len(press.log):,}",
        "made again because their worker, the server or the network died": f"{len(soon):,}",
        "made twice": f"{len(unexplained):,}",
        "longest that a source had to wait": f"{longest_s:.0f} s",
    }


def report(story: Story, arguments: argparse.Namespace) -> None:
    load = os.getloadavg()[2]
    lines = [
        "# Endurance",
        "",
        f"`python -m bench.scaling.endurance --minutes {arguments.minutes:g} --workers {arguments.workers} "
        f"--sources {arguments.sources} --every {arguments.every}`; {os.cpu_count()} cores, load {load:.1f},",
        f"Python {platform.python_version()}, psycopg {psycopg.__version__}. {len(story.kills)} workers were killed; "
        f"PostgreSQL with all its processes was killed",
        f"with -9 once, and the network was cut once, for {AWAY_S:.0f} s each.",
        "",
        "| | |",
        "|---|--:|",
        *(f"| {words} | {figure} |" for words, figure in story.figures.items()),
        "",
        "Nothing lost, nothing done twice." if not story.troubles else "**Troubles**: " + "; ".join(story.troubles),
        "",
    ]
    RESULTS.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
