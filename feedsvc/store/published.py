"""What was published last: from what each file of the output was made, and whether anything changed since.

Triggers of the database take the mark "whole" away at every change of what publishing reads, whoever makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from feedsvc.store.database import upsert
from feedsvc.store.tables import output_file, published_whole


class Made(NamedTuple):
    """A file of the output, as it was left."""

    inputs: str  # digest of all that it was made from; empty: of nothing that is known
    size: int  # bytes
    modified_ns: int
    entries: int | None = None  # of a feed's document: how many it has


@dataclass(frozen=True, slots=True)
class Whole:
    """All that was published, while nothing has changed since."""

    inputs: str  # digest of all that went into it besides the tables that are watched
    events: int


def whole(connection: sa.Connection) -> Whole | None:
    row = connection.execute(sa.select(published_whole.c.inputs, published_whole.c.events)).one_or_none()
    return row and Whole(*row)


def files(connection: sa.Connection) -> dict[str, Made]:
    """By path below the output folder."""
    query = sa.select(
        output_file.c.path, output_file.c.inputs, output_file.c.size, output_file.c.modified_ns, output_file.c.entries
    )
    return {path: Made(*known) for path, *known in connection.execute(query)}


def remember(connection: sa.Connection, made: Mapping[str, Made], whole: Whole | None) -> None:
    """These are all files from now on."""
    known = files(connection)
    gone = [{"path_": path} for path in known.keys() - made.keys()]
    if gone:
        connection.execute(sa.delete(output_file).where(output_file.c.path == sa.bindparam("path_")), gone)
    rows = [{"path": path, **new._asdict()} for path, new in made.items() if known.get(path) != new]
    if rows:
        connection.execute(upsert(output_file, connection), rows)
    connection.execute(sa.delete(published_whole))
    if whole:
        connection.execute(sa.insert(published_whole), [{"one": 1, "inputs": whole.inputs, "events": whole.events}])
