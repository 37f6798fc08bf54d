"""How often a feed brings something, and what follows for asking it."""

from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.sources.rhythm import Rhythm, fresh_for, misses_entries, rhythm

START = datetime(2024, 3, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def every_hour(count: int) -> list[datetime]:
    return [START + n * HOUR for n in range(count)]


def test_the_rhythm_of_a_feed() -> None:
    known = rhythm(every_hour(9))
    assert known == Rhythm(8 * HOUR, HOUR)
    assert known.per_day == 24
    assert rhythm(list(reversed(every_hour(9)))) == known


def test_a_pinned_entry_does_not_count() -> None:
    assert rhythm([START - timedelta(days=400), *every_hour(11)]) == Rhythm(10 * HOUR, HOUR)


@pytest.mark.parametrize("times", [[], every_hour(4), [START] * 20])
def test_of_too_little_no_rhythm_is_told(times: list[datetime]) -> None:
    assert rhythm(times) is None


@pytest.mark.parametrize(
    ("max_age", "asked", "known", "fresh"),
    [
        (None, None, None, timedelta()),
        (5 * MINUTE, None, None, 5 * MINUTE),
        (5 * MINUTE, HOUR, None, HOUR),
        (None, None, Rhythm(50 * HOUR, 2 * HOUR), HOUR),
        (None, 24 * HOUR, Rhythm(10 * HOUR, HOUR), 5 * HOUR),  # else entries would come and go unseen
    ],
)
def test_how_long_nothing_new_is_to_be_expected(
    max_age: timedelta | None, asked: timedelta | None, known: Rhythm | None, fresh: timedelta
) -> None:
    assert fresh_for(max_age, asked, known) == fresh


def test_when_polling_misses_entries() -> None:
    assert misses_entries(6 * HOUR, Rhythm(5 * HOUR, 10 * MINUTE))
    assert not misses_entries(HOUR, Rhythm(5 * HOUR, 10 * MINUTE))
    assert not misses_entries(HOUR, None)
