"""The lock that one writer of the state holds: a kernel lock on a file beside it, freed however its process ends.

What stands in the file only says who holds it, to whoever waits or gives up. Called by the conductors of whole cycles
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

from feedsvc.errors import StateError

LOOK_S = 0.1  # from one try to the next
LONGEST_NOTE = 2_000  # bytes that are read of what the holder says of itself


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is at work."""

    process: int
    host: str
    command: str
    since: str  # UTC, to the second

    def __str__(self) -> str:
        return f"process {self.process} on {self.host}, `{self.command}`, since {self.since} UTC"


# Is told the holder and how many seconds it has been waited for; may raise to give up.
Waiting = Callable[[str, float], None]


def _patient(holder: str, waited_s: float) -> None:
    pass


@contextmanager
def sole_writer(
    state: Path, who: str = "update", *, wait_s: float = 0.0, waiting: Waiting = _patient
) -> Iterator[None]:
    """Hold the lock beside the state, so that no two processes interleave what they read, decide and write.

    Waits up to `wait_s` for another holder. Raises StateError, naming the holder, if it is taken still; `who` is what
    to call one.
    """
    path = state.with_name(state.name + ".lock")
    with closing(_taken(path, wait_s, waiting, f"{state}: another {who}")) as lock:
        lock.sign()
        try:
            yield
        finally:
            lock.blank()


@contextmanager
def try_lock(state: Path, purpose: str) -> Iterator[bool]:
    """Hold another lock beside the state, for a work that does not write what an update writes. False: somebody else
    holds it, who does that work."""
    path = state.with_name(f"{state.name}.{purpose}.lock")
    handle = _open(path)
    try:
        yield _locked(handle, path)
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class _Lock:
    handle: int

    def sign(self) -> None:
        command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200]
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
        note = asdict(Holder(os.getpid(), socket.gethostname(), command, now))
        self.blank()
        with suppress(OSError):  # a full disk keeps nobody from holding the lock
            os.pwrite(self.handle, json.dumps(note).encode(), 0)

    def blank(self) -> None:
        os.truncate(self.handle, 0)

    def close(self) -> None:
        os.close(self.handle)


def _taken(path: Path, wait_s: float, waiting: Waiting, another: str) -> _Lock:
    began_s = time.monotonic()
    while True:
        handle = _open(path)
        ours = False
        try:
            if ours := _locked(handle, path):
                return _Lock(handle)
            holder = _holder(handle)
        finally:
            if not ours:
                os.close(handle)
        waited_s = time.monotonic() - began_s
        if waited_s >= wait_s:
            waited = f"waited {wait_s:g} s; " if wait_s else ""
            raise StateError(f"{another} is at work ({holder}); {waited}nothing was done")
        waiting(holder, waited_s)
        time.sleep(min(LOOK_S, wait_s - waited_s))


def _locked(handle: int, path: Path) -> bool:
    """False: somebody else holds it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    except OSError as error:
        raise StateError(f"{path}: cannot be locked: {error.strerror}; keep the state on a local disk") from error


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StateError(f"{path}: cannot create the lock: {error.strerror}") from error


def _holder(handle: int) -> str:
    try:
        return str(Holder(**json.loads(os.pread(handle, LONGEST_NOTE, 0))))
    except (OSError, ValueError, TypeError):
        return "process unknown"  # it has only just begun
