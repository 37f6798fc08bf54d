"""Articles and events that are too old leave the store, whole events at a time, in the caller's transaction.

An event goes when its newest article is older than a given moment. What stays known of it: `past`.
Called by `retention`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedsvc.store import changes, events, past, tallies
from feedsvc.store.articles import in_batches
from feedsvc.store.tables import (
    article,
    borderline,
    event,
    membership,
    published_event,
    recovered_entry,
    revision,
    verdict,
)


@dataclass(frozen=True, slots=True)
class Dropped:
    events: int = 0
    articles: int = 0
    revisions: int = 0

    def __add__(self, other: Dropped) -> Dropped:
        return Dropped(self.events + other.events, self.articles + other.articles, self.revisions + other.revisions)


def newest_article(connection: sa.Connection) -> datetime | None:
    """The best known time of the newest article: age counts from there."""
    return connection.scalar(sa.select(article.c.time).order_by(article.c.time.desc()).limit(1))


def events_before(connection: sa.Connection, moment: datetime) -> list[str]:
    """Ids of the events without an article as young as `moment`. Costs little where hardly anything is older."""
    placed = sa.select(membership.c.event).join(article, article.c.key == membership.c.article).distinct()
    old = list(connection.scalars(placed.where(article.c.time < moment).order_by(membership.c.event)))
    young: set[str] = set()
    for batch in in_batches(old):
        of_these = placed.where(membership.c.event.in_(batch))
        young.update(connection.scalars(of_these.where(article.c.time >= moment)))
    return [id_ for id_ in old if id_ not in young]


def count(connection: sa.Connection, ids: Sequence[str]) -> Dropped:
    """What `drop` would take away."""
    total = Dropped(events=len(ids))
    for batch in in_batches(ids):
        placed = sa.select(sa.func.count()).select_from(membership).where(membership.c.event.in_(batch))
        held = placed.join(revision, revision.c.article == membership.c.article)
        total += Dropped(0, connection.scalar(placed) or 0, connection.scalar(held) or 0)
    return total


def drop(connection: sa.Connection, ids: Sequence[str], before: datetime) -> Dropped:
    """Take away these events with their articles and all that hangs on those; `before`: also answers of the judge that
    are older, since their questions cannot come up again.
    """
    counted = count(connection, ids)
    for batch in in_batches(ids):
        _remember(connection, batch)
        keys = sa.select(membership.c.article).where(membership.c.event.in_(batch))
        connection.execute(sa.delete(borderline).where(borderline.c.other.in_(keys)))
        # Revisions, statements, profiles and memberships go with their articles.
        _delete(connection, article.c.key, connection.scalars(keys).all())
        connection.execute(sa.delete(event).where(event.c.id.in_(batch) | event.c.absorbed_by.in_(batch)))
        connection.execute(sa.delete(recovered_entry).where(recovered_entry.c.event.in_(batch)))
    # Also of those that were absorbed: what readers were told of an event that is gone can never be asked again.
    connection.execute(sa.delete(published_event).where(published_event.c.event.not_in(sa.select(event.c.id))))
    connection.execute(sa.delete(verdict).where(verdict.c.asked < before))
    changes.mark_all(connection)
    return counted


def _remember(connection: sa.Connection, ids: Sequence[str]) -> None:
    past.add_counts(connection, dict(zip(("events", "merged"), events.sizes(connection, ids), strict=True)))
    query = sa.select(article.c.key, article.c.source, article.c.time).join(membership)
    rows = connection.execute(query.where(membership.c.event.in_(ids))).all()
    past.remember_articles(connection, [row.key for row in rows])
    tallies.change(connection, [(row.source, row.time) for row in rows], [])
    counts = Counter(row.source for row in rows)
    newest: dict[str, datetime] = {}
    for row in rows:
        newest[row.source] = max(row.time, newest.get(row.source, row.time))
    past.add_yields(connection, {source: (counts[source], newest[source]) for source in counts})


def _delete(connection: sa.Connection, column: sa.Column[Any], values: Sequence[Any]) -> None:
    for batch in in_batches(values):
        connection.execute(sa.delete(column.table).where(column.in_(batch)))
