"""Many who keep their connection and ask nothing, and one who reads slowly, while others are measured."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

SLOW_BYTES, SLOW_EVERY_S = 1_000, 0.1  # what the slow reader takes, and how often


@contextmanager
def crowd(url: str, path: str, idle: int) -> Iterator[None]:
    """`idle` connections that were answered once and stay open, and a slow reader of `path`."""
    where = (urlsplit(url).hostname or "", urlsplit(url).port or 80)
    done = threading.Event()
    with ExitStack() as held:
        connections = [held.enter_context(socket.create_connection(where, timeout=30)) for _ in range(idle)]
        for connection in connections:
            connection.sendall(b"GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n")
        for connection in connections:
            _read_answer(connection)
        reader = threading.Thread(target=_read_slowly, args=[where, path, done])
        reader.start()
        try:
            yield
            _all_are_open(connections)
        finally:
            done.set()
            reader.join()


def _read_answer(connection: socket.socket) -> None:
    with connection.makefile("rb", buffering=0) as stream:
        fields = {line.partition(b":")[0].lower(): line.partition(b":")[2] for line in iter(stream.readline, b"\r\n")}
        if len(stream.read(int(fields[b"content-length"])) or b"") != int(fields[b"content-length"]):
            raise SystemExit("one of the crowd was not answered")


def _read_slowly(where: tuple[str, int], path: str, done: threading.Event) -> None:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.connect(where)
        while not done.is_set():
            connection.sendall(b"GET " + path.encode() + b" HTTP/1.1\r\nHost: a\r\n\r\n")
            left = 250_000
            while left > 0 and not done.wait(SLOW_EVERY_S):
                left -= len(connection.recv(SLOW_BYTES))


def _all_are_open(connections: list[socket.socket]) -> None:
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection, selectors.EVENT_READ)
        if closed := [key.fileobj for key, _ in selector.select(timeout=0)]:
            raise SystemExit(f"{len(closed)} of the crowd were turned away")
