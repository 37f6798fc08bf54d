"""What systemd is told of a service: sd_notify(3), a datagram of NAME=value lines to the socket that it names.

Without such a socket nothing is said. Called by `service`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Mapping

READY, STOPPING, ALIVE = "READY=1", "STOPPING=1", "WATCHDOG=1"


class Systemd:
    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address  # in the abstract namespace
        self.watchdog_s = _watchdog(environment) if self._address else 0.0

    def tell(self, *lines: str) -> None:
        """Never waits and never fails: a service manager that does not listen is no reason to stop."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
            speaker.setblocking(False)
            with contextlib.suppress(OSError):
                speaker.sendto("\n".join(lines).encode(), self._address)

    def tell_reloading(self) -> None:
        """For `Type=notify-reload`, which wants to know when by CLOCK_MONOTONIC."""
        self.tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def tell_status(self, words: str) -> None:
        self.tell(f"STATUS={' '.join(words.split())}")


def _watchdog(environment: Mapping[str, str]) -> float:
    """How long, in seconds, the service may say nothing; 0 where nobody waits for it."""
    for_us = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    period = environment.get("WATCHDOG_USEC", "")
    return int(period) / 1e6 if for_us and period.isascii() and period.isdigit() else 0.0
