"""The sites that are validated: the same articles, published in several ways, served by `feedsvc serve`."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FEEDS = """
[[feed]]
slug = "all"
title = "Everything"

[[feed]]
slug = "topic"
title = "A topic & more"
any = ["美国", "United States"]

[[feed]]
slug = "several"
title = "两家以上"
min_sources = 2

[[feed]]
slug = "crossing"
title = "Across languages"
cross_language = true
limit = 50
"""


@dataclass(frozen=True, slots=True)
class Variation:
    name: str
    content: str  # of the source: "summary" or "full"
    public: bool  # with a base_url
    hub: bool = False


VARIATIONS = (
    Variation("summaries", "summary", public=True),
    Variation("full content and a hub", "full", public=True, hub=True),
    Variation("no base_url", "summary", public=False),
)


@dataclass(frozen=True, slots=True)
class Site:
    variation: Variation
    output: Path
    address: str  # where it is served, with the slash

    def documents(self) -> dict[str, bytes]:
        """All that validators know: path below the output folder, content."""
        found = sorted(p for kind in ("atom", "rss", "json", "opml") for p in self.output.rglob(f"*.{kind}"))
        kept = [path for path in found if path.name != "status.json"]
        return {str(path.relative_to(self.output)): path.read_bytes() for path in kept}


@contextmanager
def served(variation: Variation, folder: Path, articles: Path) -> Iterator[Site]:
    """Published in `folder`, which keeps the state for the next variation, and served until the block ends."""
    address = f"http://127.0.0.1:{_free_port()}/"
    output = folder / variation.name.replace(" ", "-")
    (folder / "config.toml").write_text(
        f'[service]\nstate = "state.sqlite"\noutput = "{output}"\nbase_url = "{address if variation.public else ""}"\n'
        f"hub = {['built-in'] if variation.hub else []}\n"
        f'[[source]]\nid = "articles"\npath = "{articles.resolve()}"\ncontent = "{variation.content}"\nevery = "0s"\n'
        + FEEDS,
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "feedsvc"]
    subprocess.run([*command, "update", "--config", str(folder / "config.toml")], check=True, stdout=sys.stderr)
    port = re.findall(r"\d+", address)[-1]
    serve = [*command, "serve", "--config", str(folder / "config.toml"), "--port", port]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            if not process.stdout.readline():
                raise SystemExit("feedsvc serve did not start")
            yield Site(variation, output, address)
        finally:
            process.kill()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
