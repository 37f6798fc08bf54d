"""Events as they were told last and where each stands: what changed, and what a feed holds, without any article.

Written and read by `publishing` alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from feedsvc.model import Tombstone
from feedsvc.store.articles import in_batches
from feedsvc.store.database import upsert
from feedsvc.store.tables import feed_event, feed_tombstone, shown_feed, shown_page, told_event


class Tale(NamedTuple):
    """Columns as of the table `told_event`."""

    event: str
    united: bool
    own: str
    saga: str
    stamp: str
    published: datetime
    updated: datetime
    newest: datetime
    articles: int
    language: str
    title: str
    thread: str
    origin: str
    told: bool


MOST_AMONG = 1_000  # events that are asked for one by one
COLUMNS = [told_event.c[name] for name in Tale._fields]


class Place(NamedTuple):
    """Where an event stands in a feed, and nothing of what is told of it."""

    id: str
    published: datetime


class Line(NamedTuple):
    """An event as it stands in a feed."""

    id: str
    united: bool
    published: datetime
    updated: datetime
    language: str
    stamp: str
    articles: int
    newest: datetime


# What is asked for each feed: to put a statement together takes as long as many a one does.
LINES = (
    sa.select(*(feed_event.c[name] for name in ("event", "united", "published")))
    .add_columns(*(told_event.c[name] for name in Line._fields[3:]))
    .join(told_event, (told_event.c.event == feed_event.c.event) & (told_event.c.united == feed_event.c.united))
    .where(feed_event.c.feed == sa.bindparam("feed_"))
    .order_by(feed_event.c.published.desc(), feed_event.c.event)
)
PLACES = (
    sa.select(feed_event.c.event, feed_event.c.published)
    .where(feed_event.c.feed == sa.bindparam("feed_"))
    .order_by(feed_event.c.published.desc(), feed_event.c.event)
)
PIECES = sa.select(shown_feed.c.pieces).where(shown_feed.c.feed == sa.bindparam("feed_"))
PAGE_PIECES = sa.select(shown_page.c.pieces).where(shown_page.c.path == sa.bindparam("path_"))


@dataclass(frozen=True, slots=True)
class Shown:
    """A feed as it was published last."""

    feed: str
    language: str
    updated: datetime
    entries: int
    headlines: list[list[str]]  # title, language, address
    pieces: str


def tales(connection: sa.Connection, ids: Iterable[str], *, united: bool = False) -> dict[str, Tale]:
    """By event."""
    return {tale.event: tale for tale in _where(connection, told_event.c.event, ids) if tale.united == united}


def in_threads(connection: sa.Connection, threads: Iterable[str]) -> dict[str, Tale]:
    return {tale.event: tale for tale in _where(connection, told_event.c.thread, threads) if not tale.united}


def with_threads(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Tale]:
    """These and all others of their threads, each read once."""
    among = sa.select(told_event.c.thread).where(~told_event.c.united)
    query = sa.select(*COLUMNS).where(~told_event.c.united)
    return {
        row.event: Tale(*row)
        for batch in in_batches(sorted(set(ids)))
        for row in connection.execute(
            query.where(told_event.c.thread.in_(among.where(told_event.c.event.in_(batch))))
        ).all()
    }


def of_origins(connection: sa.Connection, origins: Iterable[str]) -> dict[str, Tale]:
    return {tale.event: tale for tale in _where(connection, told_event.c.origin, origins) if not tale.united}


def _where(connection: sa.Connection, column: sa.Column[Any], values: Iterable[str]) -> Iterator[Tale]:
    for batch in in_batches(sorted(set(values))):
        for row in connection.execute(sa.select(*COLUMNS).where(column.in_(batch))).all():
            yield Tale(*row)


def between(connection: sa.Connection, first: datetime | None, end: datetime | None) -> set[str]:
    """Ids of the events whose newest article is as young as `first`, but not as `end`; None: no bound."""
    query = sa.select(told_event.c.event)
    if first:
        query = query.where(told_event.c.newest >= first)
    if end:
        query = query.where(told_event.c.newest < end)
    return set(connection.scalars(query))


def put(connection: sa.Connection, changed: Iterable[Tale]) -> None:
    rows = [tale._asdict() for tale in changed]
    if rows:
        connection.execute(upsert(told_event, connection), rows)


def drop(connection: sa.Connection, ids: Iterable[str], *, united: bool) -> None:
    """`united`: only as they were told together with others, else in any way."""
    for batch in in_batches(sorted(set(ids))):
        gone = sa.delete(told_event).where(told_event.c.event.in_(batch))
        connection.execute(gone.where(told_event.c.united) if united else gone)


def drop_all(connection: sa.Connection) -> None:
    for table in (told_event, feed_event, feed_tombstone):
        connection.execute(sa.delete(table))
    connection.execute(sa.update(shown_feed).values(stale=True, pieces=""))
    connection.execute(sa.delete(shown_page))


# Where they stand


def places(connection: sa.Connection, ids: Iterable[str]) -> dict[str, dict[str, bool]]:
    """Of each event its feeds, and whether it is told there with those that report the same in other languages."""
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    query = sa.select(feed_event.c.event, feed_event.c.feed, feed_event.c.united)
    for batch in in_batches(sorted(set(ids))):
        for id_, feed, united in connection.execute(query.where(feed_event.c.event.in_(batch))):
            found[id_][feed] = united
    return found


def tombstones(connection: sa.Connection, ids: Iterable[str]) -> set[tuple[str, str, Tombstone]]:
    """Feed, event and what it absorbed."""
    return {
        (row.feed, row.event, Tombstone(row.id, row.published, row.moment))
        for batch in in_batches(sorted(set(ids)))
        for row in connection.execute(sa.select(feed_tombstone).where(feed_tombstone.c.event.in_(batch)))
    }


def put_into(connection: sa.Connection, rows: Collection[tuple[str, str, bool, datetime]]) -> None:
    """Feed, event, whether united, publication."""
    names = ("feed", "event", "united", "published")
    if rows:
        connection.execute(upsert(feed_event, connection), [dict(zip(names, row, strict=True)) for row in rows])


def take_out(connection: sa.Connection, rows: Collection[tuple[str, str]]) -> None:
    """Feed, event."""
    among = (feed_event.c.feed == sa.bindparam("f")) & (feed_event.c.event == sa.bindparam("e"))
    if rows:
        connection.execute(sa.delete(feed_event).where(among), [{"f": feed, "e": id_} for feed, id_ in rows])


def bury(
    connection: sa.Connection, old: Collection[tuple[str, str, Tombstone]], new: Collection[tuple[str, str, Tombstone]]
) -> None:
    """Put the new tombstones in place of the old ones."""
    of_feed = (feed_tombstone.c.feed == sa.bindparam("f")) & (feed_tombstone.c.id == sa.bindparam("i"))
    # It may have gone over to another event just now.
    among = of_feed & (feed_tombstone.c.event == sa.bindparam("e"))
    if old:
        places = [{"f": feed, "i": t.id, "e": event} for feed, event, t in old]
        connection.execute(sa.delete(feed_tombstone).where(among), places)
    if new:
        rows = [
            {"feed": feed, "id": t.id, "event": id_, "published": t.published, "moment": t.when} for feed, id_, t in new
        ]
        connection.execute(upsert(feed_tombstone, connection), rows)


def feeds_of(connection: sa.Connection, ids: Iterable[str]) -> set[str]:
    return {feed for feeds in places(connection, ids).values() for feed in feeds}


def standing(connection: sa.Connection) -> int:
    """How many events stand in some feed."""
    return connection.scalar(sa.select(sa.func.count(feed_event.c.event.distinct()))) or 0


def lines(
    connection: sa.Connection,
    feed: str,
    young: datetime | None = None,
    most: int | None = None,
    *,
    among: Collection[str] | None = None,
) -> list[Line]:
    """The feed's events, or those of them that are given, newest first; those with an article as young as `young`; so
    many at most.
    """
    query = LINES
    if young:
        query = query.where(told_event.c.newest >= young)
    if among is not None and len(among) <= MOST_AMONG:
        query = query.where(feed_event.c.event.in_(sorted(among)))
    found = connection.execute(query.limit(most) if most else query, {"feed_": feed})
    return [Line(*row) for row in found.all()]


def order(connection: sa.Connection, feed: str) -> list[Place]:
    """All of the feed's events, newest first: a tenth of what their lines take, for an index has all of it."""
    return [Place(*row) for row in connection.execute(PLACES, {"feed_": feed}).all()]


