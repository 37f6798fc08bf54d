"""A server on the loopback that takes deliveries, or behaves as badly as a test tells it to, path by path."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

PATIENCE_S = 20.0  # longer than any test waits for something that happens


@dataclass(frozen=True)
class Delivery:
    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode())


Manner = Callable[["Conversation"], None]


def status(code: int, **headers: str) -> Manner:
    def answer(conversation: Conversation) -> None:
        conversation.answer(code, {name.replace("_", "-"): value for name, value in headers.items()})

    return answer


def hang(conversation: Conversation) -> None:
    """Says nothing until the test is over."""
    conversation.receiver.over.wait(PATIENCE_S)
    conversation.close_connection = True


def reset(conversation: Conversation) -> None:
    conversation.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conversation.connection.close()
    conversation.close_connection = True


def babble(conversation: Conversation) -> None:
    """Takes it, and then talks for as long as anybody listens."""
    conversation.send_response(200)
    conversation.send_header("Content-Length", str(2**40))
    conversation.end_headers()
    conversation.close_connection = True
    with suppress(OSError):
        while not conversation.receiver.over.is_set():
            conversation.wfile.write(b"x" * 65_536)


def together(count: int) -> Manner:
    """Answers nobody before so many wait at the same time."""
    barrier = threading.Barrier(count)

    def answer(conversation: Conversation) -> None:
        try:
            barrier.wait(PATIENCE_S)
        except threading.BrokenBarrierError:
            conversation.answer(500)
        else:
            conversation.answer(200)

    return answer


@dataclass
class Receiver:
    port: int = 0
    deliveries: list[Delivery] = field(default_factory=list)
    manners: dict[str, Manner] = field(default_factory=dict)  # by path; elsewhere everything is taken
    over: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def at(self, path: str) -> list[Delivery]:
        return [delivery for delivery in self.deliveries if delivery.path == path]

    def titles(self, path: str) -> list[str]:
        return [delivery.json["title"] for delivery in self.at(path)]


class Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_POST(self) -> None:
        self._take()

    def do_PUT(self) -> None:
        self._take()

    def do_GET(self) -> None:
        self._take()

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.deliveries.append(Delivery(self.command, self.path, headers, body))
        self.receiver.manners.get(self.path, status(204))(self)

    def answer(self, code: int, headers: dict[str, str] | None = None) -> None:
        body = b"" if code == 204 else b"as told"
        self.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            if code != 204 or name != "Content-Length":
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        pass  # whoever hung up on us had reason to


@contextmanager
def receiver() -> Iterator[Receiver]:
    started = Receiver()
    server = _Server(("127.0.0.1", 0), type("Handler", (Conversation,), {"receiver": started}))
    started.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield started
    finally:
        started.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
