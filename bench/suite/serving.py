"""Serving beside nginx, as bench.serving measures it, without the crowd."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench.serving.__main__ import KINDS
from bench.serving.__main__ import measure as run
from bench.serving.servers import NGINX, feedsvc, nginx, publish
from bench.suite.figures import Figure, Found, Note


def measure(rounds: int, seconds: int) -> Iterator[Found]:
    if missing := [name for name, found in (("wrk", shutil.which("wrk")), ("nginx", NGINX)) if not found]:
        yield Note(f"{' and '.join(missing)} not installed here: serving was not measured.")
        return
    rates: dict[tuple[str, str], list[float]] = {}
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="feedsvc-serving-")))
        folder.chmod(0o755)
        publish(folder / "output")
        servers = [held.enter_context(serve(folder)) for serve in (feedsvc, nginx)]
        for _ in range(rounds):
            for kind, _, _ in KINDS:
                for server in servers:
                    rates.setdefault((server.name, kind), []).append(run(server, kind, seconds).rate)
    for kind, words, aim in KINDS:
        ours, theirs = (median(rates[name, kind]) for name in ("feedsvc", "nginx"))
        yield Figure(f"serving a feed of 300 KB: {words}", "answers/s", ours, "nginx", theirs, least=aim, of_peer=True)
