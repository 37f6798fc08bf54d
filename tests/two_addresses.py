"""A server on two loopback addresses: the second one plays the private network."""

import asyncio
from collections.abc import Awaitable, Callable

Converse = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def on_one_port(converse: Converse, backlog: int = 100) -> tuple[asyncio.Server, asyncio.Server, int]:
    """On 127.0.0.1 and 127.0.0.2; a port that is free on the first may be taken on the second by others."""
    while True:
        outer = await asyncio.start_server(converse, "127.0.0.1", 0, backlog=backlog)
        port = outer.sockets[0].getsockname()[1]
        try:
            return outer, await asyncio.start_server(converse, "127.0.0.2", port, backlog=backlog), port
        except OSError:
            outer.close()
