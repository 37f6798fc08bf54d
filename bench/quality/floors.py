"""Pinned figures: matching may not fall below them. Lowering one takes an edit of floors.json that a reviewer sees."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.measures import Score

FILE = Path(__file__).parent / "floors.json"
MEASURES = ("pairs", "cross", "b_cubed")
# Between two processors the last bits of a sum may differ, and with them an article or two.
ROOM = 0.004


def read() -> dict[str, Any]:
    return dict(json.loads(FILE.read_text(encoding="utf-8"))) if FILE.exists() else {"data": "", "sets": {}}


def write(data: str, scores: Mapping[str, Score]) -> None:
    sets = {name: {measure: round(value(s, measure), 4) for measure in MEASURES} for name, s in scores.items()}
    FILE.write_text(json.dumps({"data": data, "sets": sets}, indent=1) + "\n", encoding="utf-8")


def value(score: Score, measure: str) -> float:
    return {"pairs": score.pairs.f1, "cross": score.cross.f1, "b_cubed": score.b_cubed}[measure]


def means(pinned: Mapping[str, Any]) -> dict[str, float]:
    sets = [row for name, row in pinned["sets"].items() if ", " not in name]  # of whole articles
    return {m: round(sum(row[m] for row in sets) / len(sets), 4) for m in MEASURES} if sets else {}


def below(pinned: Mapping[str, Any], scores: Mapping[str, Score]) -> list[str]:
    """One line for each figure that has fallen."""
    return [
        f"{name}: {measure} {value(scores[name], measure):.4f} is below the floor of {floor:.4f}"
        for name, row in pinned["sets"].items()
        for measure, floor in row.items()
        if name in scores and value(scores[name], measure) < floor - ROOM
    ]


def beaten(baseline: Mapping[str, Score], scores: Mapping[str, Score]) -> list[str]:
    """One line for each figure that does not stand above that of the TF-IDF baseline of the same run."""
    return [
        f"{name}: {measure} {value(score, measure):.4f} is not above TF-IDF's {value(baseline[name], measure):.4f}"
        for name, score in scores.items()
        for measure in MEASURES
        if value(score, measure) <= value(baseline[name], measure)
    ]
