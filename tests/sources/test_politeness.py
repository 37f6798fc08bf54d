"""One host is not bothered more often than the settings say."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.sources.politeness import Spacing


def test_starts_keep_their_distance() -> None:
    spacing = Spacing(2.0)
    assert [spacing.wait_s(10.0), spacing.wait_s(10.0), spacing.wait_s(13.0), spacing.wait_s(99.0)] == [0, 2, 1, 0]


@given(st.floats(0, 10), st.lists(st.floats(0, 20), min_size=2))
def test_no_two_starts_are_closer(spacing_s: float, gaps_s: list[float]) -> None:
    spacing, now_s, starts_s = Spacing(spacing_s), 0.0, []
    for gap_s in gaps_s:
        now_s += gap_s
        starts_s.append(now_s + spacing.wait_s(now_s))
    distances = [later - earlier for earlier, later in itertools.pairwise(starts_s)]
    assert min(distances) == pytest.approx(spacing_s) or min(distances) > spacing_s
