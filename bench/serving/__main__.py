"""Measures `feedsvc serve` beside nginx over the same folder, with wrk.

    apt-get install wrk nginx-light
    python -m bench.serving [--rounds 5] [--seconds 3] [--idle 10000]

In each round each of the two answers each kind of request for some seconds, one after the other; medians of the rounds.
Then the same 304s with and without a crowd: idle connections and a slow reader. Writes bench/serving/RESULTS.md.
Exit 1: a ratio is below its aim.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.serving.crowd import crowd
from bench.serving.servers import CLIENTS_CPU, NGINX, SIZE, Server, feedsvc, nginx, publish

RESULTS = Path(__file__).with_name("RESULTS.md")
PATH = "feed.atom"
CONNECTIONS = 32
# Kind of request, for people, the least that feedsvc's rate may be of nginx's.
KINDS = (("gzip", "200, packed ahead", 1.0), ("identity", "200, not packed", None), ("304", "304", 0.3))
UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1_000.0}


@dataclass(frozen=True, slots=True)
class Run:
    rate: float  # requests a second
    median_ms: float
    slowest_ms: float  # of 99 in 100
    cpu_us: float  # of the server, for each request


def main() -> int:
    arguments = _arguments()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    found: dict[tuple[str, str], list[Run]] = {}
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="feedsvc-serving-")))
        folder.chmod(0o755)
        publish(folder / "output")
        servers = [held.enter_context(serve(folder)) for serve in (feedsvc, nginx)]
        for _ in range(arguments.rounds):
            for kind, _, _ in KINDS:
                for server in servers:
                    found.setdefault((server.name, kind), []).append(measure(server, kind, arguments.seconds))
        for _ in range(arguments.rounds):
            for server in servers:
                found.setdefault((server.name, "alone"), []).append(measure(server, "304", arguments.seconds))
                with crowd(server.url, f"/{PATH}", arguments.idle):
                    found.setdefault((server.name, "crowd"), []).append(measure(server, "304", arguments.seconds))
    medians = {key: _median(runs) for key, runs in found.items()}
    written = report(medians, arguments)
    RESULTS.write_text(written, encoding="utf-8")
    print(written)
    return any(ratio(medians, kind) < aim for kind, _, aim in KINDS if aim)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, choices=range(1, 21), metavar="N")
    parser.add_argument("--seconds", type=int, default=3, choices=range(1, 61), metavar="N", help="of each run")
    parser.add_argument("--idle", type=int, default=10_000, choices=range(1, 15_001), metavar="N")
    if not shutil.which("wrk"):
        parser.error("wrk is not installed; on Debian: apt-get install wrk")
    return parser.parse_args()


def measure(server: Server, kind: str, seconds: int) -> Run:
    fields = _fields(server.url + PATH, kind)
    options = [f"-H{name}: {value}" for name, value in fields.items()]
    command = [
        "taskset",
        "-c",
        str(CLIENTS_CPU),
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--latency",
        *options,
        server.url + PATH,
    ]
    before = server.cpu_s()
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
    used_s = server.cpu_s() - before
    requests = re.search(r"(\d+) requests in", done.stdout)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if not requests or not rate or "Socket errors" in done.stdout:
        raise SystemExit(f"wrk against {server.name}:\n{done.stdout}")
    median, slowest = (_latency_ms(done.stdout, share) for share in ("50", "99"))
    return Run(float(rate[1]), median, slowest, used_s / int(requests[1]) * 1e6)


def _fields(url: str, kind: str) -> dict[str, str]:
    """What makes the server answer in that way; made sure of by asking once."""
    fields = {"Accept-Encoding": "identity" if kind == "identity" else "gzip"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=fields), timeout=10) as answer:
        packed, tag = answer.headers["Content-Encoding"], answer.headers["ETag"]
        size = len(answer.read())
    if (packed == "gzip") != (kind != "identity") or (size < SIZE) != (packed == "gzip"):
        raise SystemExit(f"{url}: answers {kind} with {packed}, {size} bytes")
    return fields | ({"If-None-Match": tag} if kind == "304" else {})


def _latency_ms(said: str, share: str) -> float:
    found = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)\b", said)
    assert found
    return float(found[1]) * UNITS_MS[found[2]]


def _median(runs: Sequence[Run]) -> Run:
    columns = zip(*((run.rate, run.median_ms, run.slowest_ms, run.cpu_us) for run in runs), strict=True)
    return Run(*map(statistics.median, columns))


def ratio(medians: dict[tuple[str, str], Run], kind: str) -> float:
    """Rate of feedsvc over nginx's."""
    return medians["feedsvc", kind].rate / medians["nginx", kind].rate


def report(medians: dict[tuple[str, str], Run], arguments: argparse.Namespace) -> str:
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("uvicorn", "uvloop", "httptools"))
    assert NGINX
    theirs = subprocess.run([NGINX, "-v"], capture_output=True, text=True, check=True).stderr.rpartition("/")[2].strip()
    command = (
        f"python -m bench.serving --rounds {arguments.rounds} --seconds {arguments.seconds} --idle {arguments.idle}"
    )
    lines = [
        "# Serving",
        "",
        f"`{command}`:",
        f"a feed of {SIZE // 1000} KB over the loopback, {CONNECTIONS} connections of wrk on one processor, each",
        "server one process on another, no access log in either; medians of the rounds, in which they take turns.",
        f"Python {platform.python_version()}, {packages};",
        f"nginx {theirs} with sendfile and gzip_static; {platform.machine()}, {os.cpu_count()} processors.",
        "",
        "| answer | feedsvc /s | nginx /s | ratio | aim | feedsvc CPU µs | nginx CPU µs |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for kind, words, aim in KINDS:
        ours, other = medians["feedsvc", kind], medians["nginx", kind]
        cells = f"{ours.rate:,.0f} | {other.rate:,.0f} | {ratio(medians, kind):.2f} | {aim or '–'}"
        lines.append(f"| {words} | {cells} | {ours.cpu_us:.1f} | {other.cpu_us:.1f} |")
    lines += [
        "",
        f"304s while {arguments.idle:,} idle connections are kept open and one client reads 10 KB a second, beside",
        "304s alone; latency in ms:",
        "",
        "| server | median, alone | in the crowd | 99 in 100, alone | in the crowd | rate in the crowd / alone |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name in ("feedsvc", "nginx"):
        alone, among = medians[name, "alone"], medians[name, "crowd"]
        cells = f"{alone.median_ms:.2f} | {among.median_ms:.2f} | {alone.slowest_ms:.2f} | {among.slowest_ms:.2f}"
        lines.append(f"| {name} | {cells} | {among.rate / alone.rate:.2f} |")
    lines += ["", "None of the idle connections was closed, and all of them had been answered."]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
