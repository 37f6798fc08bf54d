"""The shortcut says what the long way says, never takes for a request what is none, and holds nobody for ever."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from feedsvc import web
from feedsvc.web.connection import IDLE_S, LONGEST_HEAD, Connection
from feedsvc.web.plain import LONGEST, plain_request
from tests.web.serving import EVENT, in_thread, publish, replace

LONG_WAY = b"X-Forwarded-For: 127.0.0.1\r\n"  # whom a proxy asks for is a matter of the long way
GET = b"GET /harbour.atom HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[web.Server]:
    output = tmp_path_factory.mktemp("output")
    publish(output)
    with in_thread(output) as server:
        yield server


class Client:
    """Writes bytes as they are; reads one answer at a time."""

    def __init__(self, server: web.Server) -> None:
        where = urlsplit(server.url)
        assert where.hostname and where.port
        self.socket = socket.create_connection((where.hostname, where.port), timeout=30)
        self._read = self.socket.makefile("rb")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._read.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self, *, head: bool = False) -> bytes:
        """All but the date; empty at the end of the connection."""
        fields = b""
        while (line := self._read.readline()) not in (b"\r\n", b""):
            fields += line
        length = re.search(rb"(?i)content-length: (\d+)", fields)
        content = self._read.read(int(length[1])) if length and not head else b""
        return re.sub(rb"date: [^\r]*", b"date", fields + line) + content

    def ask(self, data: bytes) -> bytes:
        self.send(data)
        return self.answer(head=data.startswith(b"HEAD"))


def tend(server: web.Server, client: Client, after_s: float) -> Connection:
    """Has the server look after that client's connection as if so much time had gone by."""
    port = client.socket.getsockname()[1]
    (found,) = [each for each in server._uvicorn.server_state.connections if each.client and each.client[1] == port]
    assert isinstance(found, Connection)

    async def look() -> Connection:
        found.tend(time.monotonic() + after_s)
        return found

    return asyncio.run_coroutine_threadsafe(look(), found.loop).result(timeout=30)


FIELDS = [
    b"",
    b"Accept-Encoding: gzip\r\n",
    b"Accept-Encoding: br, gzip;q=0.5\r\nUser-Agent: reader/1\r\nAccept: */*\r\n",
    b"Accept-Encoding: gzip\r\nIf-None-Match: {tag}\r\n",
    b'If-None-Match: "other", *\r\n',
    b"If-Modified-Since: Wed, 15 Nov 2023 00:00:00 GMT\r\n",
    b'If-Match: "other"\r\n',
    b"Range: bytes=10-19\r\n",
    b"Range: bytes=999999999-\r\n",
    b"Connection: Keep-Alive\r\nAccept-Encoding: gzip\r\n",
]


