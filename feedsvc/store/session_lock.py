"""The lock of a state in PostgreSQL: an advisory lock, which lives as long as the connection that took it.

A row says who holds it. It is a fence as well: a holder whose connection was cut cannot write any more once another
has signed. Called by `lock`.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from feedsvc.errors import StateError
from feedsvc.place import Address
from feedsvc.store import postgresql

# Its table is not of the schema: the lock is held before there is one, and while it changes.
MADE = b"""CREATE TABLE IF NOT EXISTS lock_holder (
    purpose text COLLATE "C" PRIMARY KEY, token text COLLATE "C" NOT NULL, note text COLLATE "C" NOT NULL
)"""
SIGNED = b"""INSERT INTO lock_holder VALUES (%s, %s, %s)
    ON CONFLICT (purpose) DO UPDATE SET token = excluded.token, note = excluded.note"""
NOTED = "SELECT note FROM lock_holder WHERE purpose = %s"
BLANKED = b"UPDATE lock_holder SET note = '' WHERE token = %s"
OURS = sa.text("SELECT token = :token FROM lock_holder WHERE purpose = :purpose")
LONGEST_IN_QUEUE_S = 10.0  # then whoever waits is told again for whom
UNDEFINED_TABLE = "42P01"


class SessionLock:
    def __init__(self, address: Address, purpose: str) -> None:
        self._address = address
        self._purpose = purpose or "writer"
        self._token = secrets.token_hex(16)
        with postgresql.said_plainly(address):
            self._connection = postgresql.connect(address)
            self._connection.autocommit = True

    def taken(self, wait_s: float = 0.0) -> bool:
        key = postgresql.key(f"lock.{self._purpose}")
        with postgresql.said_plainly(self._address):
            if self._ask(f"SELECT pg_try_advisory_lock({key})"):
                return True
            if not wait_s:
                return False
            # In the queue: workers, who share the lock, would else always be faster than whoever needs it alone.
            try:
                self._ask(f"SET lock_timeout = {min(wait_s, LONGEST_IN_QUEUE_S) * 1000:.0f}")
                self._ask(f"SELECT pg_advisory_lock({key})")
                return True
            except postgresql.LockNotAvailable:
                return False

    def sign(self, note: str) -> None:
        with postgresql.said_plainly(self._address), self._connection.transaction():
            # What a holder that was cut off still writes comes to an end first; all that it begins then is refused.
            for statement in postgresql.FOR_WRITING:
                self._connection.execute(statement.encode())
            self._connection.execute(MADE)
            self._connection.execute(SIGNED, (self._purpose, self._token, note))

    def note(self) -> str:
        try:
            with postgresql.said_plainly(self._address):
                return str(self._ask(NOTED, self._purpose) or "")
        except StateError as error:
            if getattr(error.__cause__, "sqlstate", "") == UNDEFINED_TABLE:
                return ""  # its holder has not signed yet, and is the first
            raise

    def blank(self) -> None:
        with suppress(postgresql.Error):  # a connection that was cut holds no lock
            self._connection.execute(BLANKED, (self._token,))

    def fence(self, connection: sa.Connection) -> None:
        if not connection.scalar(OURS, {"token": self._token, "purpose": self._purpose}):
            raise StateError(f"{self._address}: the connection was cut, and another process is at work; try again")

    def close(self) -> None:
        self._connection.close()

    def _ask(self, statement: str, *values: str) -> Any:
        cursor = self._connection.execute(statement.encode(), values or None)
        row = cursor.fetchone() if cursor.description else None
        return row and row[0]
