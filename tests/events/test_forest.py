"""Trees read from the model file answer as they were trained, and say what each feature added."""

from __future__ import annotations

import json
from importlib.resources import files

import numpy as np
import pytest

from bench.boosting import Booster, Settings
from feedsvc.events.features import NAMES
from feedsvc.events.forest import parse_model, plant
from feedsvc.events.shipped import model

STUMP = {
    "split": [1, -1, -1],
    "threshold": [0.5, 0, 0],
    "left": [1, -1, -1],
    "right": [2, -1, -1],
    "value": [0.1, -1, 2],
}


def test_a_row_goes_down_the_tree_by_its_features() -> None:
    forest = plant(("a", "b"), 0.25, [STUMP, STUMP])
    assert forest.log_odds(np.array([[9, 0.5], [9, 0.6]])).tolist() == [-1.75, 4.25]
    assert forest.probability(np.array([[0, 0.6]]))[0] == pytest.approx(1 / (1 + np.exp(-4.25)))


def test_contributions_add_up_to_the_answer() -> None:
    forest = model().forest
    rows = np.random.default_rng(7).uniform(0, 3, (20, len(forest.features)))
    roots = forest.base + forest.value[:, 0].sum()
    for row in rows:
        assert roots + sum(forest.contributions(row).values()) == pytest.approx(forest.log_odds(row.reshape(1, -1))[0])


def test_the_shipped_model_asks_for_the_features_that_there_are() -> None:
    assert model().forest.features == NAMES


def test_the_shipped_model_says_what_it_was_learned_from() -> None:
    document = json.loads((files("feedsvc.events") / "model.json").read_text(encoding="utf-8"))
    assert {"data", "newest", "pairs", "leaving_one_set_out"} <= document.keys()
    assert set(document["leaving_one_set_out"]) == {"pairs", "cross", "b_cubed"}


def test_a_file_that_is_no_model_is_refused() -> None:
    with pytest.raises((KeyError, ValueError)):
        parse_model('{"features": []}')


def test_trees_learn_what_one_feature_cannot_tell() -> None:
    """Exclusive or: no single feature helps, two together settle it."""
    rows = np.random.default_rng(3).uniform(0, 1, (800, 3))
    labels = ((rows[:, 0] > 0.5) ^ (rows[:, 1] > 0.5)).astype(float)
    booster = Booster(rows, labels, Settings(trees=120, rate=0.2, columns=1.0, leaves=8))
    forest = plant(("a", "b", "c"), booster.base, booster.fit())
    assert ((forest.probability(rows) > 0.5) == (labels > 0.5)).mean() > 0.95


def test_the_same_rows_and_seed_give_the_same_trees() -> None:
    rows = np.random.default_rng(3).uniform(0, 1, (200, 3))
    labels = (rows[:, 0] > 0.5).astype(float)
    one, other = (Booster(rows, labels, Settings(trees=5)).fit() for _ in range(2))
    assert one == other


def test_all_trees_at_once_answer_as_step_by_step() -> None:
    forest = model().forest
    rows = np.random.default_rng(11).uniform(0, 30, (50, len(forest.features)))
    roots = forest.base + forest.value[:, 0].sum()
    by_steps = [roots + sum(forest.contributions(row).values()) for row in rows]
    assert forest.log_odds(rows) == pytest.approx(by_steps)


def test_a_tree_with_too_many_leaves_is_refused() -> None:
    inner = 20
    deep = {
        "split": [0] * inner + [-1] * (inner + 1),
        "threshold": [0.0] * (2 * inner + 1),
        "left": list(range(inner, 2 * inner)) + [-1] * (inner + 1),
        "right": [*range(1, inner), 2 * inner] + [-1] * (inner + 1),
        "value": [0.0] * (2 * inner + 1),
    }
    with pytest.raises(ValueError, match="21 leaves"):
        plant(("a",), 0.0, [deep])