@pytest.mark.parametrize("fields", FIELDS)
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
@pytest.mark.parametrize(
    "path", [b"/harbour.atom", b"/harbour.atom?x=%00", b"/", f"/{EVENT}".encode(), b"/status.json"]
)
def test_the_shortcut_says_what_the_long_way_says(
    server: web.Server, path: bytes, method: bytes, fields: bytes
) -> None:
    with Client(server) as client:
        first = client.ask(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
        tag = re.search(rb"etag: (\S+)", first)
        assert tag
        start = method + b" " + path + b" HTTP/1.1\r\nHost: a\r\n" + fields.replace(b"{tag}", tag[1])
        long = client.ask(start + LONG_WAY + b"\r\n")
        request = plain_request(start + b"\r\n")
        assert request
        at_once = server._watch.site.at_once(request.method, request.path, request.fields)
        assert at_once and at_once.start + b"date\r\n" + at_once.head == long[: long.index(b"\r\n\r\n") + 4]
        assert client.ask(start + b"\r\n") == long
        assert client.ask(GET).startswith(b"HTTP/1.1 200 ")  # nothing came after it


@pytest.mark.parametrize(
    "data",
    [
        GET[:-1],
        GET + GET,
        GET + b"G",
        GET + b"x" * 10 + b"\r\n\r\n",
        GET.replace(b"GET", b"POST"),
        GET.replace(b"GET", b"OPTIONS"),
        GET.replace(b"HTTP/1.1", b"HTTP/1.0"),
        GET.replace(b"/harbour", b"/#harbour"),
        GET.replace(b"Host", b"Host "),
        GET.replace(b"Host: a", b"Host: a\r\nHost: b"),
        GET.replace(b"Host: a", b"Host: a\r\n folded"),
        GET.replace(b"Host: a", b"Host: a\r\nContent-Length: 0"),
        GET.replace(b"Host: a", b"Host: a\r\nContent-Length: 4") + b"\r\n\r\n",
        GET.replace(b"Host: a", b"Host: a\r\nTransfer-Encoding: chunked") + b"0\r\n\r\n",
        GET.replace(b"Host: a", b"Host: a\r\nExpect: 100-continue"),
        GET.replace(b"Host: a", b"Host: a\r\nConnection: close"),
        GET.replace(b"Host: a", b"Host: a\r\nConnection: upgrade\r\nUpgrade: websocket"),
        GET.replace(b"Host: a", b"Host: a\r\nX: " + b"x" * LONGEST),
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
    ],
)
def test_what_is_not_surely_plain_goes_the_long_way(data: bytes) -> None:
    assert plain_request(GET) and plain_request(data) is None


def test_content_that_looks_like_a_request_is_content(server: web.Server) -> None:
    with Client(server) as client:
        client.ask(GET)
        client.send(b"POST /harbour.atom HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(GET))
        assert client.answer().startswith(b"HTTP/1.1 405 ")  # answered before the content is there
        client.send(GET)
        assert b"content-type: application/rss+xml" in client.ask(GET.replace(b".atom", b".rss"))


def test_a_request_in_pieces_and_two_in_one_piece(server: web.Server) -> None:
    with Client(server) as client:
        whole = client.ask(GET)
        for place in range(len(GET)):
            client.send(GET[place : place + 1])
        assert client.answer() == whole
        client.send(GET + GET.replace(b".atom", b".rss") + GET[:20])
        assert client.answer() == whole
        assert b"content-type: application/rss+xml" in client.answer()
        client.send(GET[20:])
        assert client.answer() == whole


def test_who_asks_without_reading_gets_every_answer_in_order(server: web.Server, tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    publish(tmp_path)
    replace(tmp_path / "harbour.rss", content)
    with in_thread(tmp_path) as own, Client(own) as client:
        assert client.ask(GET.replace(b".atom", b".rss")).endswith(content)
        for _ in range(20):
            client.send(GET.replace(b".atom", b".rss"))
        client.send(GET)
        for _ in range(20):
            assert client.answer().endswith(content)
        assert b"content-type: application/atom+xml" in client.answer()


def test_a_head_without_end(server: web.Server) -> None:
    with Client(server) as client:
        client.send(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * (LONGEST_HEAD // 6 + 1))
        assert client.answer().startswith(b"HTTP/1.1 431 ")
        assert client.answer() == b""


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"", False),
        (GET, True),
        (GET.replace(b"Host: a\r\n", b"Host: a\r\n" + LONG_WAY), True),
        (GET[:-4], False),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", True),
    ],
)
def test_who_does_nothing_is_let_go_after_a_while(tmp_path: Path, sent: bytes, answered: bool) -> None:
    publish(tmp_path)
    with in_thread(tmp_path) as own, Client(own) as client, Client(own) as other:
        client.send(sent)
        assert bool(answered and client.answer()) == answered
        other.ask(GET)  # by now the server has seen what was sent before
        assert not tend(own, client, IDLE_S - 1).transport.is_closing()
        assert tend(own, client, IDLE_S + 1).transport.is_closing()
        assert client.answer() == b""
        other.ask(GET)


def test_who_reads_slowly_is_kept_and_who_stops_is_let_go(tmp_path: Path) -> None:
    content = os.urandom(15_000_000)  # more than the sockets hold
    publish(tmp_path)
    replace(tmp_path / "harbour.atom", content)
    with in_thread(tmp_path) as own, Client(own) as client:
        client.send(GET)
        received, later = len(client.socket.recv(1)), 0.0
        for _ in range(2):
            later += 2 * IDLE_S
            written = len(content) - tend(own, client, later)._unsent
            while received <= written:
                received += len(client.socket.recv(1_000_000))
        later += 2 * IDLE_S
        before = tend(own, client, later)
        assert not before.transport.is_closing()
        while not tend(own, client, later := later + 2 * IDLE_S).transport.is_closing():
            pass  # the sockets still filled up
