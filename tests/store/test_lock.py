"""The lock of the state between real processes: who holds it is told, and nothing that died keeps it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from feedsvc.errors import StateError
from feedsvc.store import sole_writer

HOLD = (
    "import sys; from pathlib import Path; from feedsvc.store import sole_writer\n"
    "with sole_writer(Path(sys.argv[2])): print('held', flush=True); sys.stdin.readline()\n"
)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state" / "feedsvc.sqlite"


@contextmanager
def held(state: Path) -> Iterator[subprocess.Popen[str]]:
    """By another process, until it is told a line or dies."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, "run", str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        yield holder
    finally:
        holder.kill()
        holder.communicate()


def lock_of(state: Path) -> Path:
    return state.with_name("feedsvc.sqlite.lock")


def test_who_gives_up_is_told_who_holds_it_and_since_when(state: Path) -> None:
    with held(state) as holder, pytest.raises(StateError) as said, sole_writer(state):
        pytest.fail("two writers")
    assert f"(process {holder.pid} on {socket.gethostname()}, `-c run {state}`, since 20" in str(said.value)
    assert str(said.value).endswith(" UTC); nothing was done")


def test_who_waits_is_told_too_and_gets_it_once_it_is_free(state: Path) -> None:
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
            assert json.loads(lock_of(state).read_text())["process"] == os.getpid()
    assert f"process {holder.pid} " in told[0]
    assert lock_of(state).read_text() == ""


def test_patience_ends(state: Path) -> None:
    with (
        held(state),
        pytest.raises(StateError, match=r"waited 0.3 s; nothing was done"),
        sole_writer(state, wait_s=0.3),
    ):
        pytest.fail("two writers")


def test_a_killed_holder_is_in_nobodys_way(state: Path) -> None:
    with held(state) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert str(holder.pid) in lock_of(state).read_text(), "nobody tidied up after it"
        with sole_writer(state):
            pass


def test_what_stands_in_the_file_keeps_nobody_out(state: Path) -> None:
    state.parent.mkdir()
    for left in ("12345\n", '{"process": 1}', "[" * 5000, "\0" * 10):
        lock_of(state).write_text(left)
        with sole_writer(state), pytest.raises(StateError, match=f"process {os.getpid()} on"), sole_writer(state):
            pytest.fail("two writers")


def test_a_holder_that_could_not_sign_is_called_unknown(state: Path) -> None:
    with sole_writer(state):
        lock_of(state).write_text("")
        with pytest.raises(StateError, match="process unknown"), sole_writer(state):
            pytest.fail("two writers")


def test_a_lock_that_cannot_be_made_is_said_plainly(state: Path) -> None:
    state.parent.write_text("in the way")
    with pytest.raises(StateError, match="cannot create the lock"), sole_writer(state):
        pytest.fail("no lock")
