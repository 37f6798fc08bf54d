"""What matching keeps of articles between two runs: a profile, and an outline of it."""

from __future__ import annotations

from collections import defaultdict
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


def latest(
    connection: sa.Connection, language: int, version: str, *, start: datetime, end: datetime, most: int
) -> datetime | None:
    """When the first of the `most` latest articles of the language was that have their place, may belong to a saga and
    are from `start` and before `end`. None where there are not so many.
    """
    between = sa.select(article.c.time).where(article.c.time >= start, article.c.time < end)
    last = between.order_by(article.c.time.desc()).offset(most - 1).limit(1)
    # Nearly always there are not so many in all languages together, which the index of times alone tells.
    if connection.scalar(last) is None:
        return None
    return connection.scalar(
        last.join(outline, outline.c.article == article.c.key)
        .where(outline.c.language == language, outline.c.version == version, sa.func.length(outline.c.trace) > 0)
        .where(sa.exists().where(membership.c.article == article.c.key))
    )


def around(
    connection: sa.Connection,
    starts: Mapping[int, datetime],
    end: datetime,
    version: str,
    *,
    columns: Collection[str],
    keys: Collection[str] = (),
) -> Iterator[Sequence[sa.Row[tuple[object, ...]]]]:
    """Of every article of every event that has one between the start of its language and `end`, and of those with these
    keys: `article`, `event`, and the `columns` of its outline, None where this version kept none. Not of those of which
    it is known that they are in other languages. Some thousands at a time, in any order."""
    first = min(starts.values())
    languages: defaultdict[datetime, list[int]] = defaultdict(list)
    for language, start in sorted(starts.items()):
        languages[start].append(language)
    known = [
        outline.c.language.in_(some) & _touched(start, end) if start > first else outline.c.language.in_(some)
        for start, some in languages.items()
    ]
    kept = (outline.c.article == membership.c.article) & (outline.c.version == version)
    query = (
        sa.select(membership.c.article, membership.c.event, *(outline.c[name] for name in columns))
        .join_from(membership, outline, kept, isouter=True)
        .where(_touched(first, end) | membership.c.article.in_(keys))
        .where(sa.or_(outline.c.language.is_(None), *known))
    )
    yield from connection.execute(query, execution_options={"yield_per": AT_ONCE}).partitions()


def _touched(start: datetime, end: datetime) -> sa.ColumnElement[bool]:
    """Whether the event has an article between these."""
    between = (
        sa.select(membership.c.event)
        .join(article, article.c.key == membership.c.article)
        .where(article.c.time.between(start, end))
    )
    return membership.c.event.in_(between)
