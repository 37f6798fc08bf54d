"""A state of invented events, put there in bulk, and a configuration of many feeds; new articles for some of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from feedsvc.config import Config, load
from feedsvc.model import Article, Placement
from feedsvc.store import Database, articles, changes, events, tables
from feedsvc.store.articles import in_batches
from feedsvc.text import event_id

START = datetime(2024, 1, 1, tzinfo=UTC)
APART = timedelta(minutes=5)
OF_EACH = 3  # feeds that an event stands in: so that each shows 200 of 300, and has an archive
WORDS = ("the council met again and spoke of roads schools bridges water and what all of it would cost " * 12).split()


def configure(folder: Path, feeds: int) -> Config:
    """`feeds` topics of one term each; every address and folder stands below `folder`."""
    (folder / "articles").mkdir(parents=True, exist_ok=True)
    service = '[service]\nstate = "state.sqlite"\noutput = "output"\nbase_url = "https://news.example/"\n'
    source = '[[source]]\nid = "saved"\npath = "articles"\n'
    topics = (f'[[feed]]\nslug = "t{n}"\ntitle = "Topic {n}"\nany = ["{term(n)}"]\n' for n in range(feeds))
    path = folder / "config.toml"
    path.write_text("\n".join([service, source, *topics]), encoding="utf-8")
    return load(path)


def term(number: int) -> str:
    return f"topic{number:05}"


def article(number: int, feeds: Sequence[int], key: str = "") -> Article:
    """Of the event with this number, which these feeds want."""
    time = START + number * APART
    words = " ".join([WORDS[(number * 7 + place) % len(WORDS)] for place in range(40)])
    text = "\n".join(f"{words} {number} {place}" for place in range(6))
    title = " ".join([f"Report {number} on", *map(term, feeds)])
    return Article(
        key=key or f"p:{number}", publisher="p", publisher_name="Example", source="saved", origin="", lead=words,
        url=f"https://p.example/{number}", title=title, html=f"<p>{words}</p>", text=text, language="en",
        published=time, modified=None, first_seen=time, captured=time,
    )  # fmt: skip


def stock(database: Database, feeds: int, count: int) -> None:
    """`count` events of an article each. Each of the feeds gets as many as any other."""
    with database.writing() as connection:
        for batch in in_batches(range(count), 2_000):
            _insert(connection, [article(n, [(n * OF_EACH + k) % feeds for k in range(OF_EACH)]) for n in batch])
        changes.mark_all(connection)


def _insert(connection: sa.Connection, found: Sequence[Article]) -> None:
    articles.record(connection, found)
    rows = [{"id": event_id(a.key), "published": a.time} for a in found]
    connection.execute(sa.insert(tables.event), rows)
    members = [{"article": a.key, "event": event_id(a.key), "score": 1.0, "reason": ""} for a in found]
    connection.execute(sa.insert(tables.membership), members)


def bring(database: Database, number: int, feeds: Sequence[int]) -> None:
    """One new article, an event of its own, which these feeds want."""
    new = article(number, feeds)
    with database.writing() as connection:
        articles.record(connection, [new])
        events.record(connection, [Placement(new.key, event_id(new.key), True, 1.0, "")], {new.key: new.time})
