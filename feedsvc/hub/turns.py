"""Whose turn it is: so many requests to one host, so many in all, and a lane of their own for those that fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Turns:
    """Of one host so many at once; then one of the places in the lane. In the order in which they were asked for."""

    def __init__(self, at_once_per_host: int) -> None:
        self._at_once_per_host = at_once_per_host
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()  # while somebody waits there

    @asynccontextmanager
    async def take(self, host: str, lane: asyncio.Semaphore) -> AsyncIterator[None]:
        place = self._hosts.setdefault(host, asyncio.Semaphore(self._at_once_per_host))
        # The host's first: who waits for a busy host must not keep a place from others.
        async with place, lane:
            yield
