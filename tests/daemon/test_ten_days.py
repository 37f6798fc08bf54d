"""Two daemons and a cron job on one state for ten simulated days: every due time is fetched once, nothing gets lost.

They are threads, released together wherever two of them wake at the same instant; what keeps them apart is what keeps
processes apart, the kernel's lock on the file. Only the clock is ours.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from feedsvc import inquiry
from feedsvc.config import Config, load
from feedsvc.cycle import run_when_free
from feedsvc.daemon import work
from feedsvc.daemon.pulse import Pulse
from feedsvc.daemon.settings import Settings
from feedsvc.reading import asking
from feedsvc.sources.fetch import FetchSettings
from feedsvc.store import lock, open_database, polls
from tests.hostile_origin import Origin
from tests.live.newsstand import START, Story, configuration, rss, sent, source
from tests.saved import rfi, write
from tests.test_cycle import unlike

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT_ONCE = timedelta(seconds=1)  # who wakes within so long of another wakes with it
BEGIN = START
SOURCES = {"harbour": timedelta(hours=3), "island": timedelta(hours=4), "mainland": timedelta(hours=7)}
NEWS_EVERY = timedelta(hours=9)  # of each source
HELD = 6  # entries of a feed
CRON_EVERY = timedelta(hours=2)
FIRST_SAVED = 200  # numbers of stories from here on are saved articles'


@dataclass
class World:
    folder: Path
    origin: Origin
    now: datetime = BEGIN
    served: dict[str, tuple[str, list[Story]]] = field(default_factory=dict)  # by source: the ETag and the news
    due: dict[str, datetime] = field(default_factory=dict)  # by source, as the state said after the last instant
    known: dict[str, str] = field(default_factory=dict)  # by source, the ETag of what was fetched last
    fetched: Counter[str] = field(default_factory=Counter)  # times, by source
    stories: set[str] = field(default_factory=set)  # addresses of all that was ever fetched or saved

    @property
    def config(self) -> Config:
        return load(self.folder / "config.toml")

    def advance(self, instant: datetime) -> None:
        """What the sources have by then."""
        self.now = instant
        age = int((instant - BEGIN) / NEWS_EVERY)
        for position, name in enumerate(SOURCES):
            tag = f'"{name}-{age}"'
            numbers = [position + len(SOURCES) * n for n in range(max(0, age - HELD + 1), age + 1)]
            news = [Story(n, guid=f"{name}-{n}", link=f"https://{name}.example/{n}") for n in numbers]
            self.served[name] = tag, news
            self.origin.served[name] = sent(rss(news), ETag=tag)
        day = (instant - BEGIN).days
        write(self.folder / "articles", {f"{day}.md": rfi(*unlike(FIRST_SAVED + day), BEGIN + day * DAY)})

    def check(self, before: Mapping[str, int]) -> None:
        """What was fetched since: once, when it was due, with the validator of the last time, and no other."""
        with closing(open_database(self.config.service.state)) as database, database.reading() as connection:
            kept = polls.load(connection)
        for name, (tag, news) in self.served.items():
            asked = self.origin.visited(name)[before[name] :]
            due = self.due.get(name, BEGIN)
            assert len(asked) == int(self.now >= due), f"{name} at {self.now}, due {due}: asked {len(asked)} times"
            if asked:
                assert self.now - due <= timedelta(seconds=2), f"{name}: nobody asked at {due}"
                assert asked[0].headers.get("if-none-match") == self.known.get(name)
                self.known[name] = tag
                self.fetched[name] += 1
                self.stories |= {story.link for story in news}
            assert kept[name].etag == self.known[name]
            due_again = kept[name].next_due
            assert due_again
            self.due[name] = due_again


@dataclass
class Actor:
    wakes: datetime
    act: Callable[[], timedelta]  # gives how long it sleeps then


@pytest.fixture
def world(tmp_path: Path, origin: Origin, monkeypatch: pytest.MonkeyPatch) -> World:
    tables = (source(name, origin.url(name), every=f'"{every // HOUR}h"') for name, every in SOURCES.items())
    folder = '[[source]]\nid = "saved"\npath = "articles"\nevery = "5h"\n'
    configuration(tmp_path, "".join(tables) + folder)
    monkeypatch.setattr(asking, "POLITENESS", FetchSettings(spacing_s=0, at_once_per_host=9))
    monkeypatch.setattr(work, "LOOK_S", 6 * 3600.0)
    monkeypatch.setattr(lock, "LOOK_S", 0.002)
    return World(tmp_path, origin)


def actors(world: World) -> Iterator[Actor]:
    path = world.folder / "config.toml"

    def daemon() -> Callable[[], timedelta]:
        works = work.Work(Settings(path, lambda _: {}), Pulse(), lambda: world.now)
        return lambda: timedelta(seconds=works.turn())

    def cron() -> timedelta:
        run_when_free(load(path), lambda: world.now, lambda *_: None, wait_s=60)
        return CRON_EVERY

    yield Actor(BEGIN, daemon())
    yield Actor(BEGIN, daemon())
    yield Actor(BEGIN, cron)


@pytest.mark.parametrize("days", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_every_due_time_is_fetched_once_and_nothing_is_lost(world: World, days: int) -> None:
    end = BEGIN + days * DAY
    everyone = list(actors(world))
    together = 0
    with ThreadPoolExecutor(len(everyone)) as threads:
        while (instant := min(actor.wakes for actor in everyone)) < end:
            world.advance(instant)
            before = {name: len(world.origin.visited(name)) for name in SOURCES}
            awake = [actor for actor in everyone if actor.wakes <= instant + AT_ONCE]
            start = threading.Barrier(len(awake))
            together += len(awake) > 1

            def act(actor: Actor, start: threading.Barrier = start) -> None:
                start.wait(60)
                actor.wakes = world.now + actor.act()

            list(threads.map(act, awake))
            world.check(before)
    assert together > 10 * days
    for name, every in SOURCES.items():
        # A source is due again after 0.90 to 0.97 of what is wished.
        assert days * DAY / every <= world.fetched[name] <= days * DAY / every / 0.9 + 1
    rows = inquiry.event_rows(world.config)
    reported = [article["url"] for row in rows for article in row["articles"]]
    assert len(reported) == len(set(reported)) == len(rows)
    assert world.stories <= set(reported)
    assert len(reported) - len(world.stories) == days, "saved articles, one a day"
