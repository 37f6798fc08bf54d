"""Measures the hub: a feed's new versions to a thousand subscribers of which one in ten fails at first, and how long
one subscriber of `feedsvc serve` waits for news.

    python -m bench.websub [--subscribers 1000] [--versions 4] [--size 100]

In the middle of the third version the hub is ended and begun again. Writes bench/websub/RESULTS.md. Exit 1: something
was lost or came twice, or news took a second.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.websub.results import Outcome, Version, report
from bench.websub.served import BASE
from bench.websub.subscribers import FAILURES, Subscribers, subscribers

RESULTS = Path(__file__).with_name("RESULTS.md")
TOPIC = f"{BASE}harbour.atom"
PATIENCE_S = 120.0
CONFIGURATION = f"""[service]
base_url = "{BASE}"
hub = ["built-in"]
allow_private = true
[[source]]
id = "saved"
path = "saved"
"""


@dataclass
class Site:
    folder: Path
    size: int  # KiB of the document

    def publish(self, number: int) -> str:
        """As `feedsvc update` does it; the version's digest."""
        content = f"<feed>edition {number} {random.Random(number).randbytes(self.size * 512).hex()}</feed>".encode()
        temporary = self.folder / "output" / ".harbour.atom.new"
        temporary.parent.mkdir(exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(temporary.with_name("harbour.atom"))
        return hashlib.sha256(content).hexdigest()


class Hub:
    """The process under measurement; what it used is added up over its lives."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.cpu_s = self.mib = 0.0
        self.begin()

    def begin(self) -> None:
        command = [sys.executable, "-m", "bench.websub.served", str(self._folder)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip() + "hub"

    def end(self) -> None:
        used = json.loads(self._process.communicate()[0])
        self.cpu_s += used["cpu_s"]
        self.mib = max(self.mib, used["mib"])


def until(enough: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not enough():
        if time.monotonic() > end_s:
            sys.exit("bench.websub: deliveries did not come to an end")
        time.sleep(0.01)


def subscribe(hub: str, callbacks: list[str]) -> None:
    with httpx.Client(trust_env=False) as client:
        for callback in callbacks:
            answer = client.post(hub, data={"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.callback": callback})
            answer.raise_for_status()


def subscribed(hub: str) -> int:
    text = httpx.get(hub.removesuffix("hub") + "metrics", trust_env=False).text
    found = re.search(r"^feedsvc_hub_subscriptions (\d+)$", text, re.MULTILINE)
    return int(found[1]) if found else 0


def distribute(count: int, versions: int, size: int, waits_s: list[float]) -> Outcome:
    with tempfile.TemporaryDirectory() as folder, subscribers() as readers:
        site = Site(Path(folder), size)
        site.publish(0)
        readers.failing = {f"/{n}": FAILURES[n // 10 % len(FAILURES)] for n in range(0, count, 10)}
        hub = Hub(site.folder)
        began_s = time.monotonic()
        subscribe(hub.url, [readers.callback(n) for n in range(count)])
        until(lambda: subscribed(hub.url) == count)
        subscribing_s = time.monotonic() - began_s
        rounds = [spread(site, hub, readers, number, count) for number in range(1, versions + 1)]
        hub.end()
    return Outcome(
        subscribers=count,
        size=size,
        versions=rounds,
        tried=readers.asked,
        lost=count * versions - len(readers.taken),
        twice=sum(times - 1 for times in readers.taken.values()),
        subscribing_s=subscribing_s,
        cpu_s=hub.cpu_s,
        mib=hub.mib,
        waits_s=waits_s,
    )


def spread(site: Site, hub: Hub, readers: Subscribers, number: int, count: int) -> Version:
    """One version to everybody; the hub is begun again in the middle of the third."""
    began_s, before = time.monotonic(), len(readers.moments)
    version = site.publish(number)
    if number == 3:
        until(lambda: len(readers.moments) > before + count // 3)
        hub.end()
        hub.begin()
    until(lambda: len(readers.moments) == before + count)
    took = {path: moment - began_s for (path, of), moment in readers.moments.items() if of == version}
    at_once = sorted(seconds for path, seconds in took.items() if path not in readers.failing)
    return Version(at_once, max(took.values()), number == 3)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """`feedsvc serve` as it is shipped; the hub's address."""
    (folder / "saved").mkdir()
    (folder / "config.toml").write_text(CONFIGURATION)
    command = [sys.executable, "-m", "feedsvc", "serve", "--port", "0"]
    paths = os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    said = re.search(r"at (http://\S+/);", process.stdout.readline())
    assert said
    yield f"{said[1]}hub"
    process.terminate()
    process.communicate()


def wait_for_news(versions: int, size: int) -> list[float]:
    """Seconds from each publication until the one subscriber had it, sorted; published at any moment."""
    waits = []
    with tempfile.TemporaryDirectory() as folder, subscribers() as readers:
        site = Site(Path(folder), size)
        site.publish(0)
        with served(site.folder) as hub:
            subscribe(hub, [readers.callback(0)])
            until(lambda: subscribed(hub) == 1)
            for number in range(1, versions + 1):
                time.sleep(random.random() / 2)
                began_s = time.monotonic()
                version = site.publish(number)
                until(lambda: len(readers.moments) == number)  # noqa: B023 - called at once
                waits.append(readers.moments["/0", version] - began_s)
    return sorted(waits)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.websub", description="Measures the built-in hub.")
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--versions", type=int, default=4)
    parser.add_argument("--size", type=int, default=100, help="KiB of the feed document")
    asked = parser.parse_args()
    outcome = distribute(asked.subscribers, asked.versions, asked.size, wait_for_news(40, asked.size))
    RESULTS.write_text(report(outcome))
    print(report(outcome))
    return 0 if outcome.good else 1


if __name__ == "__main__":
    sys.exit(main())
