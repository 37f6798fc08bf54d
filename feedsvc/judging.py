"""Asks the judge what the score could not decide: first what it has answered before, then the budget, then the judge.

Joins configuration, store and judge; decides nothing about events. A conductor hands `Judging.ask` to the matcher and
must hold no transaction while it is called: each answer is kept at once, since it may have been paid for.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Self

from feedsvc.config import JudgeSettings
from feedsvc.errors import ConfigError
from feedsvc.judge import Brief, Judge, digest
from feedsvc.model import Article, Question
from feedsvc.store import Database, articles, verdicts

BUDGET_PERIOD = timedelta(days=1)


class Judging:
    """The judge of one update. Raises ConfigError where the key that the configuration names cannot be had."""

    def __init__(self, settings: JudgeSettings, database: Database, now: datetime) -> None:
        self._judge = Judge(settings.url, settings.model, api_key(settings), settings.timeout)
        self._model = settings.model
        self._database = database
        self._now = now
        self._budget = settings.budget
        self._left = settings.budget - self._spent()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._judge.close()

    def ask(self, question: Question) -> tuple[int, ...] | None:
        """Numbers, from 0, of the candidates that report the same event; None: no answer, so the score decides."""
        with self._database.reading() as connection:
            # Matching looks at the revision captured first, so the judge does too: a rebuild asks nothing anew.
            found = articles.first(connection, (question.article, *question.candidates))
            if not question.candidates or not found.keys() >= {question.article, *question.candidates}:
                return None
            article, *candidates = (brief(found[key]) for key in (question.article, *question.candidates))
            name = digest(self._model, article, candidates)
            known = verdicts.answer(connection, name)
        return self._ask(name, article, candidates) if known is None else known

    def _ask(self, name: str, article: Brief, candidates: list[Brief]) -> tuple[int, ...] | None:
        if self._judge.silent or self._left <= 0 or self._spent() >= self._budget:
            return None
        self._left -= 1  # what fails may have cost something, too
        answer = self._judge.ask(article, candidates)
        if answer is not None:
            with self._database.writing() as connection:
                verdicts.remember(connection, name, answer, self._now)
        return answer

    def _spent(self) -> int:
        """By all who match at once, too; what they ask just now comes on top."""
        with self._database.reading() as connection:
            return verdicts.count(connection, self._now - BUDGET_PERIOD, self._now + BUDGET_PERIOD)


def brief(article: Article) -> Brief:
    """What the judge gets to see of an article: no text beyond the lead, no address."""
    return Brief(article.title, article.lead, article.publisher_name, article.time)


def api_key(settings: JudgeSettings) -> str:
    """The key itself; empty where none is configured. Raises ConfigError, which never repeats what it found."""
    if not settings.api_key_env:
        return ""
    key = os.environ.get(settings.api_key_env, "").strip()
    where = f"[dedup.judge] · api_key_env: the environment variable {settings.api_key_env}"
    if not key:
        raise ConfigError(f"{where} is not set; set it for whoever runs feedsvc, or take api_key_env out")
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise ConfigError(f"{where} holds no key: only ASCII without blanks can be sent; set it again")
    return key
