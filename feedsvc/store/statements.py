"""What each live source said last of each article, and what became of the article's own page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal

import sqlalchemy as sa

from feedsvc.store.articles import in_batches
from feedsvc.store.database import upsert
from feedsvc.store.tables import article, statement

PageState = Literal["", "wanted", "read", "given up"]


@dataclass(frozen=True, slots=True)
class Statement:
    source: str  # id
    article: str  # key
    digest: str  # of the words
    page: PageState = ""  # empty: none is wanted
    page_url: str = ""  # as the feed links to it
    page_tries: int = 0  # that failed


COLUMNS = [field.name for field in fields(Statement)]


def said(connection: sa.Connection, sources: Iterable[str], keys: Iterable[str]) -> dict[tuple[str, str], Statement]:
    """What these sources said of these articles, by source and article."""
    query = sa.select(statement).where(statement.c.source.in_(sorted(set(sources))))
    return {
        (row.source, row.article): Statement(**row._mapping)
        for batch in in_batches(sorted(set(keys)))
        for row in connection.execute(query.where(statement.c.article.in_(batch)))
    }


def remember(connection: sa.Connection, statements: Iterable[Statement]) -> None:
    rows = [{name: getattr(s, name) for name in COLUMNS} for s in statements]  # `asdict` copies deeply
    if rows:
        connection.execute(upsert(statement, connection), rows)


def is_any_waiting(connection: sa.Connection) -> bool:
    """Whether `waiting_for_pages` would find any."""
    return connection.scalar(sa.select(statement.c.article).where(statement.c.page == "wanted").limit(1)) is not None


def waiting_for_pages(connection: sa.Connection) -> list[Statement]:
    """Articles whose page is still wanted; the least tried first, then the newest."""
    query = (
        sa.select(statement)
        .join(article, article.c.key == statement.c.article)
        .where(statement.c.page == "wanted")
        .order_by(statement.c.page_tries, article.c.time.desc(), article.c.key)
    )
    return [Statement(**row._mapping) for row in connection.execute(query)]
