"""How often one host is bothered: so many requests at once, so many seconds from one start to the next.

Decides nothing about when a source is due (that is `schedule`). Called by `fetch`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Spacing:
    """Starts at least `spacing_s` apart. Pure: the clock comes in, the wait comes out, both in seconds."""

    def __init__(self, spacing_s: float) -> None:
        self._spacing_s = spacing_s
        self._next_start_s = float("-inf")

    def wait_s(self, now_s: float) -> float:
        """How long to wait before starting; the start counts as taken."""
        start_s = max(now_s, self._next_start_s)
        self._next_start_s = start_s + self._spacing_s
        return start_s - now_s


class Hosts:
    """Turns at each host, in the order in which they were asked for."""

    def __init__(self, at_once: int, spacing_s: float) -> None:
        self._at_once = at_once
        self._spacing_s = spacing_s
        self._hosts: dict[str, tuple[asyncio.Semaphore, Spacing]] = {}

    @contextlib.asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        if host not in self._hosts:
            self._hosts[host] = asyncio.Semaphore(self._at_once), Spacing(self._spacing_s)
        permits, spacing = self._hosts[host]
        async with permits:
            wait_s = spacing.wait_s(asyncio.get_running_loop().time())
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            yield
