"""What became news in a feed, from the state's journal: what `feedsvc tail` prints. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from feedsvc.notify.rows import Row
from feedsvc.store import Database, news

LAST = 10  # where nothing else is asked for


def start_after(database: Database, slug: str, since: datetime | None) -> int:
    """The cursor after which follows what was published since then; without a time, the last few."""
    with database.reading() as connection:
        if since is not None:
            return news.before_time(connection, slug, since)
        return news.before_the_last(connection, slug, LAST)


def is_ahead(database: Database, cursor: int) -> bool:
    """Whether the cursor is of another state: this one has given no such number yet."""
    with database.reading() as connection:
        last = news.last(connection)
    return last is not None and cursor > last


def rows_after(database: Database, slug: str, cursor: int) -> Iterator[Row]:
    """In order, each with its own cursor."""
    while True:
        with database.reading() as connection:
            found = news.after(connection, slug, cursor)
        if not found:
            return
        for one in found:
            cursor = one.number
            yield {"cursor": cursor, **one.data}
