"""A cycle that has one new article to match, where many others are in the window: what it takes, and its memory.

    python -m bench.suite.window STATE

is that cycle's matching, in a process that does nothing else; prints a line of JSON. `beginning_anew` runs it.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

import feedsvc.cycle  # noqa: F401 - all that a cycle loads is counted
from bench.suite.commands import ROOT
from feedsvc.events import Profile, keeping, shipped
from feedsvc.events.index import key_terms
from feedsvc.events.outline import outline
from feedsvc.events.trace import trace
from feedsvc.events.window import facts_of
from feedsvc.model import Article
from feedsvc.placing import place
from feedsvc.store import Database, articles, open_database, profiles
from feedsvc.store.tables import article, event, membership
from feedsvc.text import event_id

AT_ONCE = 2_000


def state_of(path: Path, known: Iterable[Profile], waiting: Article, hours: float) -> None:
    """A state in which each of these has an event of its own, and one article, of this time, has none yet."""
    database = open_database(path)
    batch: list[Profile] = []
    for each in known:
        batch.append(each)
        if len(batch) == AT_ONCE:
            _keep(database, batch)
            batch = []
    _keep(database, batch)
    now = _time(hours)
    with database.writing() as connection:
        articles.record(connection, [replace(waiting, published=now, first_seen=now, captured=now)])
    database.close()


def beginning_anew(known: Iterable[Profile], waiting: Article, hours: float) -> tuple[float, float]:
    """CPU seconds and the most MiB of a process that places one article, `hours` since 1970, among others."""
    with tempfile.TemporaryDirectory(prefix="feedsvc-window-") as folder:
        state = Path(folder) / "state.db"
        state_of(state, known, waiting, hours)
        command = [sys.executable, "-m", "bench.suite.window", str(state)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return found["seconds"], found["mib"]


def _keep(database: Database, batch: list[Profile]) -> None:
    words, version = shipped.words(), shipped.version()
    outlines = {
        each.key: outline(facts_of(each), key_terms(each, words).ids, trace(each, words.weights))._asdict()
        for each in batch
    }
    with database.writing() as connection:
        if batch:
            connection.execute(sa.insert(article), [_row(each) for each in batch])
            connection.execute(sa.insert(event), [{"id": event_id(e.key), "published": _time(e.hours)} for e in batch])
            placed = [{"article": e.key, "event": event_id(e.key), "score": 1.0, "reason": ""} for e in batch]
            connection.execute(sa.insert(membership), placed)
        profiles.keep(connection, {each.key: keeping.to_bytes(each) for each in batch}, outlines, version)


def _row(known: Profile) -> dict[str, object]:
    names = {"key": known.key, "publisher": known.publisher, "source": known.publisher, "url": known.url}
    return names | {"time": _time(known.hours), "first_seen": _time(known.first_seen), "revision": 1}


def _time(hours: float) -> datetime:
    return datetime.fromtimestamp(hours * 3600, UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("state", type=Path)
    database = open_database(parser.parse_args().state)
    began = time.process_time()
    placed = place(database, lambda *_: None)
    took = time.process_time() - began
    assert placed.founded + placed.joined == 1
    # Unlike getrusage's, this begins with the program and not with the process that it was forked from.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert peak
    print(json.dumps({"seconds": took, "mib": int(peak[1]) / 1024}))


if __name__ == "__main__":
    main()
