"""How many articles each source brought on each day, kept while they are written: to count them would read them all.

Called by whoever writes articles, in the same transaction, and by what tells how sources are doing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime

import sqlalchemy as sa

from feedsvc.store.database import adding
from feedsvc.store.tables import article_count

ALL = ""  # in place of a day
TOTALS = sa.select(article_count.c.source, article_count.c.articles).where(
    (article_count.c.day == ALL) & (article_count.c.articles > 0)
)
NONE_LEFT = sa.delete(article_count).where(
    (article_count.c.source == sa.bindparam("whose"))
    & (article_count.c.day == sa.bindparam("when"))
    & (article_count.c.articles == 0)
)

Brought = tuple[str, datetime]  # id of the source, best known time of the article


def change(connection: sa.Connection, gone: Iterable[Brought], new: Iterable[Brought]) -> None:
    """These articles are there no longer, and those are."""
    counted: Counter[tuple[str, str]] = Counter()
    for number, brought in ((-1, gone), (1, new)):
        for source, time in brought:
            for day in (time.astimezone(UTC).date().isoformat(), ALL):
                counted[source, day] += number
    # In one order, each added to what there is: another may count articles of the same source at the same time.
    changed = [(place, number) for place, number in sorted(counted.items()) if number]
    if changed:
        rows = [{"source": source, "day": day, "articles": number} for (source, day), number in changed]
        connection.execute(adding(article_count.c.articles, connection), rows)
    if less := [{"whose": source, "when": day} for (source, day), number in changed if number < 0]:
        connection.execute(NONE_LEFT, less)


def of_sources(connection: sa.Connection) -> dict[str, int]:
    """Of each source that has any."""
    return {row.source: row.articles for row in connection.execute(TOTALS)}


def of_days(connection: sa.Connection, first: date) -> dict[str, Counter[date]]:
    """By source and day (UTC), from that day on."""
    counted: dict[str, Counter[date]] = {}
    days = article_count.c.day >= first.isoformat()
    for row in connection.execute(sa.select(article_count).where(days & (article_count.c.articles > 0))):
        counted.setdefault(row.source, Counter())[date.fromisoformat(row.day)] = row.articles
    return counted
