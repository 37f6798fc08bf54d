"""Which articles' outlines a run is told of, whatever keeps them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain

import pytest

from feedsvc.store import Database, profiles

from .test_store import T0, article, founded, place, record

VERSION, ONE, ANOTHER = "1", 11, 22  # languages, as numbers
OUTLINE = {"facts": b"facts", "terms": b"terms", "places": ""}


def known(
    database: Database, hour: int, *, language: int | None = ONE, trace: bytes = b"trace", placed: bool = True
) -> str:
    key = f"dw:{hour}"
    record(database, article(key, hours=hour))
    if placed:
        place(database, founded(key), hours=hour)
    with database.writing() as connection:
        profiles.keep(connection, {}, {key: OUTLINE | {"trace": trace, "language": language}}, VERSION)
    return key


def at(hour: int) -> datetime:
    return T0 + timedelta(hours=hour)


def latest(database: Database, most: int, version: str = VERSION) -> datetime | None:
    """Of those from the second hour and before the tenth."""
    with database.reading() as connection:
        return profiles.latest(connection, ONE, version, start=at(2), end=at(10), most=most)


def around(database: Database, starts: dict[int, int], *keys: str) -> set[str]:
    """Articles from these hours, by language, to the tenth."""
    with database.reading() as connection:
        hours = {language: at(hour) for language, hour in starts.items()}
        found = profiles.around(connection, hours, at(10), VERSION, columns=["facts"], keys=keys)
        return {row.article for row in chain.from_iterable(found)}


@pytest.mark.parametrize(("most", "first"), [(1, 8), (2, 6), (3, 4), (4, 2), (5, None)])
def test_the_latest_are_counted_back_from_the_end(database: Database, most: int, first: int | None) -> None:
    for hour in range(0, 12, 2):
        known(database, hour)
    assert latest(database, most) == (first and at(first))


def test_only_what_may_be_of_a_saga_in_the_language_counts_among_the_latest(database: Database) -> None:
    for hour in (2, 8):
        known(database, hour)
    known(database, 3, language=ANOTHER)
    known(database, 4, language=None)
    known(database, 5, trace=b"")
    known(database, 6, placed=False)
    assert [latest(database, most) for most in (1, 2, 3)] == [at(8), at(2), None]
    assert latest(database, 1, "of another version") is None


def test_each_language_has_its_own_start(database: Database) -> None:
    for hour in (3, 5):
        known(database, hour)
        known(database, hour + 1, language=ANOTHER)
    assert around(database, {ONE: 2}) == {"dw:3", "dw:5"}
    assert around(database, {ONE: 2, ANOTHER: 2}) == {"dw:3", "dw:4", "dw:5", "dw:6"}
    assert around(database, {ONE: 4, ANOTHER: 2}) == {"dw:4", "dw:5", "dw:6"}
    assert around(database, {ONE: 4, ANOTHER: 5}) == {"dw:5", "dw:6"}


def test_what_is_named_is_there_at_any_distance_and_what_has_no_place_is_not(database: Database) -> None:
    known(database, 0)
    known(database, 3)
    known(database, 5, placed=False)
    known(database, 11)
    assert around(database, {ONE: 2}) == {"dw:3"}
    assert around(database, {ONE: 2}, "dw:0", "dw:5") == {"dw:0", "dw:3"}


def test_of_what_was_kept_without_a_language_it_may_be_any(database: Database) -> None:
    known(database, 3, language=None)
    assert around(database, {ANOTHER: 2}) == {"dw:3"}
