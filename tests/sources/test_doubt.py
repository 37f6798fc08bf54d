"""When a feed's sudden turn is held back, and when it is believed after all."""

from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.model import ServedEntry
from feedsvc.sources.doubt import BELIEVED_AFTER, Doubt, Judgement, doubt_of, judge

START = datetime(2024, 3, 4, tzinfo=UTC)


def entries(numbers: range, key: str = "k", *, hours: int = 0, same_as: int | None = None) -> list[ServedEntry]:
    """`same_as`: the number that this one's address and title are those of, counted from the range's first."""
    shift = numbers.start - same_as if same_as is not None else 0
    return [
        ServedEntry(f"{key}{n}", f"u{n - shift}", f"t{n - shift}", START + timedelta(hours=n + hours)) for n in numbers
    ]


TEN = entries(range(10))


@pytest.mark.parametrize(
    ("now", "doubt"),
    [
        (TEN, None),
        (list(reversed(TEN)), None),
        (TEN[7:], None),
        (TEN[8:], "shrunk"),
        ([], "shrunk"),
        (entries(range(9, 19)), None),
        (entries(range(10, 20)), None),
        (entries(range(10, 20), hours=-15), "old"),
        (entries(range(10), "other", same_as=0), "renamed"),
        (entries(range(100, 110), "other", same_as=0), "renamed"),
        ([ServedEntry(f"n{n}", f"nu{n}", f"nt{n}", None) for n in range(10)], "old"),
    ],
)
def test_what_is_doubted(now: list[ServedEntry], doubt: Doubt | None) -> None:
    assert doubt_of(now, TEN) == doubt


def test_a_small_feed_may_do_as_it_likes() -> None:
    assert doubt_of([], TEN[:4]) is None
    assert doubt_of(entries(range(4), "other", same_as=0), TEN[:4]) is None


def fetches(*readings: list[ServedEntry]) -> list[Judgement]:
    """What is judged of readings that follow one another, the first of them after ten believed entries."""
    believed, doubted, doubts = TEN, [], 0
    judged = []
    for now in readings:
        judgement = judge(now, believed, doubted, doubts)
        judged.append(judgement)
        doubted, doubts = (now, judgement.doubts) if judgement.doubt else ([], 0)
        believed = believed if judgement.doubt else now
    return judged


@pytest.mark.parametrize("now", [[], entries(range(10), "other", same_as=0), entries(range(10, 20), hours=-15)])
def test_what_stays_so_is_believed(now: list[ServedEntry]) -> None:
    judged = fetches(*[now] * (BELIEVED_AFTER + 1))
    assert [j.doubt is None for j in judged] == [False] * (BELIEVED_AFTER - 1) + [True, True]
    assert not any(j.ids_change for j in judged)


def test_what_changes_each_time_is_never_believed() -> None:
    judged = fetches(*(entries(range(100 * n, 100 * n + 10), hours=-5000) for n in range(1, 9)))
    assert {j.doubts for j in judged} == {1}


def test_ids_that_change_each_time_are_seen_to_do_so() -> None:
    judged = fetches(*(entries(range(10), f"{n}-", same_as=0) for n in range(BELIEVED_AFTER)))
    assert judged[-1] == Judgement(None, ids_change=True)


def test_a_turn_back_ends_the_doubt() -> None:
    judged = fetches([], TEN, [], [])
    assert [j.doubts for j in judged] == [1, 0, 1, 2]
