"""Corrections and borderline pairs in the store."""

from __future__ import annotations

from datetime import timedelta

from feedsvc.model import Correction, Placement, Question
from feedsvc.store import Database, articles, borderline, corrections, events
from feedsvc.store.borderline import Borderline
from feedsvc.store.journal import KnownCorrection
from feedsvc.text import event_id
from tests.store.test_store import T0, article


def say(database: Database, one: str, other: str, *, same: bool, hours: float = 0) -> None:
    with database.writing() as connection:
        made = T0 + timedelta(hours=hours)
        corrections.record(connection, [KnownCorrection(Correction(one, other, same), made)])


def test_the_last_word_on_a_pair_counts_whichever_is_named_first(database: Database) -> None:
    say(database, "b", "a", same=True)
    say(database, "a", "b", same=False, hours=1)
    say(database, "c", "a", same=True, hours=2)
    with database.reading() as connection:
        assert corrections.load(connection) == [Correction("a", "b", False), Correction("a", "c", True)]
        assert [known.made for known in corrections.known(connection)] == [
            T0 + timedelta(hours=2),
            T0 + timedelta(hours=1),
        ]


def place(database: Database, *hours: float) -> list[str]:
    """Articles so many hours after T0, each an event of its own; their keys."""
    found = [article(f"dw:{number}", hours=after) for number, after in enumerate(hours)]
    with database.writing() as connection:
        articles.record(connection, found)
        placements = [Placement(a.key, event_id(a.key), founded=True, score=1.0, reason="") for a in found]
        events.record(connection, placements, {a.key: a.time for a in found})
    return [a.key for a in found]


def waiting(database: Database) -> list[Borderline]:
    with database.reading() as connection:
        return borderline.waiting(connection)


def test_pairs_wait_most_unsure_first_then_newest(database: Database) -> None:
    a, b, c, d = place(database, 0, 1, 2, 3)
    with database.writing() as connection:
        borderline.record(connection, [Question(b, (a,), (0.75,)), Question(c, (a, b), (0.25, 0.5))])
        borderline.record(connection, [Question(d, (a,), (0.75,))])
    assert [(pair.article, pair.other, pair.score) for pair in waiting(database)] == [
        (c, b, 0.5),
        (d, a, 0.75),
        (c, a, 0.25),
        (b, a, 0.75),
    ]


def test_a_pair_with_a_correction_waits_no_more(database: Database) -> None:
    a, b, c = place(database, 0, 1, 2)
    with database.writing() as connection:
        borderline.record(connection, [Question(b, (a,), (0.5,)), Question(c, (a,), (0.5,))])
    say(database, a, b, same=False)
    assert waiting(database) == [Borderline(c, a, 0.5)]


def test_a_pair_of_which_one_is_in_no_event_does_not_wait(database: Database) -> None:
    a, b = place(database, 0, 1)
    with database.writing() as connection:
        articles.record(connection, [article("dw:late", hours=2)])
        borderline.record(connection, [Question("dw:late", (a,), (0.5,)), Question(b, ("dw:gone",), (0.5,))])
    assert waiting(database) == []


def test_the_same_question_again_takes_the_place_of_the_first(database: Database) -> None:
    a, b = place(database, 0, 1)
    for score in (0.5, 0.6):
        with database.writing() as connection:
            borderline.record(connection, [Question(b, (a,), (score,))])
    assert waiting(database) == [Borderline(b, a, 0.6)]
