"""The state on a PostgreSQL server: does it answer, is it fit, of this version, and what does its clock say?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from feedsvc.doctor.finding import Finding, bad, ok, warn
from feedsvc.doctor.state import version
from feedsvc.errors import StateError
from feedsvc.place import Address
from feedsvc.store.database import Database, as_it_is, schema_version

MIB = 1 << 20
OLDEST = 14  # version of PostgreSQL that is still looked after by its makers
ASKED = sa.text("SELECT current_setting('server_version'), current_setting('server_version_num'), clock_timestamp()")
SKEW_AT_MOST = timedelta(minutes=5)


def server(address: Address) -> Iterator[Finding]:
    try:
        with closing(as_it_is(address)) as database:
            yield from _condition(database)
            found = schema_version(database)
    except StateError as error:
        yield bad("state", str(error), "see docs/scaling.md, 'PostgreSQL'; what is published stays as it is")
        return
    yield version(found) if found else warn("state", f"{address}: there is none yet", "run `feedsvc update`")


def _condition(database: Database) -> Iterator[Finding]:
    asked = datetime.now(UTC)
    with database.reading() as connection:
        named, number, clock = connection.execute(ASKED).one()
    took = datetime.now(UTC) - asked
    words = f"{database.name}: PostgreSQL {named.split()[0]}, {database.size() / MIB:.1f} MiB"
    if int(number) // 10_000 < OLDEST:
        yield warn("state", words, f"upgrade the server: its makers look after version {OLDEST} and newer")
    else:
        yield ok("state", f"{words}, answers in {took / timedelta(milliseconds=1):.1f} ms")
    ahead = clock - asked - took / 2
    if abs(ahead) > SKEW_AT_MOST:
        minutes = round(abs(ahead) / timedelta(minutes=1))
        words = f"this machine's is {minutes} minutes {'behind' if ahead > timedelta() else 'ahead of'} the server's"
        yield bad("clock", words, "have both set over the network (timedatectl set-ntp true)")
