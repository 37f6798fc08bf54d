"""What is done to the state by hand: dropped what is too old, copied, put back.

Joins configuration and store; each works under the lock where it writes. Called by the command line.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from feedsvc import retention
from feedsvc.config import Config
from feedsvc.cycle import at_work, bring_out
from feedsvc.errors import ConfigError, StateError
from feedsvc.model import Progress
from feedsvc.store import as_file, copies, dropping, events, has_state, journal, open_database, sole_writer
from feedsvc.store.database import is_known_version
from feedsvc.store.dropping import Dropped

# Room that has come free within the file is used again. Only where it is more than this share of the file is it given
# back, for that writes the rest anew.
WORTH_GIVING_BACK = 0.25


@dataclass(frozen=True, slots=True)
class Pruned:
    dropped: Dropped
    size: int  # bytes of the state now
    given_back: int  # bytes
    remark: str = ""  # why no room was given back


def prunable(config: Config) -> Dropped:
    """What the next update, or `prune`, drops. Changes nothing."""
    with closing(open_database(config.service.state, create=False)) as database, database.reading() as connection:
        return dropping.count(connection, retention.read(connection, config.service.keep).leaving)


def prune(config: Config, now: datetime, progress: Progress) -> Pruned:
    """Publish, drop what is too old, give back room where there is much. Raises as a cycle does."""
    state = config.service.state
    if not has_state(state):
        raise StateError(f"{state}: no state yet; run `feedsvc update` first")
    with at_work(config, progress) as database:
        with database.reading() as connection:
            before = events.sizes(connection)[0]
        leaving = prunable(config)
        bring_out(config, database, now, progress)
        with database.reading() as connection:
            left = events.sizes(connection)[0]
        size, remark = database.size(), ""
        if isinstance(state, Path):  # a server gives room back by itself
            with database.engine.connect() as connection:
                remark = _give_back(connection, state)
        left_over = database.size()
    return Pruned(leaving if left < before else Dropped(), left_over, max(0, size - left_over), remark)


def _give_back(connection: sa.Connection, state: Path) -> str:
    """Why nothing was given back; empty where it was or there is nothing to speak of."""
    raw = connection.connection.driver_connection
    assert raw is not None
    free, pages, size = (
        raw.execute(f"PRAGMA {n}").fetchone()[0] for n in ("freelist_count", "page_count", "page_size")
    )
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    needed = 2 * (pages - free) * size  # a new file and its log
    if free < pages * WORTH_GIVING_BACK:
        return ""
    if shutil.disk_usage(state.parent).free < needed:
        return f"{free * size} bytes could be given back, if {needed} were free on the disk meanwhile"
    try:
        raw.execute("VACUUM")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        return f"{free * size} bytes could not be given back: {error}; `feedsvc prune` tries again"
    return ""


def backup(config: Config, file: Path) -> tuple[Path, ...]:
    """Copy the state, and the corrections beside it, while others work: what was written, `file` first.

    Raises ConfigError where the file may not be written there, StateError where there is no sound state.
    """
    state = as_file(config.service.state, "copy the database with pg_dump; see docs/scaling.md")
    if not state.exists():
        raise StateError(f"{state}: no state yet; run `feedsvc update` first")
    _may_be_written(file, state, config)
    copies.copy(state, file)
    journalled = journal.journal_of(state)
    if not journalled.exists():
        return (file,)
    beside = journal.journal_of(file)
    try:
        temporary = beside.with_name(f".{beside.name}.new")
        shutil.copyfile(journalled, temporary)
        copies.put_in_place(temporary, beside)
    except OSError as error:
        raise StateError(f"{beside}: cannot write the corrections: {error.strerror}") from error
    return (file, beside)


def _may_be_written(file: Path, state: Path, config: Config) -> None:
    place, output = file.absolute(), config.service.output
    if not place.parent.is_dir():
        raise ConfigError(f"backup: {file.parent}: no such folder; create it first")
    if place == state.absolute() or place.is_dir():
        raise ConfigError(f"backup: {file}: give the backup a file of its own")
    if output in place.parents:
        raise ConfigError(f"backup: {file}: lies in the output folder, which is published; choose another place")
    if place.exists() and place.stat().st_size and (copies.damage(place) or copies.schema_of(place) is None):
        raise ConfigError(f"backup: {file}: exists and is no sound backup; it is left alone; choose another name")


def restore(config: Config, file: Path, now: datetime, *, replace: bool) -> Path | None:
    """Put a backup in the state's place: where the state that was there is now, if there was one.

    Raises StateError, having changed nothing, where the file is no sound backup of this or an older version, or there
    is a state that `replace` does not give up or somebody is at work on.
    """
    state = as_file(config.service.state, "put a copy in its place with pg_restore; see docs/scaling.md")
    _must_be_sound(file)
    if state.exists() and not replace:
        raise StateError(f"{state}: there is a state; --replace moves it aside and puts the backup in its place")
    # A hub keeps the file open: it would go on in the one that is moved aside.
    with sole_writer(state, "process"), sole_writer(state, "hub", purpose="hub"):
        temporary = state.with_name(f".{state.name}.restored")
        copies.copy(file, temporary)
        there = any(state.with_name(state.name + suffix).exists() for suffix in ("", copies.WAL, copies.SHARED))
        aside = copies.move_aside(state, "replaced", now) if there else None
        copies.put_in_place(temporary, state)
        said, ours = journal.journal_of(file), journal.journal_of(state)
        if said.exists() and not ours.exists():
            shutil.copyfile(said, ours)
    return aside


def _must_be_sound(file: Path) -> None:
    if not file.exists():
        raise StateError(f"{file}: no such file")
    if wrong := copies.damage(file, thoroughly=True):
        raise StateError(f"{file}: is no sound backup: {wrong}; nothing was changed")
    version = copies.schema_of(file)
    if version is None:
        raise StateError(f"{file}: is a database of another program; nothing was changed")
    if not is_known_version(version):
        raise StateError(f"{file}: written by a newer feedsvc (schema {version}); upgrade feedsvc to use it")
