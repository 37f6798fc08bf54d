"""Publishers on the loopback, each at an address of its own, which write down who asked them when.

Used by the tests of workers and by bench/scaling.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

START = datetime(2024, 3, 4, 8, 0, tzinfo=UTC)
HISTORY = 30  # items that a feed holds
OVER = (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError)
WORKER = re.compile(r"//(worker-\d+)\.example")
LETTERS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")


class Asked(NamedTuple):
    at: float  # seconds, of the wall clock
    source: int
    by: str = ""  # of the worker that said who it is in its contact address


def address(source: int) -> str:
    """In 127.0.0.0/8, all of which is this machine."""
    return f"127.{20 + source // 62_500}.{source // 250 % 250}.{1 + source % 250}"


def words(source: int, number: int) -> list[str]:
    """Sixteen that no other item has: each is an event of its own."""
    seed = hashlib.shake_128(f"{source}-{number}".encode()).hexdigest(64).translate(LETTERS)
    return [seed[start : start + 8] for start in range(0, len(seed), 8)]


def item(source: int, number: int) -> str:
    own = words(source, number)
    date = START + timedelta(hours=number, seconds=source)
    return (
        f"<item><title>{' '.join(own[:5])}</title><link>https://paper{source}.example/{number}</link>"
        f"<guid isPermaLink='false'>{source}-{number}</guid><pubDate>{date:%a, %d %b %Y %H:%M:%S GMT}</pubDate>"
        f"<description>{' '.join(own[5:])}.</description></item>"
    )


def rss(source: int, upto: int) -> bytes:
    """The newest items, numbered from 1."""
    items = "".join(item(source, number) for number in range(max(1, upto - HISTORY + 1), upto + 1))
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>Paper {source}</title><link>https://paper{source}.example/</link>"
        f"<description>News</description><language>en</language>{items}</channel></rss>"
    ).encode()


def two_items(source: int) -> bytes:
    return rss(source, 2)


@dataclass
class Press:
    """`document` gives what a source says just now."""

    document: Callable[[int], bytes] = two_items
    log: list[Asked] = field(default_factory=list)
    # Who asks one of these waits for its answer until it is taken out.
    slow: set[int] = field(default_factory=set)
    port: int = 0
    away: bool = False  # does not answer at all: connections are cut
    asked: threading.Condition = field(default_factory=threading.Condition)

    async def serve(self) -> asyncio.Server:
        # All of 127.0.0.0/8 is one interface, which only a socket for every address hears; others are turned away.
        server = await asyncio.start_server(self._converse, "0.0.0.0", self.port, backlog=1_024)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def url(self, source: int) -> str:
        return f"http://{address(source)}:{self.port}/{source}"

    def wait_for(self, sources: Collection[int]) -> None:
        """Until each of them was asked."""
        with self.asked:
            assert self.asked.wait_for(lambda: set(sources) <= {asked.source for asked in self.log}, 60)

    @contextlib.contextmanager
    def running(self) -> Iterator[Press]:
        """In a thread."""
        ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

        async def run() -> None:
            server, ended = await self.serve(), asyncio.Event()
            ready.set_result((asyncio.get_running_loop(), ended))
            await ended.wait()
            server.close()

        thread = threading.Thread(target=lambda: asyncio.run(run()))
        thread.start()
        loop, ended = ready.result()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(ended.set)
            thread.join()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(*OVER):
            while writer.get_extra_info("peername")[0].startswith("127.") and not self.away:
                request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                await self._answer(request, writer)

    async def _answer(self, request: str, writer: asyncio.StreamWriter) -> None:
        source = int(request.split(" ", 2)[1].strip("/"))
        with self.asked:
            who = WORKER.search(request)
            self.log.append(Asked(time.time(), source, who[1] if who else ""))
            self.asked.notify_all()
        while source in self.slow:
            await asyncio.sleep(0.01)
        body = self.document(source)
        tag = f'"{source}-{len(body)}-{hash(body)}"'
        if tag in request:
            writer.write(f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode())
        else:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: {tag}\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
