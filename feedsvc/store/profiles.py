"""What matching keeps of articles between two runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from feedsvc.store.articles import in_batches
from feedsvc.store.database import upsert
from feedsvc.store.tables import profile


def load(connection: sa.Connection, keys: Iterable[str], version: str) -> dict[str, bytes]:
    """By article key, of those that were kept by this version."""
    found: dict[str, bytes] = {}
    for batch in in_batches(sorted(keys)):
        query = sa.select(profile.c.article, profile.c.data).where(profile.c.version == version)
        found |= {row.article: row.data for row in connection.execute(query.where(profile.c.article.in_(batch)))}
    return found


def keep(connection: sa.Connection, profiles: Mapping[str, bytes], version: str) -> None:
    rows = [{"article": key, "version": version, "data": data} for key, data in profiles.items()]
    if rows:
        connection.execute(upsert(profile, connection), rows)
