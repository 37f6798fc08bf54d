"""The measures, against examples worked out by hand."""

from __future__ import annotations

import pytest

from bench.measures import b_cubed, score

SOURCE = {"a": "x", "b": "y", "c": "x", "d": "y"}
TRUTH = {"a": "1", "b": "1", "c": "1", "d": "2"}


def test_perfect() -> None:
    found = score(TRUTH, TRUTH, TRUTH, SOURCE)
    assert (found.pairs.f1, found.cross.f1, found.b_cubed) == (1, 1, 1)


def test_worked_out_by_hand() -> None:
    """Predicted {a b} {c d}; true {a b c} {d}: of the pairs ab, cd only ab is right, of ab, ac, bc only ab is found."""
    predicted = {"a": "p", "b": "p", "c": "q", "d": "q"}
    found = score(predicted, TRUTH, TRUTH, SOURCE)
    assert (found.pairs.precision, found.pairs.recall) == (1 / 2, 1 / 3)
    assert (found.cross.precision, found.cross.recall) == (1 / 2, 1 / 2)  # ab and cd found, ab and bc true
    precision, recall = (1 + 1 + 1 / 2 + 1 / 2) / 4, (2 / 3 + 2 / 3 + 1 / 3 + 1) / 4
    assert found.b_cubed == pytest.approx(2 * precision * recall / (precision + recall))


def test_pairs_that_annotators_disagree_about_are_left_out() -> None:
    second = {"a": "1", "b": "1", "c": "3", "d": "2"}  # ac and bc are disputed
    found = score(TRUTH, TRUTH, second, SOURCE)
    assert (found.pairs.precision, found.pairs.recall) == (1, 1)
    assert found.b_cubed == pytest.approx((1 + b_cubed(TRUTH, second)) / 2)


def test_always_alone_has_no_recall() -> None:
    found = score({key: key for key in TRUTH}, TRUTH, TRUTH, SOURCE)
    assert (found.pairs.precision, found.pairs.recall, found.pairs.f1) == (1, 0, 0)
