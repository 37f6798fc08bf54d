"""When a source is asked again: every bound that the docstrings state."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.sources import schedule
from feedsvc.sources.answers import Failed, Outcome, Received, Refused, Retired, Unchanged
from feedsvc.sources.schedule import MOVES_BELIEVED, Move, next_move, pause

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FAILED = Failed("breaks the connection off")
RECEIVED = Received(b"", "", "", "")
everys = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=36_500))
waits = st.none() | st.timedeltas(min_value=timedelta(), max_value=timedelta(days=100_000))
chances = st.floats(0, 1, exclude_max=True)


def until(
    outcome: Outcome, every: timedelta, failures: int = 0, max_age: timedelta | None = None, chance: float = 0.0
) -> timedelta:
    found = pause(outcome, every, failures, max_age, chance)
    assert found is not None
    return found


def test_a_retired_source_is_never_asked_again() -> None:
    assert pause(Retired("has ended"), HOUR, 1, None, 0.5) is None


@given(everys, chances)
def test_success_is_repeated_as_wished_or_a_little_earlier(every: timedelta, chance: float) -> None:
    for outcome in (RECEIVED, Unchanged("status")):
        assert every * 0.9 <= until(outcome, every, chance=chance) <= every * 0.97


@pytest.mark.parametrize(
    ("every", "max_age", "expected"),
    [
        (HOUR, 2 * HOUR, 2 * HOUR),  # the server says that nothing will change before
        (HOUR, 30 * MINUTE, HOUR),  # the wish is not hastened
        (HOUR, 9 * HOUR, 4 * HOUR),  # at most four times the wish
        (12 * HOUR, 40 * HOUR, DAY),  # at most a day
        (3 * DAY, 9 * DAY, 3 * DAY),  # unless that is the wish
        (timedelta(), DAY, timedelta()),  # due at every update
    ],
)
def test_max_age_stretches_within_bounds(every: timedelta, max_age: timedelta, expected: timedelta) -> None:
    assert until(RECEIVED, every, max_age=max_age) == expected * 0.97


def test_failures_double_the_pause_up_to_a_day() -> None:
    pauses = [until(FAILED, HOUR, failures) for failures in range(1, 9)]
    assert pauses == [2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY, DAY, DAY, DAY]


def test_a_source_due_at_every_update_backs_off_too() -> None:
    assert [until(FAILED, timedelta(), n) for n in (1, 2)] == [10 * MINUTE, 20 * MINUTE]


@given(everys, st.integers(1, 10**9), waits, chances)
def test_bounds_after_a_failure(every: timedelta, failures: int, wait: timedelta | None, chance: float) -> None:
    found = until(Refused(503, wait, "is in trouble"), every, failures, chance=chance)
    assert max(every, min(wait or timedelta(), DAY)) <= found <= max(every, DAY)


@given(st.integers(1, 20), chances, chances)
def test_chance_spreads_over_a_quarter(failures: int, one: float, other: float) -> None:
    first, second = until(FAILED, HOUR, failures, chance=one), until(FAILED, HOUR, failures, chance=other)
    assert abs(first - second) <= max(first, second) / 4
    assert (first < second) <= (one > other)


def test_the_server_may_ask_for_more_time_but_not_for_ever() -> None:
    assert until(Refused(429, 5 * HOUR, "too many"), HOUR, 1) == 5 * HOUR
    assert until(Refused(429, MINUTE, "too many"), HOUR, 1) == 2 * HOUR
    assert until(Refused(429, 1000 * DAY, "too many"), HOUR, 1) == DAY


def test_a_redirect_is_believed_once_it_held_several_times() -> None:
    move = Move()
    for times in range(1, MOVES_BELIEVED + 1):
        assert not move.believed
        move = next_move(move, "https://new.example/feed")
        assert move.times == times
    assert move.believed


@pytest.mark.parametrize("moved_to", ["", "https://another.example/feed"])
def test_a_redirect_that_changes_is_counted_anew(moved_to: str) -> None:
    move = next_move(Move("https://new.example/feed", MOVES_BELIEVED - 1), moved_to)
    assert move.url == moved_to
    assert not move.believed


@pytest.mark.parametrize(
    ("next_due", "failures", "minutes", "due"),
    [
        (60, 0, 59, False),
        (60, 0, 60, True),
        (None, 0, 10_000, False),  # retired
        (600, 0, 119, False),
        (600, 0, 120, True),  # `every` was shortened since: four times as long as wished is the most
        (600, 2, 120, False),  # but what failed is left alone
        (60, 0, -2, True),  # a clock that was set back
        (600, 9, -2, True),
        (60, 0, -1, False),  # one that was put right
    ],
)
def test_when_a_live_source_is_due(next_due: int | None, failures: int, minutes: int, due: bool) -> None:
    checked = datetime(2024, 3, 4, tzinfo=UTC)
    planned = None if next_due is None else checked + timedelta(minutes=next_due)
    now = checked + timedelta(minutes=minutes)
    at = schedule.due_at(planned, checked, timedelta(minutes=30), failures)
    assert schedule.is_due(at, checked, now) is due


def test_a_believed_move_holds_while_it_is_followed() -> None:
    move = Move("https://new.example/", MOVES_BELIEVED)
    assert schedule.after_answer(move, "https://new.example/", "") == move
    assert schedule.after_answer(move, "https://new.example/", "https://newer.example/") == Move(
        "https://newer.example/", 1
    )
    assert schedule.after_answer(move, "https://old.example/", "") == Move()
