"""Subscribers on the loopback: one raw HTTP server, a callback for each path. It confirms what it is asked and takes
what it is sent, unless a test wants otherwise, and remembers every request.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import socket
import struct
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from tests.loopback import conversing, on_two_addresses

PATIENCE_S = 20.0
TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"
# A status with a body and headers; silence until the asker gives up; a reset connection; TAKEN, when the test says so.
Answer = bytes | Literal["silence", "reset", "held"]


@dataclass(frozen=True)
class Visit:
    method: str
    target: str  # as on the request line
    headers: dict[str, str]  # names in lower case
    body: bytes
    address: str  # which of our addresses was connected to

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    def said(self, name: str) -> str:
        """The last of that name: what the hub put behind the callback's own."""
        return dict(self.query)[name]


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} As Told", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def signed(visit: Visit, secret: str) -> bool:
    method, _, digest = visit.headers["x-hub-signature"].partition("=")
    return hmac.compare_digest(hmac.new(secret.encode(), visit.body, getattr(hashlib, method)).hexdigest(), digest)


@dataclass
class Subscribers:
    port: int
    visits: list[Visit] = field(default_factory=list)
    connections: int = 0
    now: int = 0  # deliveries being answered
    peak: int = 0  # the most of them at the same time
    together: int = 1  # so many deliveries are answered at the same time, never fewer
    confirming: dict[str, bytes] = field(default_factory=dict)  # to verifications, by path
    taking: defaultdict[str, deque[Answer]] = field(default_factory=lambda: defaultdict(deque))  # in turn, then TAKEN
    news: threading.Condition = field(default_factory=threading.Condition)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def asked(self, path: str = "") -> list[Visit]:
        """Verifications and denials."""
        return [visit for visit in self.visits if visit.method == "GET" and path in ("", visit.path)]

    def sent(self, path: str = "") -> list[Visit]:
        """Deliveries, taken or not."""
        return [visit for visit in self.visits if visit.method == "POST" and path in ("", visit.path)]

    def wait(self, enough: Callable[[], object]) -> None:
        with self.news:
            assert self.news.wait_for(enough, PATIENCE_S), [f"{v.method} {v.target}" for v in self.visits]

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            self.connections += 1
            await self._answer(await self._read(reader, writer), writer)
            await writer.drain()
        writer.close()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Visit:
        request, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, target, _ = request.split(" ")
        visit = Visit(method, target, headers, body, writer.get_extra_info("sockname")[0])
        with self.news:
            self.visits.append(visit)
            self.news.notify_all()
        return visit

    async def _answer(self, visit: Visit, writer: asyncio.StreamWriter) -> None:
        if visit.method == "GET":
            challenge = dict(visit.query).get("hub.challenge", "")
            writer.write(self.confirming.get(visit.path) or answer(200, challenge.encode()))
            return
        waiting = self.taking[visit.path]
        what = waiting.popleft() if waiting else TAKEN
        if what == "held":
            await self._released.wait()
            writer.write(TAKEN)
        elif what == "silence":
            await asyncio.sleep(PATIENCE_S)
        elif what == "reset":
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        else:
            await self._wait_for_others()
            writer.write(what)

    async def _wait_for_others(self) -> None:
        self.now += 1
        self.peak = max(self.peak, self.now)
        await self._barrier.wait()
        self.now -= 1

    def begin(self) -> None:
        self._barrier = asyncio.Barrier(self.together)
        self._released = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def release(self) -> None:
        """What is held is answered; called from any thread."""
        self._loop.call_soon_threadsafe(self._released.set)


@contextmanager
def subscribers(together: int = 1) -> Iterator[Subscribers]:
    """On 127.0.0.1 and, with the same port, on 127.0.0.2, which plays the private network."""
    own = Subscribers(0, together=together)

    async def begin() -> list[asyncio.Server]:
        own.begin()
        *servers, own.port = await on_two_addresses(own.converse, backlog=1024)
        return servers

    with conversing(begin):
        yield own
