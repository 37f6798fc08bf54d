"""A published folder of our own writing and `feedsvc serve` over it, as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from feedsvc import render, web
from tests.render.examples import harbour_events, harbour_feed, statuses

BASE = "https://news.example/"
EVENT = render.event_path(harbour_events()[0].id)
MOVED = "events/00000000-0000-5000-8000-000000000001.html"
FEED_FILES = ["harbour.atom", "harbour.rss", "harbour.json"]
CONFIGURATION = """[service]
output = "output"
base_url = "https://news.example/"
[[source]]
id = "a"
url = "https://a.example/feed"
every = "60m"
[[feed]]
slug = "harbour"
"""


def publish(output: Path) -> None:
    """What `publish` leaves in the output folder, and what must not be served beside it."""
    feed = harbour_feed()
    files = render.render_documents(feed) | {"harbour.html": render.render_feed_page(feed)}
    files |= {render.event_path(e.id): render.render_event_page(e, BASE) for e in harbour_events()}
    files[MOVED] = render.render_moved_page(harbour_events()[0].id, BASE)
    files["index.html"] = render.render_index([feed], statuses(), BASE)
    files["feeds.opml"] = render.render_opml([feed], BASE)
    files["status.json"] = b"{}"
    files[".harbour.atom.new"] = b"half of a feed"
    for name, content in files.items():
        path = output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (1_700_000_000, 1_700_000_000))


def replace(path: Path, content: bytes) -> None:
    """As `publish` does it."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    temporary.replace(path)


@dataclass
class Served:
    folder: Path  # the configuration's; what is served is its "output"
    process: subprocess.Popen[str]
    url: str  # without a slash at the end

    @property
    def output(self) -> Path:
        return self.folder / "output"

    def request(self, method: str, path: str, **headers: str) -> httpx.Response:
        """As it comes over the wire: nothing is added, followed or unpacked unasked. `if_match` means If-Match."""
        fields = {key.replace("_", "-"): value for key, value in headers.items()}
        with httpx.Client(headers={}, trust_env=False) as client:
            client.headers.clear()
            return client.request(method, self.url + path, headers=fields)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.request("GET", path, **headers)

    def end(self) -> tuple[int, str, str]:
        """Exit code, standard output (from now on), standard error."""
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    (folder / "config.toml").write_text(CONFIGURATION)
    command = [sys.executable, "-m", "feedsvc", "serve", "--port", "0", *options]
    return subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONWARNINGS": "error"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Served]:
    process = start(folder, *options)
    try:
        assert process.stdout
        said = re.search(r"at (http://\S+)/;", process.stdout.readline())
        assert said, process.communicate()[1]
        yield Served(folder, process, said[1])
    finally:
        process.kill()
        process.communicate()


@contextmanager
def in_thread(
    output: Path, *parts: web.Part, hub: str = "", private: frozenset[str] = frozenset()
) -> Iterator[web.Server]:
    """A server inside this process."""
    server = web.Server(web.Published(output, web.Freshness(), BASE, hub, private), "127.0.0.1", 0, parts)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(timeout=30)
        assert not thread.is_alive()
