"""A process that is killed at the worst moment loses no news: the next one sends it."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from tests.notify.newsroom import ELECTION_TITLE, Newsroom, election
from tests.saved import write

# Each runs one cycle over the configuration in its working directory, and dies at another place.
BEGIN = """
import os, signal
from datetime import UTC, datetime
from pathlib import Path
from feedsvc import cycle, notify
from feedsvc.config import load
from feedsvc.notify import recording
from feedsvc.sources import posting

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

config, now = load(Path("config.toml")), datetime(2024, 3, 10, tzinfo=UTC)
"""
CYCLE = "cycle.run_cycle(config, now, lambda *_: None)\n"
SEND = "cycle.tell(config, now)\n"
MOMENTS = {
    "published, nothing written down": f"notify.record = die\n{CYCLE}",
    "in the middle of writing it down": f"recording._record_documents = die\n{CYCLE}",
    "written down, nothing sent": f"{CYCLE}die()\n",
    "taken, but not yet acknowledged": f"posting._receipt = die\n{CYCLE}{SEND}",
}


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS.keys())
def test_killed(newsroom: Newsroom, moment: str) -> None:
    write(newsroom.folder / "articles", election())
    done = subprocess.run([sys.executable, "-c", BEGIN + moment], cwd=newsroom.folder, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert ELECTION_TITLE in (newsroom.folder / "output" / "all.atom").read_text("utf-8")
    before = len(newsroom.receiver.deliveries)
    newsroom.publish()
    assert newsroom.send(after=timedelta(seconds=1)).delivered == 1
    assert newsroom.receiver.titles("/hook") == [ELECTION_TITLE] * (before + 1)
    assert len({delivery.json["key"] for delivery in newsroom.receiver.deliveries}) == 1
    assert newsroom.send(after=timedelta(days=1)).delivered == 0
