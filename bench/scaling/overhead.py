"""What a state on a PostgreSQL server costs beside one in a file, on one machine: the same articles, cycle by cycle.

    python -m bench.scaling.overhead [--articles 400] [--cycles 8]

Each way is a process of its own. Of the server its whole CPU time counts; it runs from the wheel that the tests use,
with what it writes forced to the disk. Exit 1: the two did not give the same events and bytes. Needs ../shared/archive.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from feedsvc import cycle, inquiry
from feedsvc.config import load
from tests.postgresql import Server

ARCHIVE = Path(__file__).parents[3] / "shared" / "archive"
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
ON_DISK = {
    "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "shared_buffers": "128MB",
    "wal_level": "replica", "max_wal_senders": "10", "max_wal_size": "1GB",
}  # fmt: skip
CONFIGURATION = """[service]
state = "{state}"
base_url = "https://news.example/"
[[source]]
id = "archive"
path = "saved"
every = "0s"
[[feed]]
slug = "all"
limit = 200
[[feed]]
slug = "china"
any = ["中国", "China"]
"""


def main() -> int:
    arguments = _arguments()
    if arguments.replay:
        print(json.dumps(replay(arguments.replay, arguments.articles, arguments.cycles)))
        return 0
    print(f"{arguments.articles} articles in {arguments.cycles} cycles, then one without news", flush=True)
    with TemporaryDirectory() as made:
        in_a_file = _measured(Path(made, "file"), "state/feedsvc.sqlite", arguments)
        server = Server(**ON_DISK)
        try:
            address = server.address(server.new()).url
            before_s = server.cpu_s()
            on_a_server = _measured(Path(made, "server"), address, arguments)
            on_a_server["server_cpu_s"] = server.cpu_s() - before_s
        finally:
            server.close()
    for name, found in (("SQLite", in_a_file), ("PostgreSQL", on_a_server)):
        server_cpu_s = found.get("server_cpu_s", 0.0)
        print(
            f"{name:10}  {found['cpu_s']:6.1f} s CPU of feedsvc  {server_cpu_s:5.1f} s of the server  "
            f"{found['wall_s']:6.1f} s by the clock  {found['idle_ms']:6.0f} ms for a cycle without news  "
            f"{found['events']} events, output {found['digest'][:12]}"
        )
    return (in_a_file["digest"], in_a_file["events"]) != (on_a_server["digest"], on_a_server["events"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=400)
    parser.add_argument("--cycles", type=int, default=8)
    parser.add_argument("--replay", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(folder: Path, state: str, arguments: argparse.Namespace) -> dict[str, float]:
    folder.mkdir()
    (folder / "config.toml").write_text(CONFIGURATION.format(state=state), encoding="utf-8")
    options = ["--articles", str(arguments.articles), "--cycles", str(arguments.cycles), "--replay", str(folder)]
    command = [sys.executable, "-m", "bench.scaling.overhead", *options]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)


def replay(folder: Path, articles: int, cycles: int) -> dict[str, object]:
    """Bring the archive's articles in parts, each read and published by a cycle."""
    config = load(folder / "config.toml")
    saved = sorted(ARCHIVE.rglob("*.md"), key=lambda path: path.name)[:articles]
    began_s = time.monotonic()
    for number in range(cycles):
        _bring(saved[number::cycles], folder / "saved")
        cycle.run_cycle(config, BEGUN + timedelta(hours=number), lambda *_: None)
    took_s, cpu_s = time.monotonic() - began_s, _cpu_s()
    idle_s = time.monotonic()
    cycle.run_cycle(config, BEGUN + timedelta(hours=cycles), lambda *_: None)
    idle_s = time.monotonic() - idle_s
    events = json.dumps(inquiry.event_rows(config), ensure_ascii=False)
    return {
        "wall_s": took_s,
        "cpu_s": cpu_s,
        "idle_ms": 1000 * idle_s,
        "events": len(json.loads(events)),
        "digest": _digest(folder / "output", events),
    }


def _bring(documents: Sequence[Path], folder: Path) -> None:
    for document in documents:
        to = folder / document.relative_to(ARCHIVE)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(document, to)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _digest(output: Path, events: str) -> str:
    """Of every byte that was published, and of the events with their places."""
    found = hashlib.sha256(events.encode())
    for path in sorted(output.rglob("*")):
        if path.is_file():
            found.update(str(path.relative_to(output)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
