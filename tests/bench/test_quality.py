"""The gate: matching on the labelled articles, and the gate's own arithmetic."""

from __future__ import annotations

import importlib.util
import json
import random
from pathlib import Path

import pytest

from bench.measures import PairScore, Score, score
from bench.quality import floors
from bench.quality.__main__ import gate, measure
from bench.saved import SHARED, data_digest, set_names

needs_shared = pytest.mark.skipif(not (SHARED / "labels").is_dir(), reason="the labelled articles are not here")


def scored(pairs: float, cross: float, b_cubed: float) -> Score:
    return Score(PairScore(pairs, pairs), PairScore(cross, cross), b_cubed)


def test_a_figure_below_its_floor_is_named() -> None:
    pinned = {"data": "d", "sets": {"one": {"pairs": 0.8, "cross": 0.8, "b_cubed": 0.9}}}
    assert floors.below(pinned, {"one": scored(0.8, 0.8, 0.9)}) == []
    assert floors.below(pinned, {"one": scored(0.7, 0.8, 0.9)}) == ["one: pairs 0.7000 is below the floor of 0.8000"]


def test_a_figure_that_does_not_beat_the_baseline_is_named() -> None:
    assert floors.beaten({"one": scored(0.5, 0.5, 0.8)}, {"one": scored(0.6, 0.6, 0.9)}) == []
    assert len(floors.beaten({"one": scored(0.6, 0.6, 0.9)}, {"one": scored(0.6, 0.6, 0.9)})) == 3


@pytest.mark.shared
@needs_shared
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)  # the tool's own
@pytest.mark.parametrize("name", set_names())
def test_our_measures_are_those_of_the_labels_own_tool(name: str) -> None:
    """On a random grouping of a real set, where annotators disagree in places."""
    tool = importlib.util.spec_from_file_location("score_tool", SHARED / "tools" / "score.py")
    assert tool is not None
    assert tool.loader is not None
    module = importlib.util.module_from_spec(tool)
    tool.loader.exec_module(module)
    labels = SHARED / "labels" / f"{name}.jsonl"
    first, second, source = module.load_labels(labels)
    chance = random.Random(5)
    predicted = {
        key: event if chance.random() < 0.7 else f"moved-{chance.randrange(40)}" for key, event in first.items()
    }
    theirs, ours = module.score(labels, predicted), score(predicted, first, second or first, source)
    assert ours.pairs.f1 == pytest.approx(theirs["pairs"]["f1"], abs=1e-4)
    assert ours.cross.f1 == pytest.approx(theirs["cross"]["f1"], abs=1e-4)
    assert ours.b_cubed == pytest.approx(theirs["b3"], abs=1e-4)


@pytest.mark.shared
@pytest.mark.slow
@needs_shared
def test_matching_stands_above_its_floors() -> None:
    assert gate(measure(SHARED), data_digest()) == []


@pytest.mark.shared
@needs_shared
def test_the_floors_and_the_model_are_of_these_very_articles() -> None:
    model = Path(__file__).parent.parent.parent / "feedsvc" / "events" / "model.json"
    assert floors.read()["data"] == json.loads(model.read_text(encoding="utf-8"))["data"] == data_digest()
