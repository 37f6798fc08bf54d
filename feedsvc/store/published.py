"""What was published last: from what each file of the output was made, and whether all was published at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from feedsvc.store.articles import in_batches
from feedsvc.store.database import upsert
from feedsvc.store.tables import output_file, output_folder, publication


class Made(NamedTuple):
    """A file of the output, as it was left."""

    inputs: str  # digest of all that it was made from; empty: of nothing that is known
    size: int  # bytes
    modified_ns: int
    entries: int | None = None  # of a feed's document: how many it has


@dataclass(frozen=True, slots=True)
class Whole:
    """Columns as of the table `publication`."""

    inputs: str
    status: str
    shown: int
    events: int
    merged: int
    young: datetime | None
    leaving: datetime | None
    checked: str


# Asked for each feed, so they stand ready.
FILES = sa.select(output_file.c.path, *(output_file.c[name] for name in Made._fields))
FILES_AMONG = FILES.where(output_file.c.path.in_(sa.bindparam("paths_", expanding=True)))


def whole(connection: sa.Connection) -> Whole | None:
    """None where not all was published, or is to be made anew."""
    columns = [publication.c[field.name] for field in fields(Whole)]
    row = connection.execute(sa.select(*columns)).one_or_none()
    return Whole(*row) if row else None


def files(connection: sa.Connection, paths: Iterable[str] | None = None) -> dict[str, Made]:
    """All that are known, or those of these, by path below the output folder."""
    if paths is None:
        return {path: Made(*known) for path, *known in connection.execute(FILES)}
    return {
        path: Made(*known)
        for batch in in_batches(sorted(set(paths)))
        for path, *known in connection.execute(FILES_AMONG, {"paths_": batch}).all()
    }


def paths_after(connection: sa.Connection, path: str, most: int) -> list[str]:
    """The next ones in order."""
    query = sa.select(output_file.c.path).where(output_file.c.path > path).order_by(output_file.c.path).limit(most)
    return list(connection.scalars(query))


def paths_in(connection: sa.Connection, folders: Collection[str]) -> list[str]:
    """All whose names lie directly in one of these folders."""
    if not folders:
        return []
    return [path for path in connection.scalars(sa.select(output_file.c.path)) if path.rpartition("/")[0] in folders]


def folders(connection: sa.Connection) -> dict[str, int]:
    """Stamp of each folder, by path below the output folder, as it was left."""
    return {row.path: row.modified_ns for row in connection.execute(sa.select(output_folder))}


def remember(connection: sa.Connection, made: Mapping[str, Made], gone: Iterable[str]) -> None:
    """These files are there now, and those are no longer made."""
    forgotten = [{"path_": path} for path in gone]
    if forgotten:
        connection.execute(sa.delete(output_file).where(output_file.c.path == sa.bindparam("path_")), forgotten)
    rows = [{"path": path, **new._asdict()} for path, new in made.items()]
    if rows:
        connection.execute(upsert(output_file, connection), rows)


def remember_all(connection: sa.Connection, made: Mapping[str, Made]) -> None:
    """These are all files from now on."""
    connection.execute(sa.delete(output_file))
    remember(connection, made, ())


def remember_folders(connection: sa.Connection, stamps: Mapping[str, int]) -> None:
    connection.execute(sa.delete(output_folder))
    if stamps:
        rows = [{"path": path, "modified_ns": stamp} for path, stamp in stamps.items()]
        connection.execute(sa.insert(output_folder), rows)


def remember_whole(connection: sa.Connection, whole: Whole | None) -> None:
    connection.execute(sa.delete(publication))
    if whole:
        connection.execute(sa.insert(publication), [{"one": 1, **asdict(whole)}])
