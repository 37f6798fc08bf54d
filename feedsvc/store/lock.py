"""The lock that one writer of the state holds, freed however its process ends: of a file a kernel lock on another file
beside it, of PostgreSQL one that lives as long as its connection (`session_lock`).

What is noted at the lock only says who holds it, to whoever waits or gives up. Called by the conductors of whole cycles
and by corrections.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from feedsvc.errors import StateError
from feedsvc.place import Address, Place, without_password

LOOK_S = 0.1  # from one try to the next
LONGEST_NOTE = 2_000  # bytes that are read of what the holder says of itself

# Is told the holder and how many seconds it has been waited for; may raise to give up.
Waiting = Callable[[str, float], None]
# Raises StateError, in a transaction that is to write, if the lock under which that happens was lost meanwhile.
Fence = Callable[[sa.Connection], None]


class Lock(Protocol):
    def taken(self, wait_s: float = 0.0) -> bool:
        """Take it, if it is free, or becomes so within that time; may give up before. Raises StateError where there can
        be no lock.
        """

    def sign(self, note: str) -> None:
        """Say who holds it."""

    def note(self) -> str:
        """What its holder said; empty where it has said nothing yet."""

    def blank(self) -> None:
        """Say that nobody does."""

    def fence(self, connection: sa.Connection) -> None:
        """As `Fence`."""

    def close(self) -> None:
        """Give it back."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is at work."""

    process: int
    host: str
    command: str
    since: str  # UTC, to the second

    def __str__(self) -> str:
        return f"process {self.process} on {self.host}, `{self.command}`, since {self.since} UTC"


def _patient(holder: str, waited_s: float) -> None:
    pass


@contextmanager
def sole_writer(
    state: Place, who: str = "update", *, purpose: str = "", wait_s: float = 0.0, waiting: Waiting = _patient
) -> Iterator[Fence]:
    """Hold the state's lock, or its lock for another `purpose`, so that no two processes interleave what they read,
    decide and write. Gives what `open_database` may be given, so that who has lost the lock cannot write.

    Waits up to `wait_s` for another holder. Raises StateError, naming the holder, if it is taken still; `who` is what
    to call one.
    """
    with closing(_lock(state, purpose)) as lock:
        _take(lock, wait_s, waiting, f"{state}: another {who}")
        lock.sign(json.dumps(asdict(_ourselves())))
        try:
            yield lock.fence
        finally:
            lock.blank()


@contextmanager
def try_lock(state: Place, purpose: str) -> Iterator[bool]:
    """Hold another lock of the state, for a work that does not write what an update writes. False: somebody else
    holds it, who does that work."""
    with closing(_lock(state, purpose)) as lock:
        yield lock.taken()


def _lock(state: Place, purpose: str) -> Lock:
    if isinstance(state, Address):
        from feedsvc.store.session_lock import SessionLock  # noqa: PLC0415 - needs what only PostgreSQL's users have

        return SessionLock(state, purpose)
    return _FileLock(state.with_name(".".join(filter(None, (state.name, purpose, "lock")))))


def _take(lock: Lock, wait_s: float, waiting: Waiting, another: str) -> None:
    began_s = time.monotonic()
    left_s = 0.0  # the first try does not wait: who is waited for is told at once
    while not lock.taken(left_s):
        holder = _holder(lock)
        waited_s = time.monotonic() - began_s
        left_s = max(0.0, wait_s - waited_s)
        if waited_s >= wait_s:
            waited = f"waited {wait_s:g} s; " if wait_s else ""
            raise StateError(f"{another} is at work ({holder}); {waited}nothing was done")
        waiting(holder, waited_s)
        time.sleep(min(LOOK_S, left_s))


def _ourselves() -> Holder:
    command = " ".join([Path(sys.argv[0]).name, *map(without_password, sys.argv[1:])])[:200]
    return Holder(os.getpid(), socket.gethostname(), command, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}")


def _holder(lock: Lock) -> str:
    try:
        return str(Holder(**json.loads(lock.note())))
    except (ValueError, TypeError):
        return "process unknown"  # it has only just begun


class _FileLock:
    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StateError(f"{path}: cannot create the lock: {error.strerror}") from error

    def taken(self, wait_s: float = 0.0) -> bool:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        except OSError as error:
            words = f"cannot be locked: {error.strerror}; keep the state on a local disk"
            raise StateError(f"{self._path}: {words}") from error

    def sign(self, note: str) -> None:
        self.blank()
        with suppress(OSError):  # a full disk keeps nobody from holding the lock
            os.pwrite(self._handle, note.encode(), 0)

    def note(self) -> str:
        try:
            return os.pread(self._handle, LONGEST_NOTE, 0).decode(errors="replace")
        except OSError:
            return ""

    def blank(self) -> None:
        os.truncate(self._handle, 0)

    def fence(self, connection: sa.Connection) -> None:
        """A kernel lock is not lost."""

    def close(self) -> None:
        os.close(self._handle)
