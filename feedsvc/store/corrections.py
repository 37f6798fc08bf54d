"""What people said of two articles: one event, or two. The last word on a pair counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from feedsvc.model import Correction
from feedsvc.store import changes
from feedsvc.store.database import upsert
from feedsvc.store.journal import KnownCorrection, ordered
from feedsvc.store.tables import correction


def record(connection: sa.Connection, said: Iterable[KnownCorrection]) -> None:
    """Keep what was said, in place of what was said of the same pairs before."""
    rows: list[dict[str, Any]] = [
        {"article": word.article, "other": word.other, "same": word.same, "made": known.made}
        for known in said
        for word in [ordered(known.correction)]
    ]
    if rows:
        connection.execute(upsert(correction, connection), rows)
        changes.mark_articles(connection, [key for row in rows for key in (row["article"], row["other"])])


def known(connection: sa.Connection) -> list[KnownCorrection]:
    """The last word on each pair with its time: newest first, then by key."""
    query = sa.select(correction).order_by(correction.c.made.desc(), correction.c.article, correction.c.other)
    return [
        KnownCorrection(Correction(row.article, row.other, row.same), row.made) for row in connection.execute(query)
    ]


def load(connection: sa.Connection) -> list[Correction]:
    """The last word on each pair, smaller key first, by key: what matching obeys."""
    query = sa.select(correction.c.article, correction.c.other, correction.c.same)
    rows = connection.execute(query.order_by(correction.c.article, correction.c.other))
    return [Correction(*row) for row in rows]
