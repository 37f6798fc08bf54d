"""Opening the state: engine, pragmas, migrations, transactions.

Called by the conductors and the command line. Queries live beside this file, one per table.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from feedsvc.errors import StateError
from feedsvc.store import copies, journal

if TYPE_CHECKING:
    from alembic.config import Config

# The newest migration in `migrations/versions`; a test holds the two together.
SCHEMA_VERSION = "0009"
MEMORY = "memory"  # place of a state without a file

DAMAGED = "the state is damaged; `feedsvc repair` says how to go on; what is published stays as it is"
# By what SQLite says. All else means damage.
ADVICE = {
    "locked": "another program holds the state for longer than 30 seconds; try again, or end that program",
    "disk is full": "free some room; nothing is lost, the next update goes on from here",
    "readonly": "let this user write the file and its folder",
    "unable to open": "it must be a file, in a folder, that this user may read and write",
    "disk I/O error": "the disk failed, or has no room left; look at the system's log",
}


class Database:
    """The state of one feedsvc. `reading` and `writing` each give one transaction."""

    def __init__(self, engine: sa.Engine, place: str) -> None:
        self.engine = engine
        self.place = place  # for messages

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        with _said_plainly(self.place), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """All or nothing; a second writer waits instead of failing half-way."""
        with _said_plainly(self.place), self.engine.connect() as connection:
            connection.execution_options(feedsvc_writes=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _said_plainly(place: str) -> Iterator[None]:
    """What the database says in one line with what to do. A database may be damaged without saying so: then what it
    gave is no sense, and whoever reads it fails.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise StateError(f"{place}: {_plainly(str(error.orig))}") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        garbled = isinstance(error, json.JSONDecodeError | UnicodeDecodeError) or "datetime string" in str(error)
        if found := "holds garbled words" if garbled else place != MEMORY and copies.damage(Path(place)):
            raise StateError(f"{place}: {found}: {DAMAGED}") from error
        raise


def _plainly(said: str) -> str:
    for words, advice in ADVICE.items():
        if words in said:
            return f"{said}: {advice}"
    return f"{said}: {DAMAGED}"


def open_database(path: Path, *, create: bool = True) -> Database:
    """Open the SQLite state at `path` and bring its schema up to date; a new one begins with the journal's corrections.

    Raises StateError where it does not exist (and `create` is false), cannot be opened, is no database,
    or was written by a newer feedsvc, and where the journal of a new one cannot be read.
    """
    if not create and not path.exists():
        raise StateError(f"{path}: no state yet; run `feedsvc update` first")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(f"{path.parent}: cannot create the folder for the state: {error.strerror}") from error
    database = Database(_sqlite_engine(path), str(path))
    try:
        migrate(database, lambda connection: journal.restore(connection, journal.journal_of(path)))
    except BaseException:
        database.close()
        raise
    return database


def memory_database() -> Database:
    """A state that lives as long as the object: for tests and trials."""
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    _listen(engine)
    database = Database(engine, MEMORY)
    migrate(database)
    return database


def _sqlite_engine(path: Path) -> sa.Engine:
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": 30})
    _listen(engine)
    return engine


def _listen(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # We begin transactions ourselves: the driver's own way leaves DDL outside of them.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("feedsvc_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def migrate(database: Database, fill: Callable[[sa.Connection], None] | None = None) -> None:
    """Bring the schema to SCHEMA_VERSION; costs one query where it is there already.

    `fill` is called once, in the transaction that gives an empty database its schema.
    """
    found = schema_version(database)
    if found == SCHEMA_VERSION:
        return
    # Alembic takes a tenth of a second to import: only where there is something to do.
    from alembic import command  # noqa: PLC0415

    if found is not None and not is_known_version(found):
        raise StateError(f"{database.place}: written by a newer feedsvc (schema {found}); upgrade feedsvc to use it")
    alembic = _alembic()
    if found is not None:
        _copy_before(database)
    with database.writing() as connection:
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")
        if found is None and fill is not None:
            fill(connection)


def _alembic() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    alembic = Config()
    alembic.set_main_option("script_location", "feedsvc.store:migrations")
    alembic.set_main_option("path_separator", "os")
    return alembic


def is_known_version(version: str) -> bool:
    """Whether a state with this schema can be brought up to date."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return version in {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def _copy_before(database: Database) -> None:
    """The state as the older feedsvc knows it, so that there is a way back. Only the latest such copy is kept."""
    if database.place == MEMORY:
        return
    path = Path(database.place)
    copy = path.with_name(f"{path.name}.before-{SCHEMA_VERSION}")
    copies.copy(path, copy)
    for older in path.parent.glob(f"{path.name}.before-*"):
        if older != copy:
            older.unlink(missing_ok=True)


def schema_version(database: Database) -> str | None:
    """Version that the database is at; None for an empty one. Raises StateError if it is another program's."""
    with database.reading() as connection:
        tables = set(sa.inspect(connection).get_table_names())
        if "alembic_version" in tables:
            version: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            return version
        if tables:
            raise StateError(f"{database.place}: a database of another program; give [service] state a path of its own")
        return None


def upsert(table: sa.Table, connection: sa.Connection) -> Any:
    """INSERT … ON CONFLICT (primary key) DO UPDATE of every column that is given, in the connection's dialect."""
    return _upsert(table, connection.dialect.name)


def insert_new(table: sa.Table, connection: sa.Connection) -> Any:
    """INSERT … ON CONFLICT DO NOTHING, in the connection's dialect."""
    return _insert(table, connection.dialect.name).on_conflict_do_nothing()


def _insert(table: sa.Table, dialect: str) -> Any:
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


@functools.cache
def _upsert(table: sa.Table, dialect: str) -> Any:
    statement = _insert(table, dialect)
    keys = [column.name for column in table.primary_key]
    changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)
