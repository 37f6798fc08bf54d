"""What systemd is told, on a real socket: ready, alive while the work is, reloading, ending."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedsvc.daemon import Daemon, Settings, pulse
from feedsvc.daemon.systemd import Systemd
from tests.daemon.process import PATIENCE_S, running
from tests.live.service import Service


class Manager:
    """systemd's end of the socket."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE_S)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)

    def close(self) -> None:
        self._socket.close()

    def hear(self) -> str:
        return self._socket.recv(4096).decode()

    def heard(self, beginning: str) -> str:
        """The next message that begins so; what comes before it is passed over."""
        while not (message := self.hear()).startswith(beginning):
            pass
        return message

    def waiting(self) -> list[str]:
        """What was told already."""
        self._socket.setblocking(False)
        found = []
        try:
            while True:
                found.append(self.hear())
        except BlockingIOError:
            return found
        finally:
            self._socket.settimeout(PATIENCE_S)


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    address = str(tmp_path / "feed@home") if request.param == "path" else f"@feedsvc-test-{os.getpid()}"
    manager = Manager(address)
    yield manager
    manager.close()


def test_a_service_manager_hears_how_it_goes(paper: Service, manager: Manager) -> None:
    with running(paper.folder, NOTIFY_SOCKET=manager.address, WATCHDOG_USEC="200000") as daemon:
        assert manager.hear() == "READY=1"
        assert re.search(r"^STATUS=1 sources; looked at .* UTC: 6 articles new", manager.heard("STATUS="))
        assert manager.heard("WATCHDOG") == "WATCHDOG=1"
        daemon.tell(signal.SIGHUP)
        assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", manager.heard("RELOADING"))
        assert manager.heard("READY") == "READY=1"
        daemon.tell(signal.SIGTERM)
        assert manager.heard("STOPPING") == "STOPPING=1"
        assert daemon.ended() == 0


def test_the_watchdog_is_fed_only_while_the_work_gives_signs_of_life(
    paper: Service, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    daemon = Daemon(Settings(paper.folder / "config.toml", lambda _: {}))
    daemon._look_around()
    assert manager.waiting() == ["WATCHDOG=1"]
    monkeypatch.setattr(pulse, "HUNG_AFTER_S", -1.0)  # whatever the last sign was, it is too long ago
    daemon._pulse.beat()
    daemon._look_around()
    assert manager.waiting() == []
    monkeypatch.undo()
    daemon._pulse.beat()
    daemon._look_around()
    assert manager.waiting() == ["WATCHDOG=1"]


@pytest.mark.parametrize(
    ("environment", "watchdog_s"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "3000000"}, 0.0),  # nobody listens
        ({"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "3000000"}, 3.0),
        ({"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 3.0),
        ({"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "soon"}, 0.0),
    ],
)
def test_how_long_systemd_waits(environment: dict[str, str], watchdog_s: float) -> None:
    assert Systemd(environment).watchdog_s == watchdog_s


def test_nobody_who_listens_is_no_trouble(tmp_path: Path) -> None:
    Systemd({}).tell("READY=1")
    Systemd({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell("READY=1")
    Systemd({"NOTIFY_SOCKET": str(tmp_path / ("x" * 200))}).tell("READY=1")


def test_a_status_is_one_line(tmp_path: Path) -> None:
    manager = Manager(str(tmp_path / "notify"))
    Systemd({"NOTIFY_SOCKET": manager.address}).tell_status("bad\nREADY=1")
    assert manager.hear() == "STATUS=bad READY=1"
    manager.close()
