"""Three papers, each at an address of its own on the loopback, in the manners of real servers; and who takes the news.

One answers 304 to its ETag, one moved for good and answers 304 to a date, one knows no validators.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.faults.story import PAPERS

NOON = 1_710_000_000


class Papers:
    def __init__(self) -> None:
        self.addresses: dict[str, str] = {}
        self.edition = 0
        self.feeds: dict[str, bytes] = {}

    def publish(self, edition: int, feeds: dict[str, bytes]) -> None:
        self.edition, self.feeds = edition, feeds


class Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    papers: Papers

    def do_GET(self) -> None:
        name = self.path.removeprefix("/").removesuffix("/feed")
        body = self.papers.feeds[name]
        if self.path == "/courier":
            self._answer(301, Location="/courier/feed")
        elif name == "courier":
            changed = formatdate(NOON + self.papers.edition, usegmt=True)
            same = self.headers.get("If-Modified-Since") == changed
            self._answer(304 if same else 200, b"" if same else body, Last_Modified=changed)
        elif name == "harbour":
            tag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
            same = self.headers.get("If-None-Match") == tag
            self._answer(304 if same else 200, b"" if same else body, ETag=tag)
        else:
            self._answer(200, body)

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", "application/rss+xml")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass  # whoever asked was killed


@contextmanager
def papers() -> Iterator[Papers]:
    found = Papers()
    with ExitStack() as stack:
        for number, name in enumerate(PAPERS, 1):
            server = _Server((f"127.0.0.{number}", 0), type("Handler", (Conversation,), {"papers": found}))
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            found.addresses[name] = f"http://127.0.0.{number}:{server.server_address[1]}/{name}"
        yield found
