"""What stays known of articles and events that left the store for their age.

Articles: a number each, so that what still lists one brings nothing new. Events: those that others refer to. Archives:
the pages that only the published files know any more. Written by `dropping` and by whoever recovers published files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from feedsvc import text
from feedsvc.store import changes
from feedsvc.store.database import insert_new, upsert
from feedsvc.store.tables import archive_page, past_article, past_count, past_event, past_yield, recovered_entry

MOST_NUMBERS = 10_000  # in one statement


@dataclass(frozen=True, slots=True)
class PastEvent:
    """Columns as of the table `past_event`."""

    id: str
    published: datetime
    title: str  # as readers know it; empty where it was never published
    language: str
    follows: str | None = None
    translates: str | None = None


@dataclass(frozen=True, slots=True)
class ArchivePage:
    feed: str  # slug
    path: str  # below the output folder
    published: datetime  # of its newest event
    event: str  # id of that event


@dataclass(frozen=True, slots=True)
class RecoveredEntry:
    feed: str  # slug
    event: str  # id
    updated: datetime


def number(key: str) -> int:
    """63 bits of the key's digest: of a million articles two share one by a chance of one in 18 million."""
    return int(text.digest(key)[:16], 16) >> 1


def articles_among(connection: sa.Connection, keys: Collection[str]) -> set[str]:
    """Those of the keys whose articles left the store."""
    numbers = {number(key): key for key in keys}
    asked = sorted(numbers)
    found: set[str] = set()
    for start in range(0, len(asked), MOST_NUMBERS):
        batch = asked[start : start + MOST_NUMBERS]
        query = sa.select(past_article.c.digest).where(past_article.c.digest.in_(batch))
        found.update(numbers[digest] for digest in connection.scalars(query))
    return found


def remember_articles(connection: sa.Connection, keys: Iterable[str]) -> None:
    rows = [{"digest": digest} for digest in sorted(set(map(number, keys)))]
    if rows:
        connection.execute(insert_new(past_article, connection), rows)


def yields(connection: sa.Connection) -> dict[str, tuple[int, datetime]]:
    """How many articles of each source left the store, and the time of the newest, by source id."""
    return {row.source: (row.articles, row.newest) for row in connection.execute(sa.select(past_yield))}


def add_yields(connection: sa.Connection, left: dict[str, tuple[int, datetime]]) -> None:
    before = yields(connection)
    rows = [
        {
            "source": source,
            "articles": count + before.get(source, (0, newest))[0],
            "newest": max(newest, before.get(source, (0, newest))[1]),
        }
        for source, (count, newest) in left.items()
    ]
    if rows:
        connection.execute(upsert(past_yield, connection), rows)


def counts(connection: sa.Connection) -> dict[str, int]:
    """How many events left the store ("events"), and how many of those more than one article reported ("merged")."""
    return {row.name: row.number for row in connection.execute(sa.select(past_count))}


def add_counts(connection: sa.Connection, left: Mapping[str, int]) -> None:
    before = counts(connection)
    rows = [{"name": name, "number": number + before.get(name, 0)} for name, number in left.items()]
    connection.execute(upsert(past_count, connection), rows)


def events(connection: sa.Connection) -> list[PastEvent]:
    """By publication, then id."""
    query = sa.select(past_event).order_by(past_event.c.published, past_event.c.id)
    return [PastEvent(**row._mapping) for row in connection.execute(query)]


def replace_events(connection: sa.Connection, kept: Iterable[PastEvent]) -> None:
    """From now on these are all that are known."""
    connection.execute(sa.delete(past_event))
    rows = [asdict(event) for event in kept]
    if rows:
        connection.execute(sa.insert(past_event), rows)
    changes.mark_all(connection)


def pages(connection: sa.Connection) -> dict[str, list[ArchivePage]]:
    """Of each feed that has any, by slug; oldest first, in the order of `paging`."""
    found: dict[str, list[ArchivePage]] = defaultdict(list)
    query = sa.select(archive_page).order_by(archive_page.c.published, archive_page.c.event.desc())
    for row in connection.execute(query):
        found[row.feed].append(ArchivePage(**row._mapping))
    return found


def remember_pages(connection: sa.Connection, new: Iterable[ArchivePage]) -> None:
    rows = [asdict(page) for page in new]
    if rows:
        connection.execute(upsert(archive_page, connection), rows)
        changes.mark_all(connection)


def recovered(connection: sa.Connection) -> list[RecoveredEntry]:
    return [RecoveredEntry(**row._mapping) for row in connection.execute(sa.select(recovered_entry))]


def remember_recovered(connection: sa.Connection, new: Iterable[RecoveredEntry]) -> None:
    rows = [asdict(entry) for entry in new]
    if rows:
        connection.execute(upsert(recovered_entry, connection), rows)
        changes.mark_all(connection)
