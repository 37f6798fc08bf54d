"""How live sources are polled: validators, failures, what is due when, and what each served."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from feedsvc.model import ServedEntry
from feedsvc.store.database import rows_of, upsert
from feedsvc.store.tables import poll, serving


@dataclass(frozen=True, slots=True)
class Poll:
    """A row of `poll`; the columns are explained there. As built from source and url: never asked."""

    source: str
    url: str
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    failures: int = 0
    next_due: datetime | None = None
    succeeded: datetime | None = None
    moved_to: str = ""
    moved_times: int = 0
    entries: int = 0
    asked_s: float | None = None
    held_s: float | None = None
    gap_s: float | None = None
    ids_change: bool = False
    remarks: tuple[str, ...] = ()


COLUMNS = [field.name for field in fields(Poll)]
POLLS = sa.select(*(poll.c[name] for name in COLUMNS))


@dataclass(frozen=True, slots=True)
class Serving:
    believed: tuple[ServedEntry, ...] = ()
    doubted: tuple[ServedEntry, ...] = ()
    doubts: int = 0


def load(connection: sa.Connection, among: Collection[str] | None = None) -> dict[str, Poll]:
    """By source id, of all or of those named; a source never asked is missing."""
    return {known.source: known for known in map(_poll, rows_of(connection, POLLS, poll.c.source, among))}


def retired(connection: sa.Connection) -> list[Poll]:
    """Of the sources that are never asked again."""
    return [_poll(row) for row in connection.execute(POLLS.where(poll.c.next_due.is_(None)))]


def _poll(row: sa.Row[Any]) -> Poll:
    values: tuple[Any, ...] = (*row[:-1], tuple(row.remarks))
    return Poll(*values)


def remember(connection: sa.Connection, polls: Iterable[Poll]) -> None:
    # In one order, as all that is remembered of sources: two workers may have the same while the configuration changes.
    # Not `asdict`, which copies deeply: an update that finds nothing new consists of this and of fetching.
    rows = [
        {name: getattr(p, name) for name in COLUMNS} | {"remarks": list(p.remarks)}
        for p in sorted(polls, key=attrgetter("source"))
    ]
    if rows:
        connection.execute(upsert(poll, connection), rows)


def served(connection: sa.Connection, source: str) -> Serving:
    row = connection.execute(sa.select(serving).where(serving.c.source == source)).one_or_none()
    return Serving(_entries(row.believed), _entries(row.doubted), row.doubts) if row else Serving()


def newest_believed(connection: sa.Connection, among: Collection[str]) -> dict[str, datetime]:
    """When the newest entry that each of these sources serves was published, where any says."""
    rows = rows_of(connection, sa.select(serving.c.source, serving.c.believed), serving.c.source, among)
    stated = {row.source: [time for _, _, _, time, _ in row.believed if time] for row in rows}
    return {source: max(map(datetime.fromisoformat, times)) for source, times in stated.items() if times}


def doubted(connection: sa.Connection) -> frozenset[str]:
    """Ids of the sources of which something is held back."""
    return frozenset(connection.scalars(sa.select(serving.c.source).where(serving.c.doubts > 0)))


def remember_served(connection: sa.Connection, served: Mapping[str, Serving]) -> None:
    """By source id."""
    rows = [
        {"source": source, "believed": _lists(s.believed), "doubted": _lists(s.doubted), "doubts": s.doubts}
        for source, s in sorted(served.items())
    ]
    connection.execute(upsert(serving, connection), rows)


def _entries(lists: list[list[Any]]) -> tuple[ServedEntry, ...]:
    return tuple(
        ServedEntry(key, url, title, time and datetime.fromisoformat(time), stated)
        for key, url, title, time, stated in lists
    )


def _lists(entries: Iterable[ServedEntry]) -> list[list[str | None]]:
    return [[e.key, e.url, e.title, e.published.isoformat() if e.published else None, e.stated] for e in entries]
