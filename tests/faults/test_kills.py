"""Killed with SIGKILL at any instant and started again: each article in exactly one event, each entry once for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.nursery import Nursery, nursery
from tests.faults.origin import Papers, papers
from tests.faults.reader import Reader
from tests.faults.rounds import CHAPTERS, Outcome, tell_a_story
from tests.faults.steps import REPLACING, Doom
from tests.live.newsstand import configuration, source
from tests.notify.receiver import Receiver, receiver

LONG_S = 60.0


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Papers, Receiver, Nursery]]:
    with nursery() as processes, papers() as origin, receiver() as told:
        yield origin, told, processes


def test_a_short_story_survives(world: tuple[Papers, Receiver, Nursery], tmp_path: Path) -> None:
    outcome = tell_a_story(1, tmp_path, *world, chapters=2)
    assert outcome.deviations == []
    assert outcome.rounds >= 5 and outcome.looks > 10 and outcome.messages


@pytest.mark.slow
def test_stories_survive_for_a_minute(world: tuple[Papers, Receiver, Nursery], tmp_path: Path) -> None:
    until_s = time.monotonic() + LONG_S
    outcome, seed = Outcome(), 100
    while time.monotonic() < until_s:
        outcome.add(tell_a_story(seed, tmp_path, *world, until_s=until_s))
        seed += 1
    assert outcome.deviations == []
    assert outcome.rounds >= CHAPTERS and len(outcome.kills) > 5


@pytest.mark.parametrize("nth", [1, 3])
def test_the_kernel_strikes_where_it_is_told_to(
    world: tuple[Papers, Receiver, Nursery], tmp_path: Path, nth: int
) -> None:
    origin, _, processes = world
    origin.publish(0, {"gazette": b"<rss version='2.0'><channel><title>Gazette</title></channel></rss>"})
    configuration(tmp_path, source("gazette", origin.addresses["gazette"]))
    ended = processes.run(tmp_path, "update", doom=Doom(REPLACING, nth, 0.0))
    assert ended.killed and ended.said == ""
    whole = [path for path in (tmp_path / "output").rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert len(whole) in {nth - 1, nth}


# What the reader would say if it saw it: without this, its silence would prove nothing.

ENTRY = "<entry><id>{}</id><published>{}</published><link href='https://x.example/1'/></entry>"
FEED = "<feed xmlns='http://www.w3.org/2005/Atom'>{}</feed>"
ONE, TWO = ENTRY.format("one", "2024-03-04T00:00:00Z"), ENTRY.format("two", "2024-03-05T00:00:00Z")


@pytest.mark.parametrize(
    ("name", "versions", "seen"),
    [
        ("all.atom", [FEED.format(ONE)[:-4]], "half a file"),
        ("all.json", ['{"items": ['], "half a file"),
        ("index.html", ["<html><body>"], "half a file"),
        ("all.atom", [""], "half a file"),
        ("all.atom", [FEED.format(ONE + ONE)], "twice"),
        ("all.atom", [FEED.format(ONE + TWO), FEED.format(TWO)], "one vanished"),
        ("all.atom", [FEED.format(ONE), FEED.format(TWO), FEED.format(TWO + ONE)], "came back"),
        ("all.rss", ["<rss><item><guid>one</guid></item></rss>", "<rss></rss>"], "one vanished"),
        ("all.atom", [FEED.format(ONE), FEED.format(ENTRY.format("one", "2024-03-09T00:00:00Z"))], "was published"),
        ("all.atom", [FEED.format(ONE), None], "gone"),
    ],
)
def test_the_reader_sees_what_it_should_never_see(
    tmp_path: Path, name: str, versions: list[str | None], seen: str
) -> None:
    reader = Reader(tmp_path, leaves=lambda _: 1, chapter=lambda: 0)
    path = tmp_path / name
    for version in versions:
        if version is None:
            path.unlink()
        else:
            path.with_name(".new").write_text(version)
            path.with_name(".new").replace(path)
        reader.look()
    assert any(seen in line for line in reader.deviations)
