"""A cable between workers and PostgreSQL that can be pulled out."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import Self


class Proxy:
    """Passes on what comes to its port of the loopback."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._out = False
        self._open: set[asyncio.StreamWriter] = set()
        self._ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> Self:
        self._thread.start()
        self._loop, self._ended, self.port = self._ready.result()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def cut(self) -> None:
        """All connections end at once, and no new one comes about."""
        self._out = True
        self._loop.call_soon_threadsafe(self._abort)

    def mend(self) -> None:
        self._out = False

    def _abort(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _run(self) -> None:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        ended = asyncio.Event()
        self._ready.set_result((asyncio.get_running_loop(), ended, server.sockets[0].getsockname()[1]))
        await ended.wait()
        server.close()
        self._abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._out:
            writer.transport.abort()
            return
        with suppress(OSError):
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._to)
            self._open |= {writer, to_writer}
            await asyncio.gather(_pass_on(reader, to_writer), _pass_on(to_reader, writer))
            self._open -= {writer, to_writer}
        writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()
