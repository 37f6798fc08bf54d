"""Subscribers at a hundred hosts of the loopback, some of which fail at first. In a thread of the measuring process."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.loopback import conversing

HOSTS = [f"127.0.0.{n}" for n in range(1, 101)]
SILENT_S = 60.0
FAILURES = ("500", "silence", "reset")


@dataclass
class Subscribers:
    port: int
    failing: dict[str, str] = field(default_factory=dict)  # by path: how it fails, once for each version
    asked: int = 0  # deliveries, taken or not
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)  # path and version
    moments: dict[tuple[str, str], float] = field(default_factory=dict)  # when it was taken first, monotonic clock
    _failed: set[tuple[str, str]] = field(default_factory=set)

    def callback(self, number: int) -> str:
        return f"http://{HOSTS[number % len(HOSTS)]}:{self.port}/{number}"

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            request, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            method, target, _ = request.split(" ")
            if method == "GET":
                challenge = parse_qs(urlsplit(target).query)["hub.challenge"][0]
                writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(challenge)}\r\n\r\n{challenge}".encode())
            else:
                await self._take(urlsplit(target).path, hashlib.sha256(body).hexdigest(), writer)
            await writer.drain()
        writer.close()

    async def _take(self, path: str, version: str, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        key = (path, version)
        if path in self.failing and key not in self._failed:
            self._failed.add(key)
            return await self._fail(self.failing[path], writer)
        self.taken[key] += 1
        self.moments.setdefault(key, time.monotonic())
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        return None

    async def _fail(self, how: str, writer: asyncio.StreamWriter) -> None:
        if how == "500":
            writer.write(b"HTTP/1.1 500 Not Now\r\nContent-Length: 0\r\n\r\n")
        elif how == "silence":
            await asyncio.sleep(SILENT_S)
        else:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()


def free_port() -> int:
    with socket.create_server((HOSTS[0], 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def subscribers() -> Iterator[Subscribers]:
    own = Subscribers(free_port())

    async def begin() -> list[asyncio.Server]:
        return [await asyncio.start_server(own.converse, HOSTS, own.port, backlog=1024)]

    with conversing(begin):
        yield own
