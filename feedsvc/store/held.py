"""A connection that holds locks of the state, and a Database of that connection alone: who loses the locks has lost
the hand to write with.

For work that several processes do on one PostgreSQL state, each a part of it. The lock that an update holds is held
here too, by any number at once. Called by `worker`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import sqlalchemy as sa

from feedsvc.errors import StateError
from feedsvc.place import Address
from feedsvc.store import postgresql
from feedsvc.store.database import Database

UPDATE = "writer"  # the lock of `sole_writer`
# Somebody holds, or held until his connection was cut, the lock of an update alone.
SIGNED = sa.text("SELECT EXISTS (SELECT FROM lock_holder WHERE purpose = 'writer' AND token <> '')")
REVOKED = sa.text("UPDATE lock_holder SET token = '', note = '' WHERE purpose = 'writer'")


class BusyError(StateError):
    """Somebody else holds a lock for long."""


# How many may hold a lock at once.
MANY, ONE = False, True


class Held:
    """For one job at a time; the connection is kept from one to the next."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._engine: sa.Engine | None = None

    @contextmanager
    def holding(self, locks: Mapping[str, bool]) -> Iterator[Database]:
        """Take the locks in their order, and wait for each as long as PostgreSQL's users are patient; they are given
        back at the end. Raises BusyError where one is not to be had, and StateError once the connection is lost.
        """
        database = Database(self._alive(), self._address)
        try:
            with database.reading() as connection:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{postgresql.PATIENCE_S}s'")
                for name, exclusively in locks.items():
                    self._take(connection, name, exclusively=exclusively)
            if UPDATE in locks:
                self._revoke(database)
            yield database
        finally:
            self._give_back()

    def _revoke(self, database: Database) -> None:
        """Nobody holds the lock of an update alone now: an update that thinks so was cut off, and writes no more."""
        # In another transaction: the one that waited for the lock sees the state as of before.
        with database.reading() as connection:
            there = connection.scalar(sa.text("SELECT to_regclass('lock_holder')"))
            if there is None or not connection.scalar(SIGNED):
                return
        with database.writing() as connection:
            connection.execute(REVOKED)

    def _take(self, connection: sa.Connection, name: str, *, exclusively: bool) -> None:
        function = "pg_advisory_lock" if exclusively else "pg_advisory_lock_shared"
        try:
            connection.exec_driver_sql(f"SELECT {function}({postgresql.key(f'lock.{name}')})")
        except sa.exc.DBAPIError as error:
            if isinstance(error.orig, psycopg.errors.LockNotAvailable):
                raise BusyError(f"{self._address}: {name}: somebody else is at it") from error
            raise

    def _alive(self) -> sa.Engine:
        """The connection of the job before, or a new one where that was lost."""
        if self._engine:
            with suppress(sa.exc.SQLAlchemyError, StateError), self._engine.connect():
                return self._engine
            self.close()
        self._engine = self._single_connection()
        return self._engine

    def close(self) -> None:
        if self._engine:
            self._engine.dispose()
            self._engine = None

    def _give_back(self) -> None:
        try:
            with self._engine.connect() as connection, connection.begin():  # type: ignore[union-attr]
                connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
        except (sa.exc.SQLAlchemyError, StateError):  # a connection that was cut holds no lock
            self.close()

    def _single_connection(self) -> sa.Engine:
        made: list[Any] = []

        def connect() -> Any:
            if made:
                raise StateError(f"{self._address}: the connection was cut, and with it went what it held; try again")
            made.append(postgresql.connect(self._address))
            return made[0]

        made_so = postgresql.engine_of(connect, pool_size=1, max_overflow=0, pool_timeout=0)
        # Many jobs may want to write at once; none of those that are before it waits for anything else.
        return made_so.execution_options(**{postgresql.PATIENT: True})
