"""How long news takes to be published: what follows from the costs that are given, and from nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.scaling.simulation import DAY_S, LANGUAGES, LOOK_S, Steps, delays

QUICK = Steps(
    articles=DAY_S,
    read=1.0,
    read_article=0.0,
    readers=1,
    begin=(0.0,) * len(LANGUAGES),
    match_article=0.0,
    publish=1.0,
    publish_article=0.0,
)


def test_steps_follow_one_another() -> None:
    assert delays(QUICK) == (3.0, 3.0)  # read; matched at once, which is seen a second later; published
    slow = replace(QUICK, begin=(10.0, *QUICK.begin[1:]))
    assert delays(slow) == (12.0, 12.0)  # nobody publishes while somebody matches


def test_more_readers_read_faster() -> None:
    one, four = (delays(replace(QUICK, read=20.0, readers=readers)) for readers in (1, 4))
    assert (one[0] - four[0], one[1] - four[1]) == (15.0, 15.0)


def test_what_comes_while_something_is_under_way_goes_with_the_next() -> None:
    median, slowest = delays(replace(QUICK, publish=3.0 * LOOK_S))
    assert 3 * LOOK_S < median < slowest < 7 * LOOK_S


@pytest.mark.parametrize("field", ["read_article", "match_article", "publish_article"])
def test_the_busiest_hour_is_the_slowest(field: str) -> None:
    median, slowest = delays(replace(QUICK, **{field: 0.5}))  # busy for half of the time on average
    assert delays(QUICK)[1] < median < slowest


def test_what_is_late_after_the_day_counts() -> None:
    """The work of two days."""
    _, slowest = delays(replace(QUICK, publish_article=2.0))
    assert slowest > DAY_S / 2
