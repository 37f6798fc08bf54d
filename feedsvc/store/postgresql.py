"""How a PostgreSQL server is reached: connections, and what goes wrong with them in words.

Imported only where the state has such an address. Called by `database` and `session_lock`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from feedsvc.errors import StateError
from feedsvc.place import Address
from feedsvc.store.json_text import as_json

try:
    import psycopg
    from psycopg import conninfo, errors
    from psycopg.adapt import Buffer
    from psycopg.types.json import set_json_dumps
    from psycopg.types.string import StrDumper
except ImportError as error:
    raise StateError(
        'state is a PostgreSQL address, and psycopg is missing; install it: pip install "feedsvc[postgresql]"'
    ) from error

Error, LockNotAvailable = psycopg.Error, errors.LockNotAvailable
MOST_CONNECTIONS = 4  # of one database; an update uses one or two at once
PATIENCE_S = 30  # for another writer, and for a free connection
# Unless the address says otherwise. A server that is gone without a word is given up within a minute and a half.
SETTINGS = {
    "application_name": "feedsvc",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
# So does the server, which then gives the session's locks to others; but never because nothing is asked for a while.
SESSION = (
    "-c timezone=UTC -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 "
    "-c tcp_user_timeout=25000 -c idle_session_timeout=0 -c idle_in_transaction_session_timeout=0"
)
# What to do, by the kind of error, and where no connection was made by what the server says.
ADVICE: dict[type[psycopg.Error], str] = {
    errors.LockNotAvailable: f"another program holds the state for longer than {PATIENCE_S} seconds; try again, or end "
    "that program",
    errors.DiskFull: "free some room on the server; nothing is lost, the next update goes on from here",
    errors.InsufficientPrivilege: "the user needs a schema in which it may create tables; see docs/scaling.md",
    errors.ReadOnlySqlTransaction: "give the address of a server that may be written: this is a standby",
}
REFUSED = {
    "too many|connection slots": "raise max_connections of the server, or run fewer processes",
    'database ".*" does not exist': "create the database: createdb --encoding=UTF8 NAME",
    "password": "give user and password in the address, in ~/.pgpass or in the environment; see docs/scaling.md",
    "": "see that the server runs and that the address is right; nothing is lost, the next update goes on from here",
}


class _TextDumper(StrDumper):
    """PostgreSQL's text cannot hold the character NUL. Nothing that readers see has one: what hostile servers put into
    their headers and addresses may.
    """

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)


def key(name: str, rest: str = "''") -> str:
    """SQL of the number of an advisory lock: another one for each schema and name. `rest`: of the name, in SQL."""
    return f"hashtextextended('feedsvc.' || coalesce(current_schema(), '') || '.{name}' || {rest}, 0)"


PATIENT = "feedsvc_patient"  # an option of connections that wait for their turn to write for as long as it takes
# What a transaction that writes begins with.
FOR_WRITING = (f"SET LOCAL lock_timeout = '{PATIENCE_S}s'", f"SELECT pg_advisory_xact_lock({key('write')})")
# What one begins with instead that brings articles of some publishers: never while others write, but for those that
# bring articles of other publishers. The names come in one order, so that no two wait for each other.
TOGETHER = f"SELECT pg_advisory_xact_lock_shared({key('write')})"
TURNS = f"SELECT pg_advisory_xact_lock({key('write.', 'publisher')}) FROM unnest(%s::text[]) publisher"  # noqa: S608
MOST_TURNS = 32  # locks of one transaction; the server has room for 64 of each connection that it allows


def engine(address: Address) -> sa.Engine:
    return engine_of(lambda: connect(address), pool_size=2, max_overflow=MOST_CONNECTIONS - 2, pool_timeout=PATIENCE_S)


def engine_of(creator: Callable[[], psycopg.Connection[Any]], **pool: float) -> sa.Engine:
    """With a pool of such connections."""
    made = sa.create_engine(
        "postgresql+psycopg://",
        creator=creator,
        pool_pre_ping=True,  # what the server has ended meanwhile is not used again
        **pool,
    )
    sa.event.listen(made, "begin", _begin)
    return made


def connect(address: Address) -> psycopg.Connection[Any]:
    """A connection of its own, in UTC. Raises psycopg.Error, and StateError where the database cannot hold all text."""
    given = conninfo.conninfo_to_dict(address.url)
    settings = SETTINGS | given | {"options": f"{SESSION} {given.get('options') or ''}"}
    connection = psycopg.connect(conninfo.make_conninfo("", **settings))
    connection.adapters.register_dumper(str, _TextDumper)
    set_json_dumps(as_json, connection)
    if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
        connection.close()
        raise StateError(f"{address}: the database has the encoding {encoding}; create one with --encoding=UTF8")
    return connection


def _begin(connection: sa.Connection) -> None:
    """Readers see one moment. Writers wait for one another and see what the one before them wrote, as in SQLite; only
    those that bring articles of different publishers do not.
    """
    driver = connection.connection.driver_connection
    assert driver is not None
    options = connection.get_execution_options()
    writes = options.get("feedsvc_writes", False)
    driver.read_only = not writes
    driver.isolation_level = psycopg.IsolationLevel.READ_COMMITTED if writes else psycopg.IsolationLevel.REPEATABLE_READ
    if writes:
        patience, turn = FOR_WRITING
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0" if PATIENT in options else patience)
        publishers = options.get("feedsvc_publishers")
        if publishers is None or len(publishers) > MOST_TURNS:
            connection.exec_driver_sql(turn)
            return
        connection.exec_driver_sql(TOGETHER)
        if publishers:
            connection.exec_driver_sql(TURNS, (sorted(publishers),))


@contextmanager
def said_plainly(address: Address) -> Iterator[None]:
    """Raises StateError in place of what psycopg raises."""
    try:
        yield
    except psycopg.Error as error:
        raise StateError(f"{address}: {plainly(error)}") from error


def plainly(error: BaseException | None) -> str:
    """What went wrong, in one line with what to do."""
    # Of a statement without the statement.
    said = (isinstance(error, psycopg.Error) and error.diag.message_primary) or " ".join(str(error).split())
    advice = next((words for kind, words in ADVICE.items() if isinstance(error, kind)), "")
    if not advice and isinstance(error, psycopg.OperationalError):
        advice = next(words for pattern, words in REFUSED.items() if re.search(pattern, said))
    return f"{said}: {advice}" if advice else said
