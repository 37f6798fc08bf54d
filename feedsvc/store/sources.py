"""How each source is doing: when it was read last, how that went, what it has brought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from feedsvc.store import past, tallies
from feedsvc.store.database import rows_of, upsert
from feedsvc.store.tables import article, article_count, source

OK = "ok"  # outcome of a reading without a fault


@dataclass(frozen=True, slots=True)
class SourceState:
    checked: datetime  # by the wall clock
    outcome: str  # "ok", or the fault in words


@dataclass(frozen=True, slots=True)
class Yield:
    articles: int
    newest: datetime


def states(connection: sa.Connection, among: Collection[str] | None = None) -> dict[str, SourceState]:
    """By source id, of all or of those named; a source never read is missing."""
    rows = rows_of(connection, sa.select(source), source.c.id, among)
    return {row.id: SourceState(row.checked, row.outcome) for row in rows}


def remember(connection: sa.Connection, id_: str, state: SourceState) -> None:
    remember_all(connection, {id_: state})


def remember_all(connection: sa.Connection, known: Mapping[str, SourceState]) -> None:
    """By source id."""
    rows = [{"id": id_, "checked": state.checked, "outcome": state.outcome} for id_, state in sorted(known.items())]
    if rows:
        connection.execute(upsert(source, connection), rows)


def yields(connection: sa.Connection) -> dict[str, Yield]:
    """Articles and the newest one's time, by source id; also of articles that left the store since."""
    # The newest one of each from the index: to group by source would read all of it.
    newest_of = sa.select(sa.func.max(article.c.time)).where(article.c.source == article_count.c.source)
    rows = connection.execute(tallies.TOTALS.add_columns(newest_of.scalar_subquery().label("newest")))
    found = {row.source: Yield(row.articles, row.newest) for row in rows}
    for id_, (count, newest) in past.yields(connection).items():
        here = found.get(id_, Yield(0, newest))
        found[id_] = Yield(here.articles + count, max(here.newest, newest))
    return found


def by_day(connection: sa.Connection, first: date) -> dict[str, Counter[date]]:
    """Articles by source id and day (UTC), from that day on."""
    return tallies.of_days(connection, first)


def newest_capture(connection: sa.Connection) -> datetime | None:
    """When an article was captured last, by the clock of whoever captured it."""
    newest: datetime | None = connection.scalar(sa.select(sa.func.max(article.c.first_seen)))
    return newest
