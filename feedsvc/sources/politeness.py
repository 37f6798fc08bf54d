"""How often one host is bothered: so many requests at once, so many seconds from one start to the next.

Decides nothing about when a source is due (that is `schedule`). Called by `fetch`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

# Takes a turn at each of these hosts for whoever asks, of any process: seconds to wait for each. Blocks.
Reserve = Callable[[Sequence[str]], Sequence[float]]


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


class _Shared:
    """Turns that several processes take: all that are wanted while one question is under way are the next one."""

    def __init__(self, reserve: Reserve) -> None:
        self._reserve = reserve
        self._wanted: list[tuple[str, asyncio.Future[float]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def wait_s(self, host: str) -> float:
        """Raises what `reserve` does."""
        told: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._wanted.append((host, told))
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await told

    async def _ask(self) -> None:
        while self._wanted:
            asked, self._wanted = self._wanted, []
            try:
                waits = await asyncio.to_thread(self._reserve, [host for host, _ in asked])
            except Exception as error:  # each of those who wait is told
                for _, told in asked:
                    if not told.done():
                        told.set_exception(error)
                continue
            for (_, told), wait_s in zip(asked, waits, strict=True):
                if not told.done():
                    told.set_result(wait_s)


class Hosts:
    """Turns at each host, in the order in which they were asked for."""

    def __init__(self, at_once: int, spacing_s: float, reserve: Reserve | None = None) -> None:
        self._at_once = at_once
        self._spacing_s = spacing_s
        self._shared = _Shared(reserve) if reserve else None
        self._hosts: dict[str, tuple[asyncio.Semaphore, Spacing]] = {}

    @contextlib.asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        if host not in self._hosts:
            self._hosts[host] = asyncio.Semaphore(self._at_once), Spacing(self._spacing_s)
        permits, spacing = self._hosts[host]
        async with permits:
            ours_s = spacing.wait_s(asyncio.get_running_loop().time())
            wait_s = await self._shared.wait_s(host) if self._shared else ours_s
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            yield
