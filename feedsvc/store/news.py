"""What each feed held when it was last published, and the journal of what became news in it since."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedsvc.store.articles import in_batches
from feedsvc.store.database import upsert
from feedsvc.store.tables import news, published_document, published_event, published_feed


@dataclass(frozen=True, slots=True)
class KnownFeed:
    rules: str  # digest of what decided which events belong
    newest: datetime | None  # publication of its newest event; None: it was empty


@dataclass(frozen=True, slots=True)
class Told:
    """What a feed has ever said of an event."""

    updated: datetime  # the latest
    reports: int  # the most


@dataclass(frozen=True, slots=True)
class News:
    number: int
    data: dict[str, Any]


def feed(connection: sa.Connection, slug: str) -> KnownFeed | None:
    row = connection.execute(sa.select(published_feed).where(published_feed.c.slug == slug)).one_or_none()
    return KnownFeed(row.rules, row.newest) if row else None


def remember_feed(connection: sa.Connection, slug: str, known: KnownFeed) -> None:
    connection.execute(upsert(published_feed, connection).values(slug=slug, rules=known.rules, newest=known.newest))


def told(connection: sa.Connection, slug: str, events: Iterable[str]) -> dict[str, Told]:
    """Of these events, by id."""
    columns = published_event.c
    query = sa.select(columns.event, columns.updated, columns.reports).where(columns.feed == slug)
    return {
        event: Told(updated, reports)
        for batch in in_batches(sorted(set(events)))
        for event, updated, reports in connection.execute(query.where(columns.event.in_(batch)))
    }


def remember_told(connection: sa.Connection, slug: str, events: Mapping[str, Told]) -> None:
    rows = [
        {"feed": slug, "event": id_, "updated": event.updated, "reports": event.reports}
        for id_, event in events.items()
    ]
    if rows:
        connection.execute(upsert(published_event, connection), rows)


def keep_feeds(connection: sa.Connection, slugs: Collection[str]) -> None:
    """Forget what other feeds than these held: one that comes back begins anew."""
    for slug in sorted(set(connection.scalars(sa.select(published_feed.c.slug))) - set(slugs)):
        for column in (published_feed.c.slug, published_event.c.feed):
            connection.execute(sa.delete(column.table).where(column == slug))


def append(connection: sa.Connection, slug: str, made: datetime, data: Iterable[Mapping[str, Any]]) -> None:
    rows = [{"feed": slug, "made": made, "data": dict(one)} for one in data]
    if rows:
        connection.execute(sa.insert(news), rows)


def after(connection: sa.Connection, slug: str, number: int, most: int = 1_000) -> Sequence[News]:
    """The next ones, in order."""
    query = sa.select(news.c.number, news.c.data).where(news.c.feed == slug, news.c.number > number)
    return [News(*row) for row in connection.execute(query.order_by(news.c.number).limit(most))]


def last(connection: sa.Connection) -> int | None:
    """The highest number in the journal, of any feed; None where it is empty."""
    highest: int | None = connection.scalar(sa.select(sa.func.max(news.c.number)))
    return highest


def before_the_last(connection: sa.Connection, slug: str, count: int) -> int:
    """The number after which so many follow; 0 where there are no more than that."""
    query = sa.select(news.c.number).where(news.c.feed == slug).order_by(news.c.number.desc()).offset(count).limit(1)
    return connection.scalar(query) or 0


def before_time(connection: sa.Connection, slug: str, time: datetime) -> int:
    """The number after which follows what was made at that time or later."""
    query = sa.select(news.c.number).where(news.c.feed == slug, news.c.made < time)
    return connection.scalar(query.order_by(news.c.number.desc()).limit(1)) or 0


def drop_before(connection: sa.Connection, time: datetime) -> None:
    # In the order of the numbers, so that no more rows are read than go: this happens at every publication.
    oldest_kept = connection.scalar(
        sa.select(news.c.number).where(news.c.made >= time).order_by(news.c.number).limit(1)
    )
    gone = sa.true() if oldest_kept is None else news.c.number < oldest_kept
    connection.execute(sa.delete(news).where(gone))


def digests(connection: sa.Connection, target: str) -> dict[str, str]:
    """Which bytes of each document, by its address, a hub was or is to be told of."""
    columns = published_document.c
    query = sa.select(columns.topic, columns.digest).where(columns.target == target)
    return {row.topic: row.digest for row in connection.execute(query)}


def remember_digest(connection: sa.Connection, target: str, topic: str, digest: str) -> None:
    connection.execute(upsert(published_document, connection).values(target=target, topic=topic, digest=digest))
