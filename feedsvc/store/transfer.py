"""All rows of one state brought into another, whatever either lies on: table by table, in the order of their keys.

What is there already is compared and left, so whoever was interrupted goes on, and another transfer only mends what
differs. Called by `moving` and the doctor.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import sqlalchemy as sa

from feedsvc.errors import StateError
from feedsvc.model import Progress
from feedsvc.store.database import Database, upsert
from feedsvc.store.tables import metadata

MOST_ROWS = 1_000  # in one transaction

Key: TypeAlias = tuple[Any, ...]
TABLES = metadata.sorted_tables  # those that others refer to before these
REFERRED_TO = {key.column.table for table in TABLES for key in table.foreign_keys}
COUNTED = [table for table in TABLES if table.dialect_options["sqlite"]["autoincrement"]]  # numbers are never reused


@dataclass(frozen=True, slots=True)
class Contents:
    """Of one table."""

    rows: int
    digest: str  # of all rows in the order of their keys


@dataclass(frozen=True, slots=True)
class _Row:
    key: Key
    values: dict[str, Any]  # by column
    line: bytes  # the same of equal rows, on any backend


def transfer(source: Database, target: Database, progress: Progress) -> dict[str, Contents]:
    """What each table of both holds now, by name; of the source as of one moment.

    Each transaction is small: when it is interrupted, the target holds a part. Raises StateError where one of them
    cannot be used, and where the target does not give back what was written.
    """
    with source.reading() as connection:
        left: list[tuple[sa.Table, list[Key]]] = []
        found = {}
        for table in TABLES:
            found[table.name], gone = _bring(connection, target, table, progress)
            left.append((table, gone))
        counters = _counters(connection)
    with target.writing() as connection:
        for table, gone in reversed(left):
            _delete(connection, table, gone)
        _set_counters(connection, counters)
    for number, table in enumerate(TABLES):
        progress("comparing tables", number, len(TABLES))
        if contents(target, table) != found[table.name]:
            raise StateError(f"{target.name}: {table.name} does not hold what {source.name} does; try again")
    return found


def contents(database: Database, table: sa.Table) -> Contents:
    digest = _Digest()
    with database.reading() as connection:
        for rows in _in_runs(connection, table):
            digest.add(rows)
    return digest.contents()


def _bring(read: sa.Connection, target: Database, table: sa.Table, progress: Progress) -> tuple[Contents, list[Key]]:
    """What the source holds, and the keys that only the target has and that may be referred to yet."""
    step, total = f"copying {table.name}", read.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    digest, last, gone = _Digest(), None, list[Key]()
    for rows in _in_runs(read, table):
        with target.writing() as connection:
            gone += _settle(connection, table, rows, _rows(connection, table, last, rows[-1].key))
        digest.add(rows)
        last = rows[-1].key
        progress(step, digest.rows, total)
    with target.writing() as connection:
        gone += _settle(connection, table, [], _rows(connection, table, last))
    return digest.contents(), gone


def _settle(write: sa.Connection, table: sa.Table, rows: Sequence[_Row], there: Sequence[_Row]) -> list[Key]:
    """Make the rows of a run of keys what they are to be."""
    lines = {row.key: row.line for row in there}
    gone = [*(lines.keys() - {row.key for row in rows})]
    if table not in REFERRED_TO:
        _delete(write, table, gone)
        gone = []
    new = [row.values for row in rows if row.key not in lines]
    if new:
        write.execute(sa.insert(table), new)
    changed = [row.values for row in rows if row.key in lines and row.line != lines[row.key]]
    if changed:
        write.execute(upsert(table, write), changed)
    return gone


def _delete(connection: sa.Connection, table: sa.Table, keys: Sequence[Key]) -> None:
    columns = list(table.primary_key)
    if keys:
        here = sa.and_(*(column == sa.bindparam(f"{column.name}_") for column in columns))
        names = [f"{column.name}_" for column in columns]
        connection.execute(sa.delete(table).where(here), [dict(zip(names, key, strict=True)) for key in keys])


def _in_runs(connection: sa.Connection, table: sa.Table) -> Iterator[list[_Row]]:
    last = None
    while rows := _rows(connection, table, last, most=MOST_ROWS):
        yield rows
        last = rows[-1].key


def _rows(
    connection: sa.Connection, table: sa.Table, after: Key | None, until: Key | None = None, most: int | None = None
) -> list[_Row]:
    """In the order of their keys, which is the same on every backend: texts by their bytes."""
    columns = list(table.primary_key)
    query = sa.select(table).order_by(*columns).limit(most)
    if after is not None:
        query = query.where(sa.tuple_(*columns) > _tuple(columns, after))
    if until is not None:
        query = query.where(sa.tuple_(*columns) <= _tuple(columns, until))
    return [_row(table, dict(row._mapping)) for row in connection.execute(query)]


def _tuple(columns: Sequence[sa.Column[Any]], key: Key) -> sa.Tuple:
    return sa.tuple_(*(sa.literal(value, column.type) for column, value in zip(columns, key, strict=True)))


def _row(table: sa.Table, values: dict[str, Any]) -> _Row:
    line = json.dumps([_plain(value) for value in values.values()]).encode()
    return _Row(tuple(_plain_text(values[column.name]) for column in table.primary_key), values, line)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return _plain_text(value)


def _plain_text(value: Any) -> Any:
    # PostgreSQL's text cannot hold this character.
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


class _Digest:
    def __init__(self) -> None:
        self.rows = 0
        self._of = hashlib.sha256()

    def add(self, rows: Sequence[_Row]) -> None:
        self.rows += len(rows)
        for row in rows:
            self._of.update(row.line + b"\n")

    def contents(self) -> Contents:
        return Contents(self.rows, self._of.hexdigest())


def _counters(connection: sa.Connection) -> dict[str, int]:
    """The last number that was given, by table; rows that had it may be gone."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(sa.text("SELECT name, seq FROM sqlite_sequence"))
        return {name: last for name, last in rows if name in {table.name for table in COUNTED}}
    query = sa.text("SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence(:name, :number) AS regclass))")
    return {table.name: connection.scalar(query, _counter(table)) or 0 for table in COUNTED}


def _set_counters(connection: sa.Connection, counters: dict[str, int]) -> None:
    for table in COUNTED:
        last = counters.get(table.name, 0)
        if not last:
            continue
        if connection.dialect.name == "sqlite":
            connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
            added = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
            connection.execute(added, {"name": table.name, "last": last})
        else:
            query = sa.text("SELECT setval(pg_get_serial_sequence(:name, :number), :last)")
            connection.execute(query, _counter(table) | {"last": last})


def _counter(table: sa.Table) -> dict[str, Any]:
    (number,) = table.primary_key
    return {"name": table.name, "number": number.name}
