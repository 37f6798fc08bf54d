"""The output: may it be written, is it whole, and is it what the state says?"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from feedsvc.config import Config
from feedsvc.doctor.finding import Finding, bad, ok, warn
from feedsvc.doctor.objects import objects
from feedsvc.doctor.state import read_only
from feedsvc.errors import FeedsvcError
from feedsvc.place import Address, Place
from feedsvc.publish import publish
from feedsvc.store import as_it_is, open_database
from feedsvc.store.transfer import transfer

HALF_WRITTEN_S = 3600  # older than that, nobody writes it any more
NAMED = 3  # files, where many are to be named


def output(config: Config) -> Iterator[Finding]:
    folder = config.service.output
    if not isinstance(folder, Path):
        yield from objects(config)
        return
    if not (folder / "index.html").is_file():
        yield warn("output", f"{folder}: nothing is published yet", "run `feedsvc update`")
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield bad("output", f"{folder}: this user may not write there", "give the folder to the user that runs feedsvc")
    left = list(_half_written(folder))
    if left:
        yield warn("output", f"{_named(left)}: left by an update that was cut short", "delete it; readers never see it")
    yield from _rehearsal(config, folder)


def _half_written(folder: Path) -> Iterator[Path]:
    for path in folder.rglob(".*.new"):
        with suppress(FileNotFoundError):  # an update that is at work has put it in its place
            if time.time() - path.stat().st_mtime > HALF_WRITTEN_S:
                yield path


def _rehearsal(config: Config, real: Path) -> Iterator[Finding]:
    """Publish a copy of the state into a folder of links: what would be written is not what lies there."""
    with TemporaryDirectory(prefix="feedsvc-") as made:
        copy, folder = Path(made, "state.sqlite"), Path(made, "output")
        rehearsed = replace(config, service=replace(config.service, state=copy, output=folder))
        try:
            _link(real, folder)
            _copy(config.service.state, copy)
            with closing(open_database(copy)) as database:
                report = publish(rehearsed, database, lambda *_: None)
        except (FeedsvcError, OSError, sqlite3.Error) as error:
            yield bad("output", f"it could not be published again: {error}", "mend that first")
            return
    if report.held_for:
        words = f"nothing is published, because of {', '.join(report.held_for)}"
        yield bad("output", words, "mend the source, or take it out of the configuration")
    elif report.written:
        words = f"{_named(map(Path, report.written))}: not what the state says"
        yield warn("output", words, "`feedsvc update` writes what differs")
    else:
        yield ok("output", f"{real}: complete, and what the state says")


def _copy(state: Place, to: Path) -> None:
    if isinstance(state, Address):
        with closing(as_it_is(state)) as source, closing(open_database(to)) as target:
            transfer(source, target, lambda *_: None)
    else:
        with closing(read_only(state)) as connection:
            connection.execute("VACUUM INTO ?", (str(to),))


def _link(real: Path, made: Path) -> None:
    for path in real.rglob("*"):
        linked = made / path.relative_to(real)
        if path.is_file():
            linked.parent.mkdir(parents=True, exist_ok=True)
            linked.symlink_to(path.resolve())


def _named(paths: Iterator[Path] | list[Path]) -> str:
    names = [path.name for path in paths]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(sorted(names)[:NAMED]) + more
