"""Which events changed since they were published: whatever writes what publishing reads says so, in its transaction.

A list that only grows: who publishes takes away what it had read of it, and no more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from feedsvc.store.tables import event_change, membership

EVERYTHING = ""  # in place of an event
MOST_KEYS = 10_000  # in one statement


@dataclass(frozen=True, slots=True)
class Changes:
    last: int  # number of the last one that was read
    events: frozenset[str]  # ids
    everything: bool


def mark(connection: sa.Connection, events: Iterable[str]) -> None:
    rows = [{"event": id_} for id_ in sorted(set(events))]
    if rows:
        connection.execute(sa.insert(event_change), rows)


def mark_all(connection: sa.Connection) -> None:
    """Whatever was published is to be made anew."""
    mark(connection, [EVERYTHING])


def mark_articles(connection: sa.Connection, keys: Collection[str]) -> None:
    """The events that these articles are in; of an article that is in none nobody was told."""
    asked = sorted(set(keys))
    for start in range(0, len(asked), MOST_KEYS):
        of_these = membership.c.article.in_(asked[start : start + MOST_KEYS])
        found = sa.select(membership.c.event).where(of_these).distinct()
        connection.execute(sa.insert(event_change).from_select(["event"], found))


def waiting(connection: sa.Connection) -> Changes:
    rows = connection.execute(sa.select(event_change.c.number, event_change.c.event)).all()
    events = frozenset(row.event for row in rows)
    return Changes(max((row.number for row in rows), default=0), events - {EVERYTHING}, EVERYTHING in events)


def forget(connection: sa.Connection, last: int) -> None:
    """They were published."""
    connection.execute(sa.delete(event_change).where(event_change.c.number <= last))
