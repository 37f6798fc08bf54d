"""A state copied to another place: from a file to a server, back, or to another of the same kind.

The copy cannot be used before it is whole. One that was cut short goes on when the same is asked for again. Called by
the command line.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from feedsvc.errors import StateError
from feedsvc.model import Progress
from feedsvc.place import Address, Place
from feedsvc.store import corrections, jobs, journal
from feedsvc.store.database import (
    SCHEMA_VERSION,
    UNFINISHED,
    Database,
    as_it_is,
    has_state,
    migrate,
    open_database,
    schema_version,
)
from feedsvc.store.lock import sole_writer
from feedsvc.store.transfer import TABLES, Contents, transfer
from feedsvc.text import digest


@dataclass(frozen=True, slots=True)
class Moved:
    tables: dict[str, Contents]  # by name
    resumed: bool  # a part was there already

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


def move(origin: Place, target: Place, progress: Progress) -> Moved:
    """Copy everything from `origin`, which nobody may write meanwhile, and compare it.

    Raises StateError where `target` holds anything but the beginning of this very copy, one of them is in use or cannot
    be used; what was copied until then stays.
    """
    if _identity(origin) == _identity(target):
        raise StateError(f"{target}: is where the state lies already")
    if not has_state(origin):
        open_database(origin, create=False)  # says what is missing
    with (
        sole_writer(origin, "process"),  # before anything is brought up to date there
        sole_writer(origin, "hub", purpose="hub"),
        closing(open_database(origin, create=False)) as source,
        sole_writer(target, "process") as fence,
        closing(as_it_is(target, fence)) as made,
    ):
        _refuse_beside_workers(source)
        resumed = _begin(made, f"{UNFINISHED}{SCHEMA_VERSION}-{digest(_identity(origin))[:12]}")
        tables = transfer(source, made, progress)
        if isinstance(target, Path):
            _keep_corrections(made, target)
        _mark(made, SCHEMA_VERSION)
    return Moved(tables, resumed)


def _refuse_beside_workers(source: Database) -> None:
    """Between two jobs they hold no lock; what they write after that would stay behind."""
    with source.reading() as connection:
        alive = [worker.name for worker in jobs.workers(connection) if worker.alive]
    if alive:
        raise StateError(f"{source.name}: workers are at work there ({', '.join(alive)}); end them first")


def _keep_corrections(made: Database, target: Path) -> None:
    with made.reading() as connection:
        known = corrections.known(connection)
    if known:
        journal.write(journal.journal_of(target), known)


def _identity(place: Place) -> str:
    return place.url if isinstance(place, Address) else str(place.absolute())


def _begin(made: Database, mark: str) -> bool:
    """Whether a part of this copy is there already."""
    found = schema_version(made)
    if found == mark:
        return True
    if found is None:
        if isinstance(made.place, Path) and journal.journal_of(made.place).exists():
            raise StateError(f"{journal.journal_of(made.place)}: holds corrections of another state; move it away")
        migrate(made)
    elif found.startswith(UNFINISHED):
        raise StateError(f"{made.name}: holds a part of a copy of another state; nothing was done; give an empty place")
    elif found != SCHEMA_VERSION or not _is_empty(made):
        raise StateError(
            f"{made.name}: holds a finished state already, by an earlier copy or of its own; nothing was done; to use "
            "it, set [service] state to it; to copy again, give an empty place"
        )
    _mark(made, mark)
    return False


def _is_empty(made: Database) -> bool:
    with made.reading() as connection:
        return not any(connection.execute(sa.select(table).limit(1)).all() for table in TABLES)


def _mark(made: Database, version: str) -> None:
    """While a copy is not whole, its schema is of no known version: nobody takes it for a state."""
    with made.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :version"), {"version": version})
