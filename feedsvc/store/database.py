"""Opening the state: engine, pragmas, migrations, transactions.

Called by the conductors and the command line. Queries live beside this file, one per table.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from feedsvc.errors import DamagedError, NewerError, StateError
from feedsvc.place import Address, Place
from feedsvc.store import copies, journal
from feedsvc.store.json_text import as_json
from feedsvc.store.lock import Fence

if TYPE_CHECKING:
    from alembic.config import Config

# The newest migration in `migrations/versions`; a test holds the two together.
SCHEMA_VERSION = "0013"
MOST_NAMES = 10_000  # in one statement: SQLite takes 32,766 parameters, PostgreSQL's driver 65,535
UNFINISHED = "copy-"  # how the version of a state begins that is being copied from another
CACHE_KIB = 4 * 1024  # of SQLite's pages, by connection; its own 2 MiB are less than one update goes through
MEMORY = "memory"  # name of a state that lies nowhere
BESIDE = ("lock_holder", "procrastinate_")  # tables that are no part of the state: of the lock, of the workers' queue

DAMAGED = "the state is damaged; `feedsvc repair` says how to go on; what is published stays as it is"
# What reading a database ends in that is damaged without saying so.
NO_SENSE = (ValueError, LookupError, TypeError, AttributeError)


class Database:
    """The state of one feedsvc. `reading` and `writing` each give one transaction."""

    def __init__(self, engine: sa.Engine, place: Place | None, fence: Fence | None = None) -> None:
        self.engine = engine
        self.place = place  # None: in memory
        self.name = str(place or MEMORY)  # for messages
        self._fence = fence

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """The state as of one moment."""
        with _said_plainly(self.place), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, publishers: Collection[str] | None = None) -> Iterator[sa.Connection]:
        """All or nothing; a second writer waits instead of failing half-way.

        `publishers`: nothing is written but articles of theirs with what follows from them (revisions, statements,
        counts, marks of change), and what is known of sources that the caller alone reads. On a server that may happen
        beside others who write of other publishers.
        """
        with _said_plainly(self.place), self.engine.connect() as connection:
            connection.execution_options(feedsvc_writes=True, feedsvc_publishers=publishers)
            with connection.begin():
                if self._fence:
                    self._fence(connection)
                yield connection

    def fenced(self, fence: Fence) -> Database:
        """The same database, for who holds a lock: `fence` is asked in each transaction that writes."""
        return Database(self.engine, self.place, fence)

    def size(self) -> int:
        """Bytes, with all that belongs to it on a server."""
        if isinstance(self.place, Path):
            return self.place.stat().st_size
        with self.reading() as connection:
            return connection.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _said_plainly(place: Place | None) -> Iterator[None]:
    """What the database says in one line with what to do. A database may be damaged without saying so: then what it
    gave is no sense, and whoever reads it fails.
    """
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise StateError(f"{place}: all connections are in use; try again") from error
    except sa.exc.DBAPIError as error:
        raise _meaning(error, place) from error
    except NO_SENSE as error:
        garbled = isinstance(error, json.JSONDecodeError | UnicodeDecodeError) or "isoformat string" in str(error)
        if found := "holds garbled words" if garbled else isinstance(place, Path) and copies.damage(place):
            raise DamagedError(f"{place}: {found}: {DAMAGED}") from error
        raise


def _meaning(error: sa.exc.DBAPIError, place: Place | None) -> StateError:
    if isinstance(place, Address):
        from feedsvc.store import postgresql  # noqa: PLC0415 - needs what only PostgreSQL's users have

        return StateError(f"{place}: {postgresql.plainly(error.orig)}")
    if advice := copies.advice(str(error.orig)):
        return StateError(f"{place}: {error.orig}: {advice}")
    return DamagedError(f"{place}: {error.orig}: {DAMAGED}")


def as_file(place: Place, instead: str) -> Path:
    """The state's file. Raises StateError where it lies on a server, with what to do `instead`."""
    if isinstance(place, Address):
        raise StateError(f"{place}: this is for a state in a file; {instead}")
    return place


def has_state(place: Place) -> bool:
    """Whether there is one already. Raises StateError where a server cannot be asked."""
    if not isinstance(place, Address):
        return place.exists()
    with closing(as_it_is(place)) as database:
        return schema_version(database) is not None


def as_it_is(place: Place, fence: Fence | None = None) -> Database:
    """The state as it stands, its schema not looked at: for who looks into that, or brings all of it elsewhere."""
    return Database(_engine(place), place, fence)


