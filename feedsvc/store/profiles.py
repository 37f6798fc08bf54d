"""What matching keeps of articles between two runs: a profile, and an outline of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from feedsvc.store.articles import in_batches
from feedsvc.store.database import upsert
from feedsvc.store.tables import article, membership, outline, profile

AT_ONCE = 4_000  # rows: what many of them hold is kept in less room than theirs


def load(connection: sa.Connection, keys: Iterable[str], version: str) -> dict[str, bytes]:
    """By article key, of those that were kept by this version."""
    found: dict[str, bytes] = {}
    for batch in in_batches(sorted(keys)):
        query = sa.select(profile.c.article, profile.c.data).where(profile.c.version == version)
        found |= {row.article: row.data for row in connection.execute(query.where(profile.c.article.in_(batch)))}
    return found


def keep(
    connection: sa.Connection, profiles: Mapping[str, bytes], outlines: Mapping[str, Mapping[str, object]], version: str
) -> None:
    """`outlines`: columns of the table."""
    if profiles:
        rows = [{"article": key, "version": version, "data": data} for key, data in profiles.items()]
        connection.execute(upsert(profile, connection), rows)
    if outlines:
        told = [{"article": key, "version": version, **columns} for key, columns in outlines.items()]
        connection.execute(upsert(outline, connection), told)


def around(
    connection: sa.Connection,
    start: datetime,
    end: datetime,
    version: str,
    *,
    columns: Collection[str],
    languages: Collection[int],
    keys: Collection[str] = (),
) -> Iterator[Sequence[sa.Row[tuple[object, ...]]]]:
    """Of every article of every event that has one between `start` and `end`, and of those with these keys: `article`,
    `event`, and the `columns` of its outline, None where this version kept none; not of those of which it is known that
    they are in other `languages`. Some thousands at a time, in any order."""
    touched = (
        sa.select(membership.c.event)
        .join(article, article.c.key == membership.c.article)
        .where(article.c.time.between(start, end))
    )
    kept = (outline.c.article == membership.c.article) & (outline.c.version == version)
    query = (
        sa.select(membership.c.article, membership.c.event, *(outline.c[name] for name in columns))
        .join_from(membership, outline, kept, isouter=True)
        .where(membership.c.event.in_(touched) | membership.c.article.in_(keys))
        .where(outline.c.language.is_(None) | outline.c.language.in_(sorted(languages)))
    )
    yield from connection.execute(query, execution_options={"yield_per": AT_ONCE}).partitions()
