"""Pairs of articles that the score was unsure about, waiting for a person's word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from feedsvc.model import Question
from feedsvc.store.database import upsert
from feedsvc.store.tables import article, borderline, correction, membership


@dataclass(frozen=True, slots=True)
class Borderline:
    article: str  # key
    other: str  # key of the closest article of the event in question
    score: float  # probability that both report one event, when the article came


def record(connection: sa.Connection, questions: Iterable[Question]) -> None:
    """Keep every pair that the matcher was unsure about. The articles must be in the store."""
    rows = [
        {"article": question.article, "other": other, "score": score}
        for question in questions
        for other, score in zip(question.candidates, question.scores, strict=True)
    ]
    if rows:
        connection.execute(upsert(borderline, connection), rows)


def waiting(connection: sa.Connection) -> list[Borderline]:
    """Pairs without a correction whose articles both stand in events: most unsure first, then newest."""
    one, other = membership.alias(), membership.alias()
    corrected = sa.exists().where(
        ((correction.c.article == borderline.c.article) & (correction.c.other == borderline.c.other))
        | ((correction.c.article == borderline.c.other) & (correction.c.other == borderline.c.article))
    )
    query = (
        sa.select(borderline.c.article, borderline.c.other, borderline.c.score)
        .join(article, article.c.key == borderline.c.article)
        .join(one, one.c.article == borderline.c.article)
        .join(other, other.c.article == borderline.c.other)
        .where(~corrected)
        .order_by(
            sa.func.abs(borderline.c.score - 0.5), article.c.time.desc(), borderline.c.article, borderline.c.other
        )
    )
    return [Borderline(*row) for row in connection.execute(query)]
