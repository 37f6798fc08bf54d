"""The lock of the state between real processes: who holds it is told, and nothing that died keeps it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from feedsvc.errors import StateError
from feedsvc.place import Address, Place
from feedsvc.store import sole_writer, try_lock
from feedsvc.store.postgresql import key
from tests.postgresql import Server

HOLD = (
    "import sys; from feedsvc.place import place_of; from feedsvc.store import sole_writer\n"
    "with sole_writer(place_of(sys.argv[2])): print('held', flush=True); sys.stdin.readline()\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "feedsvc.sqlite"


@pytest.fixture(params=["file", "postgresql"])
def state(request: pytest.FixtureRequest, file: Path, postgresql: Server) -> Place:
    """Of a database that is empty yet: the lock comes before the schema."""
    return file if request.param == "file" else postgresql.address(postgresql.new())


@contextmanager
def held(state: Place) -> Iterator[subprocess.Popen[str]]:
    """By another process, until it is told a line or dies."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, "run", argument(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        yield holder
    finally:
        holder.kill()
        holder.communicate()


def argument(state: Place) -> str:
    return state.url if isinstance(state, Address) else str(state)


def note_of(state: Place) -> str:
    """What stands at the lock."""
    if isinstance(state, Path):
        return state.with_name("feedsvc.sqlite.lock").read_text()
    with psycopg.connect(state.url) as connection:
        row = connection.execute("SELECT note FROM lock_holder WHERE purpose = 'writer'").fetchone()
    return row[0] if row else ""


def test_who_gives_up_is_told_who_holds_it_and_since_when(state: Place) -> None:
    with held(state) as holder, pytest.raises(StateError) as said, sole_writer(state):
        pytest.fail("two writers")
    assert f"(process {holder.pid} on {socket.gethostname()}, `-c run {state}`, since 20" in str(said.value)
    assert str(said.value).endswith(" UTC); nothing was done")


def test_who_waits_is_told_too_and_gets_it_once_it_is_free(state: Place) -> None:
    told: list[str] = []
    with held(state) as holder:

        def waiting(who: str, waited_s: float) -> None:
            if not told:
                assert holder.stdin
                holder.stdin.write("\n")
                holder.stdin.flush()
            told.append(who)

        with sole_writer(state, wait_s=60, waiting=waiting):
            assert holder.wait(60) == 0
            assert json.loads(note_of(state))["process"] == os.getpid()
    assert f"process {holder.pid} " in told[0]
    assert note_of(state) == ""


def test_locks_of_other_purposes_are_others(state: Place) -> None:
    with sole_writer(state), sole_writer(state, "hub", purpose="hub"), try_lock(state, "sending") as ours:
        assert ours
        with try_lock(state, "sending") as another:
            assert not another
        with pytest.raises(StateError, match="another hub is at work"), sole_writer(state, "hub", purpose="hub"):
            pytest.fail("two hubs")


def test_who_needs_a_servers_lock_alone_gets_it_before_those_who_came_later_to_share_it(postgresql: Server) -> None:
    state = postgresql.new_state()
    shared = f"SELECT pg_{{}}advisory_lock_shared({key('lock.writer')})".format
    got = threading.Event()

    def alone() -> None:
        with sole_writer(state, wait_s=60):
            got.set()

    with psycopg.connect(state.url, autocommit=True) as first, psycopg.connect(state.url, autocommit=True) as later:
        first.execute(shared("").encode())
        thread = threading.Thread(target=alone)
        thread.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while postgresql.run(waiting) == [(0,)]:
            assert thread.is_alive()
        assert later.execute(shared("try_").encode()).fetchone() == (False,)
        assert not got.is_set()
        first.execute(b"SELECT pg_advisory_unlock_all()")
        thread.join(60)
        assert got.is_set()


def test_patience_ends(state: Place) -> None:
    with (
        held(state),
        pytest.raises(StateError, match=r"waited 0.3 s; nothing was done"),
        sole_writer(state, wait_s=0.3),
    ):
        pytest.fail("two writers")


def test_a_killed_holder_is_in_nobodys_way(state: Place) -> None:
    with held(state) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert str(holder.pid) in note_of(state), "nobody tidied up after it"
        with sole_writer(state):
            pass


def lock_of(file: Path) -> Path:
    return file.with_name("feedsvc.sqlite.lock")


def test_what_stands_in_the_file_keeps_nobody_out(file: Path) -> None:
    file.parent.mkdir()
    for left in ("12345\n", '{"process": 1}', "[" * 5000, "\0" * 10):
        lock_of(file).write_text(left)
        with sole_writer(file), pytest.raises(StateError, match=f"process {os.getpid()} on"), sole_writer(file):
            pytest.fail("two writers")


def test_a_holder_that_could_not_sign_is_called_unknown(file: Path) -> None:
    with sole_writer(file):
        lock_of(file).write_text("")
        with pytest.raises(StateError, match="process unknown"), sole_writer(file):
            pytest.fail("two writers")


def test_a_lock_that_cannot_be_made_is_said_plainly(file: Path) -> None:
    file.parent.write_text("in the way")
    with pytest.raises(StateError, match="cannot create the lock"), sole_writer(file):
        pytest.fail("no lock")
