"""The state: is it whole, of this version, of sensible size? A file is read before anything would migrate it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from feedsvc.config import Config
from feedsvc.doctor.finding import Finding, bad, ok, warn
from feedsvc.store import as_file
from feedsvc.store.copies import UNREADABLE
from feedsvc.store.database import SCHEMA_VERSION

MIB = 1 << 20
LARGEST_LOG = 256 * MIB  # of the -wal file; SQLite keeps it at a few MiB by itself
DAMAGED = "see docs/operations.md, 'When the state is damaged'; what is published stays as it is"


def state(config: Config) -> Iterator[Finding]:
    path = as_file(config.service.state, "its server was to be asked")
    if not path.exists():
        yield warn("state", f"{path}: there is none yet", "run `feedsvc update`")
        return
    try:
        with closing(read_only(path)) as connection:
            yield from _integrity(path, connection)
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            yield version(row and row[0])
    except UNREADABLE as error:
        yield bad("state", f"{path}: {error}", DAMAGED)
    yield from _log(path)


def read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=30)


def _integrity(path: Path, connection: sqlite3.Connection) -> Iterator[Finding]:
    problems = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
    if problems == ["ok"]:
        yield ok("state", f"{path}: whole, {path.stat().st_size / MIB:.1f} MiB")
    else:
        yield bad("state", f"{path}: damaged: {'; '.join(problems)}", DAMAGED)


def version(found: str | None) -> Finding:
    if found is None:
        return bad("state", "it names no schema", DAMAGED)
    if found == SCHEMA_VERSION:
        return ok("state", f"schema {found}, as this version writes it")
    if found > SCHEMA_VERSION:
        return bad("state", f"schema {found} is of a newer feedsvc than this ({SCHEMA_VERSION})", "upgrade feedsvc")
    remedy = "take a backup; the next update brings it up to date"
    return warn("state", f"schema {found} is older than this version's, {SCHEMA_VERSION}", remedy)


def _log(path: Path) -> Iterator[Finding]:
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        size = log.stat().st_size // MIB
        remedy = "a process keeps the state open for long: look for one that hangs (fuser), and end it"
        yield warn("log of the state", f"{log}: has grown to {size} MiB", remedy)
