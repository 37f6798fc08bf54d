"""The tables of the queues, in a PostgreSQL schema of their own beside the state: "public_jobs" beside "public".

Nothing there is worth keeping: a new version makes the schema anew. Called by `service`.
"""

from __future__ import annotations

import hashlib
from contextlib import closing

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import sql

from feedsvc.errors import StateError
from feedsvc.place import Address
from feedsvc.store import postgresql
from feedsvc.store.database import SCHEMA_VERSION
from feedsvc.store.jobs import GONE_AFTER_S

OURS = """
-- Which shares of the sources are being read; matching waits for those of the round that began at the same time.
CREATE TABLE share (
    number integer PRIMARY KEY,
    since timestamptz,  -- it waits, or is being read; null: it is read
    news boolean NOT NULL DEFAULT false  -- was found in it, and not yet sorted
);
-- A share was read; whether it was the last of its round. One asks after the other, so that one of them is.
CREATE FUNCTION share_read(which integer, brought boolean) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    round timestamptz;
BEGIN
    LOCK TABLE share IN SHARE ROW EXCLUSIVE MODE;
    SELECT since INTO round FROM share WHERE number = which;
    UPDATE share SET since = NULL, news = news OR brought WHERE number = which;
    RETURN NOT EXISTS (SELECT FROM share WHERE since <= round);
END $$;
-- When each host may be asked next, by whatever worker. A crash of the server loses no more of it than a second.
CREATE UNLOGGED TABLE turn (
    host text PRIMARY KEY,
    free_at timestamptz NOT NULL,
    taken integer NOT NULL  -- turns, the last time
);
-- Who is at work, for people; what Procrastinate knows of it has no names.
CREATE TABLE worker (
    name text PRIMARY KEY,
    queues text NOT NULL,
    since timestamptz NOT NULL,
    seen timestamptz NOT NULL
);
"""


def prepare(address: Address) -> str:
    """Name of the schema, which is there then. Raises StateError where workers of another version are at work."""
    try:
        with closing(postgresql.connect(address)) as connection, connection.transaction():
            return _prepare(connection, address)
    except psycopg.Error as error:
        raise StateError(f"{address}: {postgresql.plainly(error)}") from error


def _prepare(connection: psycopg.Connection[tuple[str, ...]], address: Address) -> str:
    connection.execute(f"SELECT pg_advisory_xact_lock({postgresql.key('jobs')})".encode())
    name, found = _schema(connection)
    statements = SchemaManager.get_schema() + OURS
    version = hashlib.sha256(f"{SCHEMA_VERSION}\n{statements}".encode()).hexdigest()
    if found == version:
        return name
    if found is not None:
        _refuse_while_used(connection, name, address)
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
    connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(name)))
    connection.execute(statements.encode())
    connection.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(name), sql.Literal(version)))
    return name


def _schema(connection: psycopg.Connection[tuple[str, ...]]) -> tuple[str, str | None]:
    """Its name, and what version it is of; None: there is none."""
    query = """
        SELECT name, CASE WHEN to_regnamespace(quote_ident(name)) IS NOT NULL
               THEN coalesce(obj_description(to_regnamespace(quote_ident(name)), 'pg_namespace'), '') END
        FROM (SELECT current_schema() || '_jobs' AS name) named"""
    row = connection.execute(query).fetchone()
    assert row
    return row[0], row[1]


def _refuse_while_used(connection: psycopg.Connection[tuple[str, ...]], name: str, address: Address) -> None:
    query = sql.SQL("SELECT name FROM {}.worker WHERE seen > clock_timestamp() - make_interval(secs => {})")
    rows = connection.execute(query.format(sql.Identifier(name), sql.Literal(GONE_AFTER_S))).fetchall()
    if rows:
        names = ", ".join(row[0] for row in rows)
        raise StateError(f"{address}: workers of another version of feedsvc are at work ({names}); end them first")