def gone(connection: sa.Connection, feed: str, young: datetime | None = None) -> list[tuple[str, Tombstone]]:
    """With the event that each turned out to be, which has an article as young as `young`; the newest first."""
    stone = feed_tombstone.c
    query = sa.select(feed_tombstone).where(stone.feed == feed)
    if young:
        together = (told_event.c.event == stone.event) & (told_event.c.newest >= young)
        query = query.where(sa.exists().where(together))
    rows = connection.execute(query.order_by(stone.published.desc(), stone.id.desc()))
    return [(row.event, Tombstone(row.id, row.published, row.moment)) for row in rows]


def feeds_with_tombstones(connection: sa.Connection) -> set[str]:
    return set(connection.scalars(sa.select(feed_tombstone.c.feed).distinct()))


# Feeds as they were published


def make_stale(connection: sa.Connection, feeds: Iterable[str]) -> None:
    rows = [{"f": feed} for feed in sorted(feeds)]
    if rows:
        changed = sa.update(shown_feed).where(shown_feed.c.feed == sa.bindparam("f")).values(stale=True)
        connection.execute(changed, rows)


def stale(connection: sa.Connection, feeds: Sequence[str]) -> list[str]:
    """Those of the feeds that changed since they were published, or never were."""
    fresh = set(connection.scalars(sa.select(shown_feed.c.feed).where(~shown_feed.c.stale)))
    return [feed for feed in feeds if feed not in fresh]


