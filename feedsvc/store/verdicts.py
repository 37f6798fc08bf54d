"""What the judge answered, for ever: a question is asked once, and what it costs is counted here."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from feedsvc.store.database import upsert
from feedsvc.store.tables import verdict


def answer(connection: sa.Connection, question: str) -> tuple[int, ...] | None:
    """Numbers of the candidates that report the same event; None where the question was never answered."""
    found = connection.scalar(sa.select(verdict.c.answer).where(verdict.c.question == question))
    return None if found is None else tuple(found)


def remember(connection: sa.Connection, question: str, said: tuple[int, ...], asked: datetime) -> None:
    connection.execute(upsert(verdict, connection).values(question=question, answer=list(said), asked=asked))


def count(connection: sa.Connection, after: datetime, until: datetime) -> int:
    """How many questions were answered after one moment, up to another."""
    within = (verdict.c.asked > after) & (verdict.c.asked <= until)
    return connection.scalar(sa.select(sa.func.count()).select_from(verdict).where(within)) or 0
