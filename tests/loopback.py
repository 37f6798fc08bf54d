"""Servers of raw conversations on the loopback, in a thread with an event loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

PATIENCE_S = 10.0
Converse = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextmanager
def conversing(begin: Callable[[], Awaitable[Sequence[asyncio.Server]]]) -> Iterator[None]:
    """The servers that `begin` starts, until the block ends; whatever they are saying then is cut off."""
    ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        servers, over = await begin(), asyncio.Event()
        ready.set_result((asyncio.get_running_loop(), over))
        await over.wait()
        for server in servers:
            server.close()

    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(asyncio.run, serve())  # cancels what is left at its end
        loop, over = ready.result(PATIENCE_S)
        try:
            yield
        finally:
            loop.call_soon_threadsafe(over.set)
            ended.result(PATIENCE_S)


async def on_two_addresses(converse: Converse, backlog: int = 100) -> tuple[asyncio.Server, asyncio.Server, int]:
    """On 127.0.0.1 and, with the same port, on 127.0.0.2, which plays the private network."""
    while True:
        outer = await asyncio.start_server(converse, "127.0.0.1", 0, backlog=backlog)
        port = outer.sockets[0].getsockname()[1]
        try:
            return outer, await asyncio.start_server(converse, "127.0.0.2", port, backlog=backlog), port
        except OSError:  # what is free on the first may be taken on the second by others
            outer.close()
