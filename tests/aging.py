"""A state whose articles span years, put there without matching, for what has to do with age."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from feedsvc import retention
from feedsvc.config import Config, load
from feedsvc.model import Article, Placement
from feedsvc.publish import publish
from feedsvc.store import Database, articles, events, open_database
from feedsvc.store.articles import Recorded
from feedsvc.text import event_id
from tests.saved import START, configuration

FEEDS = '[[feed]]\nslug = "all"\nlimit = 5\n[[feed]]\nslug = "even"\nlimit = 2\nany = ["even"]\n'


@dataclass(frozen=True)
class Told:
    """One event: the days on which articles report it, and which of the events before it goes on from."""

    number: int
    days: tuple[int, ...]
    follows: int | None = None

    @property
    def id(self) -> str:
        return event_id(f"p:{self.number}-0")

    def articles(self) -> list[Article]:
        return [article(f"p:{self.number}-{n}", day, self.number) for n, day in enumerate(sorted(self.days))]


def article(key: str, day: float, number: int) -> Article:
    time = START + timedelta(days=day, minutes=number % 3)
    word = "even" if number % 2 == 0 else "odd"
    return Article(
        key=key, publisher="p", publisher_name="P", source="saved", origin="", url=f"https://p.example/{key[2:]}",
        title=f"{word} {number}", lead="", html="", text="", language="en", published=time, modified=None,
        first_seen=time, captured=time,
    )  # fmt: skip


def settings(folder: Path, keep: str = "60d", feeds: str = FEEDS) -> Config:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "articles").mkdir(exist_ok=True)
    return load(configuration(folder, extra=f'keep = "{keep}"\n', feeds=feeds))


def bring(config: Config, told: Iterable[Told]) -> Recorded:
    with closing(open_database(config.service.state)) as database, database.writing() as connection:
        new: list[str] = []
        for one in told:
            found = one.articles()
            recorded = articles.record(connection, found)
            new += recorded.new
            placed = [Placement(a.key, one.id, a is found[0], 1.0, "") for a in found if a.key in recorded.new]
            events.record(connection, placed, {a.key: a.time for a in found})
            if one.follows is not None and found[0].key in recorded.new:
                events.link(connection, {one.id: Told(one.follows, ()).id})
    return Recorded(tuple(new), ())


def republish(config: Config, *, drop: bool = True) -> tuple[str, ...]:
    """Paths of what was written."""
    with closing(open_database(config.service.state)) as database:
        published = publish(config, database, lambda *_: None)
        if drop and published.leaving:
            retention.drop(database, published.leaving)
    return published.written


def rows(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        names = [name for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {n: connection.exec_driver_sql(f'SELECT count(*) FROM "{n}"').scalar_one() for n in names}


def counted(config: Config) -> dict[str, int]:
    with closing(open_database(config.service.state)) as database:
        return rows(database)
