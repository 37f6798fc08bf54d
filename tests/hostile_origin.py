"""A server on the loopback that does everything a server should not; each path is one misdeed.

It writes raw bytes, because no decent server library would. Used by the tests of fetching and of whole cycles.
"""

from __future__ import annotations

import asyncio
import functools
import gzip
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlsplit

import brotli
import zstandard

from tests.loopback import conversing, on_two_addresses

FEED = b'<rss version="2.0"><channel><title>Harbour news</title></channel></rss>'
MIB = 1024 * 1024
# One mebibyte of zeros is packed once; a thousand copies of it are what a small file can unpack to.
GZIP_MEMBER = gzip.compress(bytes(MIB))
TLS_HANDSHAKE = b"\x16"
FOREVER_S = 30.0  # longer than any test waits


@dataclass(frozen=True)
class Visit:
    target: str  # as on the request line
    headers: dict[str, str]  # names in lower case
    address: str  # which of our addresses was connected to

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))


Page = Callable[[Visit, asyncio.StreamWriter], Awaitable[None]]
PAGES: dict[str, Page] = {}


def page(name: str) -> Callable[[Page], Page]:
    def add(function: Page) -> Page:
        PAGES[name] = function
        return function

    return add


def response(status: str, body: bytes = b"", length: int | None = None, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}"]
    if not status.startswith("304"):
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def always(name: str, answer: bytes) -> None:
    async def send(visit: Visit, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    PAGES[name] = send


RSS = {"Content_Type": "application/rss+xml; charset=GB18030"}
always("feed", response("200 OK", FEED, ETag='W/"a, \xe9"', Last_Modified="yesterday, around noon", **RSS))
always("fresh", response("200 OK", FEED, Cache_Control="public, max-age=900"))
always("bare", b"HTTP/1.1 200 OK\r\n\r\n" + FEED)
always("gzip", response("200 OK", gzip.compress(FEED), Content_Encoding="gzip"))
always("deflate", response("200 OK", zlib.compress(FEED), Content_Encoding="deflate"))
always("br", response("200 OK", brotli.compress(FEED), Content_Encoding="br"))
always("zstd", response("200 OK", zstandard.compress(FEED), Content_Encoding="zstd"))
always("bad-gzip", response("200 OK", b"\x1f\x8b" + FEED, Content_Encoding="gzip"))
always("half-gzip", response("200 OK", gzip.compress(FEED)[:-10], Content_Encoding="gzip"))
always("bad-br", response("200 OK", b"\xff" + FEED, Content_Encoding="br"))
always("bad-zstd", response("200 OK", FEED, Content_Encoding="zstd"))
always("odd-coding", response("200 OK", FEED, Content_Encoding="rot13"))
always("deep-coding", response("200 OK", FEED, Content_Encoding="gzip, gzip, gzip"))
always("longer", response("200 OK", FEED, length=len(FEED) * 2))
always("negative", response("200 OK", FEED, length=-1))
always("announced", response("200 OK", FEED, length=2**40))
always("no-http", b"SSH-2.0-OpenSSH_9.2\r\n" * 20)
always("no-status", b"HTTP/1.1 fine\r\n\r\n")
always("huge-headers", b"HTTP/1.1 200 OK\r\nX-Padding: " + b"x" * 300_000 + b"\r\n\r\n")
always("many-headers", b"HTTP/1.1 200 OK\r\n" + b"X-Padding: x\r\n" * 50_000 + b"\r\n")
always("bad-chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
always("silence", b"")
always("loop", response("302 Found", Location="/loop"))
always("loop-a", response("301 Moved Permanently", Location="/loop-b"))
always("loop-b", response("301 Moved Permanently", Location="/loop-a"))
always("nowhere", response("302 Found", Location="mailto:desk@news.example"))
always("broken-location", response("302 Found", Location="http://[::1"))
always("no-location", response("302 Found"))
always("chinese-location", b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /feed?\xe6\x96\xb0\r\n\r\n")
always("moved", response("301 Moved Permanently", Location="/moved-on"))
always("moved-on", response("308 Permanent Redirect", Location="/elsewhere-today"))
always("elsewhere-today", response("302 Found", Location="/feed"))
always("long-etag", response("200 OK", FEED, ETag='"' + "x" * 50_000 + '"'))


@page("status")
async def send_status(visit: Visit, writer: asyncio.StreamWriter) -> None:
    headers = {"Retry_After": visit.query["after"]} if "after" in visit.query else {}
    writer.write(response(f"{visit.query['code']} As Told", b"<p>Nothing here", **headers))


async def send_not_found(visit: Visit, writer: asyncio.StreamWriter) -> None:
    writer.write(response("404 Not Found"))


@page("conditional")
async def send_conditional(visit: Visit, writer: asyncio.StreamWriter) -> None:
    known = visit.headers.get("if-none-match") == '"v1"' or visit.headers.get("if-modified-since") == "some day"
    writer.write(response("304 Not Modified") if known else response("200 OK", FEED, ETag='"v1"'))


@page("redirect")
async def send_redirect(visit: Visit, writer: asyncio.StreamWriter) -> None:
    writer.write(response(f"{visit.query.get('code', 302)} Moved", Location=visit.query["to"]))


@page("countdown")
async def send_countdown(visit: Visit, writer: asyncio.StreamWriter) -> None:
    """So many redirects, each to another address."""
    left, name = int(visit.query["left"]), urlsplit(visit.target).path
    writer.write(response("302 Found", Location=f"{name}?left={left - 1}") if left else response("200 OK", FEED))


@page("late")
async def send_late(visit: Visit, writer: asyncio.StreamWriter) -> None:
    """So many redirects, each of them late."""
    await asyncio.sleep(0.15)
    await send_countdown(visit, writer)


@page("drip")
async def send_slowly(visit: Visit, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    await _drip(writer)


@page("drip-headers")
async def send_headers_slowly(visit: Visit, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Padding: ")
    await _drip(writer)


async def _drip(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


@page("stall")
async def stop_sending(visit: Visit, writer: asyncio.StreamWriter) -> None:
    writer.write(response("200 OK", FEED, length=10_000))
    await asyncio.sleep(FOREVER_S)


def endlessly(name: str, start: bytes, again: bytes) -> None:
    async def send(visit: Visit, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(again)
            await writer.drain()

    PAGES[name] = send


endlessly("endless", b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65_536)
endlessly("crumbs", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"2\r\nxx\r\n" * 5_000)
endlessly("continue", b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000)


@page("reset")
async def reset_in_the_middle(visit: Visit, writer: asyncio.StreamWriter) -> None:
    writer.write(response("200 OK", FEED, length=10_000))
    await writer.drain()
    await asyncio.sleep(0.05)  # let the beginning arrive, which a reset would throw away
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


@page("bomb")
async def send_bomb(visit: Visit, writer: asyncio.StreamWriter) -> None:
    """So many mebibytes of zeros, packed."""
    coding, size = visit.query["coding"], int(visit.query["mib"])
    packed = GZIP_MEMBER * size if coding == "gzip" else packed_zeros(coding, size)
    writer.write(response("200 OK", packed, Content_Encoding=coding))


@functools.cache
def packed_zeros(coding: str, size: int) -> bytes:
    """Packed a mebibyte at a time, so that this server stays small itself."""
    if coding == "zstd":
        zstd = zstandard.ZstdCompressor(level=1).compressobj()
        return b"".join(zstd.compress(bytes(MIB)) for _ in range(size)) + zstd.flush()
    if coding == "br":
        packer = brotli.Compressor(quality=1)
        return b"".join(packer.process(bytes(MIB)) for _ in range(size)) + packer.finish()
    deflate = zlib.compressobj(1)
    return b"".join(deflate.compress(bytes(MIB)) for _ in range(size)) + deflate.flush()


@dataclass
class Origin:
    port: int
    visits: list[Visit] = field(default_factory=list)
    connections: int = 0
    now: int = 0  # requests for `count` being answered
    peak: int = 0  # the most of them at the same time
    barriers: dict[str, asyncio.Barrier] = field(default_factory=dict)
    served: dict[str, bytes] = field(default_factory=dict)  # whole responses, by path: what a test puts there
    instead: dict[str, str] = field(default_factory=dict)  # the misdeed, as "path?query", that a path commits

    def forget(self) -> None:
        self.served.clear()
        self.instead.clear()
        self.visits.clear()
        self.connections = 0
        self.peak = 0

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/{path}"

    def visited(self, path: str) -> list[Visit]:
        return [visit for visit in self.visits if urlsplit(visit.target).path == f"/{path}"]

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._answer(reader, writer):
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # either side has had enough
        finally:
            writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request, one answer; whether the connection may go on."""
        first = await reader.readexactly(1)
        if first == TLS_HANDSHAKE:
            await reader.read(65_536)
            writer.write(response("400 Bad Request"))
            return False
        request, *lines = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        # What is left unread when the connection is closed has the system reset it, and the answer may be lost.
        await reader.readexactly(int(headers.get("content-length", "0")))
        visit = Visit(request.split(" ")[1], headers, writer.get_extra_info("sockname")[0])
        self.visits.append(visit)
        name = urlsplit(visit.target).path.lstrip("/")
        if name in self.instead:
            visit = replace(visit, target=f"/{self.instead[name]}")
            name = urlsplit(visit.target).path.lstrip("/")
        elif name in self.served:
            writer.write(self.served[name])
            return True
        own: dict[str, Page] = {"barrier": self._wait_for_all, "count": self._count}
        await (own.get(name) or PAGES.get(name) or send_not_found)(visit, writer)
        return name in ("feed", "conditional", "redirect", "moved", "moved-on", "elsewhere-today", "barrier")

    async def _wait_for_all(self, visit: Visit, writer: asyncio.StreamWriter) -> None:
        """Answers nobody before so many are waiting at the same time."""
        parties = visit.query["of"]
        if parties not in self.barriers:
            self.barriers[parties] = asyncio.Barrier(int(parties))
        await self.barriers[parties].wait()
        writer.write(response("200 OK", FEED))

    async def _count(self, visit: Visit, writer: asyncio.StreamWriter) -> None:
        """Dawdles, and notes how many are waiting."""
        self.now += 1
        self.peak = max(self.peak, self.now)
        await asyncio.sleep(0.02)
        self.now -= 1
        writer.write(response("200 OK", FEED))


@contextmanager
def hostile_origin() -> Iterator[Origin]:
    """On 127.0.0.1 and, with the same port, on 127.0.0.2, which plays the private network."""
    origin = Origin(0)

    async def begin() -> list[asyncio.Server]:
        *servers, origin.port = await on_two_addresses(origin.converse)
        return servers

    with conversing(begin):
        yield origin
