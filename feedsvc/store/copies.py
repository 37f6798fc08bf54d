"""Whole copies of the state: backups, what is kept before an upgrade, what is moved aside, and whether one is sound.

Works on files, whatever opens them otherwise. A copy is whole or not there. Called by `database` and `upkeep`.
"""

from __future__ import annotations

import glob
import sqlite3
import stat
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from feedsvc.disk import sync
from feedsvc.errors import StateError

WAL, SHARED = "-wal", "-shm"  # what SQLite puts beside a database
BUSY_S = 30.0
UNREADABLE = (sqlite3.Error, UnicodeDecodeError)  # the latter where names of tables are garbled
STAMP = "%Y%m%dT%H%M%S"  # UTC, of what is moved aside
# By what SQLite says where nothing is wrong with the database itself. All else means damage.
ADVICE = {
    "locked": f"another program holds the state for longer than {BUSY_S:.0f} seconds; try again, or end that program",
    "locking protocol": "too many programs want the state at once; try again",
    "disk is full": "free some room; nothing is lost, the next update goes on from here",
    "readonly": "let this user write the file and its folder",
    "unable to open": "it must be a file, in a folder, that this user may read and write",
    "disk I/O error": "the disk failed, or has no room left; look at the system's log",
}


def advice(said: str) -> str:
    """What to do where the database is not damaged; empty where it is."""
    return next((advised for words, advised in ADVICE.items() if words in said), "")


def damage(path: Path, *, thoroughly: bool = False) -> str:
    """What is wrong with the database in a clause; empty where nothing is. `thoroughly`: also what indexes say.

    Raises StateError where that cannot be found out: it is locked, or may not be read.
    """
    if not path.is_file():
        return "is not a file"
    if not path.stat().st_size:
        return "is empty"
    try:
        with closing(opened(path)) as connection:
            check = "integrity_check" if thoroughly else "quick_check"
            (said,) = connection.execute(f"PRAGMA {check}(1)").fetchone()
            wrong = connection.execute("PRAGMA foreign_key_check").fetchone() if thoroughly and said == "ok" else None
    except UNREADABLE as error:
        if advised := advice(str(error)):
            raise StateError(f"{path}: {error}: {advised}") from error
        return str(error)
    return "holds rows that belong to nothing" if wrong else "" if said == "ok" else str(said).splitlines()[0]


def schema_of(path: Path) -> str | None:
    """Version of a feedsvc database; None where it is another program's, or empty. Raises StateError if unreadable."""
    try:
        with closing(opened(path)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"alembic_version", "article", "event"} <= tables:
                return None
            (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            return str(version)
    except (*UNREADABLE, TypeError) as error:
        raise StateError(f"{path}: is no sound database: {error}") from error


def copy(source: Path, target: Path) -> None:
    """A copy as of one moment, while others read and write. Raises StateError; then the target is as it was."""
    temporary = target.with_name(f".{target.name}.new")
    try:
        temporary.unlink(missing_ok=True)
        # No more open than the state, which holds what subscribers and addresses have of secrets.
        temporary.touch(stat.S_IMODE(source.stat().st_mode))
        with closing(opened(source)) as original, closing(sqlite3.connect(temporary)) as made:
            original.backup(made)
            made.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
        if wrong := damage(temporary):
            raise StateError(f"{source}: no copy was made: {wrong}; see `feedsvc repair`")
        put_in_place(temporary, target)
    except (OSError, *UNREADABLE) as error:
        raise StateError(f"{target}: cannot write a copy of {source}: {_words(error)}; nothing was changed") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def move_aside(path: Path, word: str, now: datetime) -> Path:
    """Give the database another name, with what lies beside it: path of what is found there from then on.

    `path` itself may stay, as another name of the same file, to be replaced: at no moment is there none.
    """
    aside = path.with_name(f"{path.name}.{word}-{now:{STAMP}}")
    try:
        with suppress(*UNREADABLE), closing(sqlite3.connect(path, timeout=BUSY_S)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if path.exists():
            aside.hardlink_to(path)
        for suffix in (WAL, SHARED):
            beside = path.with_name(path.name + suffix)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + suffix))
        sync(path.parent)
    except OSError as error:
        raise StateError(f"{path}: cannot be moved aside: {error.strerror}; nothing was changed") from error
    return aside


def set_aside(path: Path, word: str) -> dict[Path, datetime]:
    """What was moved aside under that word and is there still, and when that was; the oldest first."""
    found = {}
    for aside in sorted(path.parent.glob(f"{glob.escape(path.name)}.{word}-*")):
        with suppress(ValueError):  # what lies beside one
            found[aside] = datetime.strptime(aside.name.rpartition("-")[2], STAMP).replace(tzinfo=UTC)
    return found


def put_in_place(temporary: Path, target: Path) -> None:
    """On the disk first, then under its name."""
    sync(temporary)
    temporary.replace(target)
    sync(target.parent)


def opened(path: Path) -> sqlite3.Connection:
    """For reading. Not by `mode=ro`, which cannot take over what a killed process left in the log beside it."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_S)


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
