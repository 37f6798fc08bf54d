"""A disk that is full or cannot be written, a state that is cut short under a process: a line, an exit code, the last
good output, and all goes on by itself once the cause is gone.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.daemon.process import running, until
from tests.faults.nursery import Ended, Nursery, nursery
from tests.faults.origin import Papers, papers
from tests.faults.reader import Reader, grouped
from tests.faults.rounds import Installation
from tests.faults.steps import COMMITTING, REPLACING, Doom
from tests.faults.story import tale
from tests.mounts import full, small_disk
from tests.notify.receiver import Receiver, receiver

STORY = tale(5, 2)
ALL = STORY.urls_of(0) | STORY.urls_of(1)
HASTE = (
    "from dataclasses import replace; from datetime import timedelta; from feedsvc.daemon import work; "
    "from feedsvc.reading import asking; asking.POLITENESS = replace(asking.POLITENESS, spacing_s=0.0); "
    "work.SHORTEST_EVERY = timedelta(milliseconds=1); work.REST_S = work.RETRY_S = 0.1; work.RETRY_MOST_S = 0.2"
)


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Papers, Receiver, Nursery]]:
    with papers() as origin, receiver() as told, nursery() as processes:
        yield origin, told, processes


@pytest.fixture
def place(world: tuple[Papers, Receiver, Nursery], tmp_path: Path) -> Installation:
    return Installation(tmp_path / "place", *world)


@pytest.fixture
def calm(world: tuple[Papers, Receiver, Nursery], tmp_path: Path) -> Installation:
    """To which nothing happens."""
    return Installation(tmp_path / "calm", *world)


class Watched:
    """A reader that was there before the trouble."""

    def __init__(self, place: Installation) -> None:
        self.place = place
        self.reader = Reader(place.output, leaves=lambda _: 2, chapter=lambda: 0)

    def looks_good(self) -> bool:
        self.reader.look()
        assert self.reader.deviations == []
        return self.place.shows(STORY.urls_of(0))

    def entries(self) -> dict[str, frozenset[str]]:
        self.reader.look()
        return grouped(self.reader.links, ALL)


def publish(place: Installation, chapter: int) -> None:
    place.papers.publish(chapter, STORY.feeds(chapter))


def begin(*places: Installation) -> None:
    publish(places[0], 0)
    for place in places:
        assert place.run("update") == Ended(0, "between steps, resting or ending", "")
    publish(places[0], 1)


def is_one_line(ended: Ended) -> bool:
    return ended.code == 1 and ended.said.startswith("feedsvc: ") and ended.said.count("\n") == 1


# Disks


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    # Refused while a file of it is open to be written.
    until(lambda: not subprocess.run(["mount", "-o", "remount,ro", disk], check=False, capture_output=True).returncode)
    yield
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)


FAULTS = pytest.mark.parametrize("fault", [full, pytest.param(read_only, marks=pytest.mark.slow)])
PLACES = pytest.mark.parametrize("name", ["output", "state"])


@pytest.mark.slow
@FAULTS
@PLACES
def test_an_update_says_it_and_the_next_goes_on(
    place: Installation, calm: Installation, name: str, fault: Callable[[Path], contextmanager[None]]
) -> None:
    with small_disk(place.folder / name, "6m") as disk:
        begin(place, calm)
        watched = Watched(place)
        assert watched.looks_good()
        with fault(disk):
            for _ in range(2):
                ended = place.run("update")
                assert is_one_line(ended) and str(disk) in ended.said, ended
                assert watched.looks_good()
        assert calm.run("update").code == place.run("update").code == 0
        assert watched.looks_good() and place.shows(ALL)
        assert watched.entries() == Watched(calm).entries()
        assert place.set_aside() == []


@pytest.mark.slow
@FAULTS
@PLACES
def test_the_daemon_lives_on(place: Installation, name: str, fault: Callable[[Path], contextmanager[None]]) -> None:
    with small_disk(place.folder / name, "6m") as disk, running(place.folder, before=HASTE) as daemon:
        publish(place, 0)
        until(lambda: place.shows(STORY.urls_of(0)))
        watched = Watched(place)
        assert watched.looks_good()
        with fault(disk):
            publish(place, 1)
            daemon.said(rf"{disk}.*next try in", 2)
            assert watched.looks_good()
        until(lambda: place.shows(ALL))
        assert watched.looks_good()
        assert daemon.end() == 0
        assert place.set_aside() == []
        assert not any(line.startswith(("Traceback", " ")) for line in daemon.lines)


# A state that is cut short while a process works with it

CUT_AT = (
    "opening the state",
    "fetching",
    "storing articles",
    "matching",
    "publishing",
    "sending",
    COMMITTING,
    REPLACING,
)


HURT = {"stop": "damaged; `feedsvc repair` says how", "rebuild": "and a new state begins"}


def cut_short(state: Path) -> bool:
    """Again and again: what a process that has it open writes back from its log may make it whole."""
    if state.stat().st_size > 20_000:
        os.truncate(state, 20_000)
    return True


ON_DAMAGE = pytest.mark.parametrize("on_damage", ["stop", "rebuild"])


def mended(place: Installation) -> bool:
    """By the one command that the line names; True: there was something to mend."""
    ended = place.run("repair", "--move-aside")
    assert ended.code == 0, ended
    return bool(place.set_aside())


@ON_DAMAGE
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 8))])
def test_cut_short_under_an_update(
    world: tuple[Papers, Receiver, Nursery], calm: Installation, tmp_path: Path, seed: int, on_damage: str
) -> None:
    place = Installation(tmp_path / "place", *world, on_damage=on_damage)
    begin(place, calm)
    watched = Watched(place)
    assert watched.looks_good()
    chance = random.Random(seed)
    state = place.folder / "state" / "feedsvc.sqlite"
    doom = Doom(CUT_AT[seed], chance.randint(1, 3), cut=str(state), share=chance.uniform(0, 0.95))
    ended = place.run("update", doom=doom)
    assert ended.code == 0 or is_one_line(ended), ended
    assert watched.looks_good()
    ended = place.run("update")
    if on_damage == "stop":
        assert ended.code == 0 or (is_one_line(ended) and "feedsvc repair" in ended.said), ended
        assert watched.looks_good()
        mended(place)
        ended = place.run("update")
    assert ended.code == calm.run("update").code == 0
    assert watched.looks_good() and place.shows(ALL)
    assert watched.entries() == Watched(calm).entries()


@pytest.mark.slow
@ON_DAMAGE
def test_cut_short_under_the_daemon(
    world: tuple[Papers, Receiver, Nursery], calm: Installation, tmp_path: Path, on_damage: str
) -> None:
    place = Installation(tmp_path / "place", *world, on_damage=on_damage)
    publish(place, 0)
    assert calm.run("update").code == 0
    with running(place.folder, before=HASTE) as daemon:
        until(lambda: place.shows(STORY.urls_of(0)))
        watched = Watched(place)
        assert watched.looks_good()
        publish(place, 1)
        state = place.folder / "state" / "feedsvc.sqlite"
        until(lambda: re.search(HURT[on_damage], " ".join(daemon.lines)) or not cut_short(state))
        assert watched.looks_good()
        assert on_damage == "rebuild" or mended(place)
        until(lambda: place.shows(ALL))
        assert daemon.end() == 0
    assert place.set_aside()
    assert calm.run("update").code == 0
    assert watched.looks_good() and watched.entries() == Watched(calm).entries()
