"""What the judge answered is found again, for ever, and counted."""

from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.store import Database, verdicts

NOW = datetime(2024, 3, 4, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def remember(database: Database, question: str, said: tuple[int, ...], asked: datetime = NOW) -> None:
    with database.writing() as connection:
        verdicts.remember(connection, question, said, asked)


def answer(database: Database, question: str) -> tuple[int, ...] | None:
    with database.reading() as connection:
        return verdicts.answer(connection, question)


def count(database: Database, now: datetime = NOW) -> int:
    with database.reading() as connection:
        return verdicts.count(connection, now - DAY, now)


@pytest.mark.parametrize("said", [(), (0,), (1, 4)])
def test_an_answer_comes_back_as_it_was(database: Database, said: tuple[int, ...]) -> None:
    remember(database, "a", said)
    assert answer(database, "a") == said


def test_none_of_them_is_not_the_same_as_never_asked(database: Database) -> None:
    remember(database, "a", ())
    assert answer(database, "b") is None


def test_the_last_answer_to_a_question_holds(database: Database) -> None:
    remember(database, "a", (1,))
    remember(database, "a", (2,))
    assert answer(database, "a") == (2,)


def test_answers_of_one_day_are_counted(database: Database) -> None:
    for number, age in enumerate([timedelta(0), DAY / 2, DAY - timedelta(seconds=1), DAY, 2 * DAY]):
        remember(database, str(number), (), NOW - age)
    assert count(database) == 3


def test_a_clock_that_was_ahead_once_spends_no_budget_for_years(database: Database) -> None:
    remember(database, "a", (), NOW + 900 * DAY)
    assert count(database) == 0