def shown(connection: sa.Connection) -> dict[str, Shown]:
    """By slug; without their pieces, which are long."""
    columns = [shown_feed.c[field.name] for field in fields(Shown) if field.name != "pieces"]
    return {row.feed: Shown(**row._mapping, pieces="") for row in connection.execute(sa.select(*columns))}


def pieces(connection: sa.Connection, feed: str) -> list[str]:
    """Digests of the entries of its documents, in order."""
    return (connection.scalar(PIECES, {"feed_": feed}) or "").split()


def page_pieces(connection: sa.Connection, path: str) -> list[str]:
    """As `pieces`, of a page of an archive; empty where nothing is known of it."""
    return (connection.scalar(PAGE_PIECES, {"path_": path}) or "").split()


def remember_pages(connection: sa.Connection, made: Mapping[str, str], gone: Iterable[str]) -> None:
    """What stands in these pages now, by path; what is `gone` is no page any more."""
    forgotten = [{"path_": path} for path in gone if path.startswith("archive/")]
    if forgotten:
        connection.execute(sa.delete(shown_page).where(shown_page.c.path == sa.bindparam("path_")), forgotten)
    rows = [{"path": path, "pieces": pieces} for path, pieces in made.items()]
    if rows:
        connection.execute(upsert(shown_page, connection), rows)


def remember_shown(connection: sa.Connection, feeds: Mapping[str, Shown]) -> None:
    """All feeds are as they were published now; these ones have changed."""
    connection.execute(sa.update(shown_feed).where(shown_feed.c.stale).values(stale=False))
    rows = [{field.name: getattr(feed, field.name) for field in fields(Shown)} for feed in feeds.values()]
    if rows:
        connection.execute(upsert(shown_feed, connection), [row | {"stale": False} for row in rows])


def keep_only(connection: sa.Connection, feeds: Collection[str]) -> None:
    """Forget other feeds than these."""
    known = set(connection.scalars(sa.select(shown_feed.c.feed)))
    for feed in sorted(known - set(feeds)):
        connection.execute(sa.delete(shown_feed).where(shown_feed.c.feed == feed))
