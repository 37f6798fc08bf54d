"""Saved documents: which were read, what became of each, so that an unchanged one is never read again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields

import sqlalchemy as sa

from feedsvc.model import Fault
from feedsvc.store.articles import in_batches
from feedsvc.store.database import upsert
from feedsvc.store.tables import article, document


@dataclass(frozen=True, slots=True)
class KnownDocument:
    source: str  # id of the source
    origin: str
    size: int  # bytes
    modified_ns: int
    digest: str  # sha256 of the bytes; empty if they could not be read
    article: str | None  # key of the article that it holds
    problem: str  # empty if it is good


COLUMNS = [field.name for field in fields(KnownDocument)]


def known(connection: sa.Connection, source: str) -> dict[str, KnownDocument]:
    """What is known of a source's documents, by origin."""
    query = sa.select(document).where(document.c.source == source)
    return {row.origin: KnownDocument(**row._mapping) for row in connection.execute(query)}


def remember(connection: sa.Connection, documents: Iterable[KnownDocument]) -> None:
    rows = [{name: getattr(d, name) for name in COLUMNS} for d in documents]  # `asdict` copies deeply
    if rows:
        connection.execute(upsert(document, connection), rows)


def to_forget(connection: sa.Connection, source: str, gone: Collection[str]) -> list[str]:
    """Of documents that are no longer there, those that need not be known: bad ones, and such as hold an article that
    left the store for its age.
    """
    unknown = sa.select(document.c.origin).outerjoin(article, article.c.key == document.c.article)
    query = unknown.where((document.c.source == source) & article.c.key.is_(None))
    return sorted(set(connection.scalars(query)).intersection(gone))


def forget(connection: sa.Connection, source: str, origins: Iterable[str]) -> None:
    rows = [{"o": origin} for origin in origins]
    if rows:
        connection.execute(
            sa.delete(document).where((document.c.source == source) & (document.c.origin == sa.bindparam("o"))), rows
        )


def faults(connection: sa.Connection, source: str) -> list[Fault]:
    """The bad documents of a source, by origin."""
    query = sa.select(document.c.origin, document.c.problem).where(
        (document.c.source == source) & (document.c.problem != "")
    )
    return [Fault(source, origin, problem) for origin, problem in connection.execute(query.order_by(document.c.origin))]


def all_faults(connection: sa.Connection) -> dict[str, list[Fault]]:
    """Likewise of every source that has any, by its id."""
    found: dict[str, list[Fault]] = defaultdict(list)
    query = sa.select(document.c.source, document.c.origin, document.c.problem).where(document.c.problem != "")
    for fault in connection.execute(query.order_by(document.c.source, document.c.origin)):
        found[fault.source].append(Fault(*fault))
    return found


def origins(connection: sa.Connection, keys: Collection[str] | None = None) -> dict[str, list[str]]:
    """All documents that hold each article, or each of these, by its key."""
    grouped: dict[str, list[str]] = defaultdict(list)
    query = sa.select(document.c.article, document.c.origin).where(document.c.article.is_not(None))
    query = query.order_by(document.c.origin)
    batches = [None] if keys is None else in_batches(sorted(set(keys)))
    for batch in batches:
        for key, origin in connection.execute(query if batch is None else query.where(document.c.article.in_(batch))):
            grouped[key].append(origin)
    return grouped


def article_of(connection: sa.Connection, origin: str) -> str | None:
    """Key of the article that the document at this origin holds."""
    return connection.scalar(sa.select(document.c.article).where(document.c.origin == origin).limit(1))