def open_database(place: Place, *, create: bool = True, fence: Fence | None = None) -> Database:
    """Open the state and bring its schema up to date; a new one in a file begins with the journal's corrections.

    `fence` is what `sole_writer` gave: it is asked in each transaction that writes. Raises StateError where the state
    does not exist (and `create` is false), cannot be opened or is no database, and where the journal of a new one
    cannot be read; NewerError where it was written by a newer feedsvc.
    """
    if not create and not has_state(place):
        raise StateError(f"{place}: no state yet; run `feedsvc update` first")
    database = as_it_is(place, fence)
    try:
        migrate(database, _beginning(place))
    except BaseException:
        database.close()
        raise
    return database


def _beginning(place: Place) -> Callable[[sa.Connection], None] | None:
    """What a new state begins with."""
    if isinstance(place, Address):
        return None
    return lambda connection: journal.restore(connection, journal.journal_of(place))


def memory_database() -> Database:
    """A state that lives as long as the object: for tests and trials."""
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool, json_serializer=as_json)
    _listen(engine)
    database = Database(engine, None)
    migrate(database)
    return database


def _engine(place: Place) -> sa.Engine:
    if isinstance(place, Address):
        from feedsvc.store import postgresql  # noqa: PLC0415 - needs what only PostgreSQL's users have

        return postgresql.engine(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(f"{place.parent}: cannot create the folder for the state: {error.strerror}") from error
    url = sa.URL.create("sqlite", database=str(place))
    engine = sa.create_engine(url, connect_args={"timeout": copies.BUSY_S}, json_serializer=as_json)
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
        cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
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

    if found is not None and found.startswith(UNFINISHED):
        raise StateError(f"{database.name}: an unfinished copy of another state; run `feedsvc migrate-state` again")
    if found is not None:
        _refuse_newer(database, found)
    alembic = _alembic()
    if found is not None:
        _copy_before(database)
    with database.writing() as connection:
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")
        if found is None and fill is not None:
            fill(connection)


def refuse_newer(database: Database) -> None:
    """For who keeps it open. Raises NewerError where a newer feedsvc has brought it further meanwhile."""
    with database.reading() as connection:
        found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    if found != SCHEMA_VERSION:
        _refuse_newer(database, found)


def _refuse_newer(database: Database, found: str) -> None:
    if not is_known_version(found):
        raise NewerError(f"{database.name}: written by a newer feedsvc (schema {found}); upgrade feedsvc to use it")


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
    path = database.place
    if not isinstance(path, Path):
        return  # of a server's database whoever runs it keeps copies
    copy = path.with_name(f"{path.name}.before-{SCHEMA_VERSION}")
    copies.copy(path, copy)
    for older in path.parent.glob(f"{path.name}.before-*"):
        if older != copy:
            older.unlink(missing_ok=True)


def schema_version(database: Database) -> str | None:
    """Version that the database is at; None for an empty one. Raises StateError if it is another program's."""
    with database.reading() as connection:
        tables = {name for name in sa.inspect(connection).get_table_names() if not name.startswith(BESIDE)}
        if "alembic_version" in tables:
            version: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            return version
        if tables:
            advice = "give [service] state a path or database of its own"
            raise StateError(f"{database.name}: a database of another program; {advice}")
        return None


def upsert(table: sa.Table, connection: sa.Connection) -> Any:
    """INSERT … ON CONFLICT (primary key) DO UPDATE of every column that is given, in the connection's dialect."""
    return _upsert(table, connection.dialect.name)


def rows_of(
    connection: sa.Connection, query: sa.Select[Any], column: sa.Column[str], among: Collection[str] | None
) -> Iterator[sa.Row[Any]]:
    """What the query finds; where names are given, only the rows of those."""
    if among is None:
        yield from connection.execute(query)
        return
    names = sorted(among)
    for start in range(0, len(names), MOST_NAMES):
        yield from connection.execute(query.where(column.in_(names[start : start + MOST_NAMES])))


def insert_new(table: sa.Table, connection: sa.Connection) -> Any:
    """INSERT … ON CONFLICT DO NOTHING, in the connection's dialect."""
    return _insert(table, connection.dialect.name).on_conflict_do_nothing()


def adding(column: sa.Column[int], connection: sa.Connection) -> Any:
    """INSERT … ON CONFLICT (primary key) DO UPDATE that adds to the number there, in the connection's dialect."""
    statement = _insert(column.table, connection.dialect.name)
    keys = [key.name for key in column.table.primary_key]
    added = {column.name: column + statement.excluded[column.name]}
    return statement.on_conflict_do_update(index_elements=keys, set_=added)


def _insert(table: sa.Table, dialect: str) -> Any:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - needs what only PostgreSQL's users have

        return postgresql.insert(table)
    return sqlite.insert(table)


@functools.cache
def _upsert(table: sa.Table, dialect: str) -> Any:
    statement = _insert(table, dialect)
    keys = [column.name for column in table.primary_key]
    changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)
