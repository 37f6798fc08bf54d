"""When a trouble begins, is told, ends, and is the same one come back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from feedsvc.model import Trouble
from feedsvc.troubles import COMES_BACK_WITHIN, KEPT, Sign, follow

NOW = datetime(2024, 3, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FAILS = Sign("failing", "harbour", "answers 500")
MAY_PASS = Sign("failing", "harbour", "answers 500", passing=True)


def after(*turns: tuple[datetime, list[Sign]]) -> list[Trouble]:
    known: list[Trouble] = []
    for now, signs in turns:
        known = follow(known, signs, now)
    return known


def test_nothing_new_changes_nothing() -> None:
    known = after((NOW, [FAILS]))
    assert follow(known, [FAILS], NOW + HOUR) == known
    over = follow(known, [], NOW + HOUR)
    assert follow(over, [], NOW + 2 * HOUR) == over


def test_what_may_pass_is_told_once_it_lasts_with_the_time_at_which_it_began() -> None:
    (noted,) = after((NOW, [MAY_PASS]))
    assert noted.changed is None
    (told,) = follow([noted], [FAILS], NOW + HOUR)
    assert (told.id, told.since, told.changed) == (noted.id, NOW, NOW + HOUR)


def test_what_passed_by_itself_leaves_nothing() -> None:
    assert after((NOW, [MAY_PASS]), (NOW + HOUR, [])) == []


def test_what_is_over_stays_told_with_its_end() -> None:
    (trouble,) = after((NOW, [FAILS]), (NOW + HOUR, []))
    assert (trouble.since, trouble.changed, trouble.ended) == (NOW, NOW + HOUR, NOW + HOUR)


def test_what_comes_back_within_a_day_is_the_same() -> None:
    before = after((NOW, [FAILS]), (NOW + HOUR, []))
    (back,) = follow(before, [FAILS], NOW + HOUR + COMES_BACK_WITHIN)
    assert (back.id, back.since, back.ended) == (before[0].id, NOW, None)
    assert back.changed == NOW + HOUR + COMES_BACK_WITHIN
    later = follow(before, [FAILS], NOW + 2 * HOUR + COMES_BACK_WITHIN)
    assert len({trouble.id for trouble in later}) == len(later) == 2


def test_other_words_are_no_other_trouble() -> None:
    (trouble,) = after((NOW, [FAILS]), (NOW + HOUR, [Sign("failing", "harbour", "goes silent")]))
    assert (trouble.problem, trouble.changed) == ("goes silent", NOW)


def test_each_kind_and_subject_is_a_trouble_of_its_own() -> None:
    signs = [FAILS, Sign("failing", "quay", "answers 500"), Sign("moved", "harbour", "has moved")]
    assert len({trouble.id for trouble in after((NOW, signs))}) == 3


def test_when_it_began_may_be_known_better() -> None:
    (trouble,) = after((NOW, [Sign("silent", "harbour", "has nothing new", since=NOW - 99 * HOUR)]))
    assert (trouble.since, trouble.changed) == (NOW - 99 * HOUR, NOW)


def test_what_is_over_is_forgotten_in_the_end_and_what_goes_on_is_not() -> None:
    known = follow([], [FAILS], NOW)
    for n in range(KEPT + 10):
        at = NOW + timedelta(days=2 * n)
        known = follow(known, [FAILS, Sign("disk", str(n), "full")], at)
    assert len(known) == KEPT + 2
    assert known[0].subject == "harbour" and known[0].ended is None
    assert "0" not in {trouble.subject for trouble in known}


def test_a_clock_that_was_set_back_begins_nothing_anew() -> None:
    before = after((NOW, [FAILS]), (NOW + HOUR, []))
    (back,) = follow(before, [FAILS], NOW - 24 * HOUR)
    assert back.id == before[0].id
