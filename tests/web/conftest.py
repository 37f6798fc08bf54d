from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.web.serving import Served, publish, serving


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests that only ask."""
    folder = tmp_path_factory.mktemp("served")
    publish(folder / "output")
    with serving(folder) as served:
        yield served


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    """A server of one test alone, which may change what it serves, and end it."""
    publish(tmp_path / "output")
    with serving(tmp_path) as served:
        yield served


@pytest.fixture
def other_site() -> Iterator[tuple[str, dict[str, str]]]:
    """Its address, and its "page"; a real server, for a browser lets no made-up site ask one of this machine."""
    content = {"page": "<p>other"}

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content["page"].encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", content
        server.shutdown()
