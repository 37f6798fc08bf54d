"""Evidence on whether two articles report the same event, as numbers: one article against many at a time.

Pure. The order of NAMES is the order of columns; a model names the columns that it was trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.profile import TERM_SPACE, Profile, Sparse

Matrix = NDArray[Any]
NAMES = (
    "title_cosine",
    "lead_cosine",
    "body_cosine",
    "title_in_lead_max",
    "title_in_lead_min",
    "title_in_body_max",
    "title_in_body_min",
    "lead_in_body_max",
    "lead_in_body_min",
    "title_shared",
    "title_shared_top",
    "lead_shared",
    "lead_shared_top",
    "body_shared",
    "body_shared_top",
    "body_shared_count",
    "triples_cosine",
    "triples_shared",
    "triples_shared_top",
    "names_cosine",
    "names_shared",
    "names_known",
    "numbers_cosine",
    "numbers_shared",
    "numbers_known",
    "title_numbers_shared",
    "title_numbers_conflict",
    "days_shared",
    "days_apart_main",
    "day_own_apart",
    "days_conflict",
    "hours_apart",
    "same_publisher",
    "length_min",
    "length_ratio",
    "title_mass_min",
    "title_mass_max",
    "reference",
    "picture",
    "alone",
)


class Scratch:
    """A dense row of the term space, to look up one article's weights for many others at once."""

    def __init__(self) -> None:
        self._row = np.zeros(TERM_SPACE, dtype=np.float32)

    def against(self, one: Sparse, ids: Matrix) -> Matrix:
        """The weight that each of the `ids` has in `one`; 0 where it is absent."""
        self._row[one.ids] = one.weights
        found = self._row[ids]
        self._row[one.ids] = 0
        return found


class Block:
    """One field of many articles, laid end to end."""

    def __init__(self, vectors: Sequence[Sparse]) -> None:
        self.count = len(vectors)
        self.ids = np.concatenate([v.ids for v in vectors])
        self.weights = np.concatenate([v.weights for v in vectors])
        self.owner = np.repeat(np.arange(self.count), [len(v.ids) for v in vectors])
        self.norm = np.array([v.norm for v in vectors])
        self.mass = self.total(self.weights)

    def total(self, values: Matrix) -> Matrix:
        return np.bincount(self.owner, values, self.count).astype(np.float64)

    def top(self, values: Matrix) -> Matrix:
        out = np.zeros(self.count)
        np.maximum.at(out, self.owner, values)
        return out


def _share(part: Matrix, whole: Matrix | float) -> Matrix:
    return np.divide(part, whole, out=np.zeros_like(part), where=np.asarray(whole) > 0)


def features(one: Profile, others: Sequence[Profile], scratch: Scratch) -> Matrix:
    """Matrix of len(others) rows and len(NAMES) columns; symmetric in the two articles."""
    columns: dict[str, Matrix] = {}
    blocks = {
        field: Block([getattr(o, field) for o in others])
        for field in ("title", "lead", "body", "triples", "names", "numbers")
    }
    met = {}
    for field, block in blocks.items():
        mine: Sparse = getattr(one, field)
        found = scratch.against(mine, block.ids)
        met[field] = found
        columns[f"{field}_cosine"] = _share(block.total(found * block.weights), block.norm * mine.norm)
        least = np.minimum(found, block.weights)
        columns[f"{field}_shared"] = block.total(least)
        columns[f"{field}_shared_top"] = block.top(least)
        columns[f"{field}_shared_count"] = block.total(found > 0)
        columns[f"{field}_known"] = np.minimum(block.mass, float(mine.weights.sum()))
    for small, large in (("title", "lead"), ("title", "body"), ("lead", "body")):
        mine_small, mine_large = getattr(one, small), getattr(one, large)
        theirs_in_mine = _share(
            blocks[small].total(np.where(scratch.against(mine_large, blocks[small].ids) > 0, blocks[small].weights, 0)),
            blocks[small].mass,
        )
        # Each of my small field's terms that the other's large field holds.
        held = scratch.against(mine_small, blocks[large].ids)
        mine_in_theirs = blocks[large].total(held) / max(float(mine_small.weights.sum()), 1e-9)
        columns[f"{small}_in_{large}_max"] = np.maximum(theirs_in_mine, mine_in_theirs)
        columns[f"{small}_in_{large}_min"] = np.minimum(theirs_in_mine, mine_in_theirs)
    columns |= _facts(one, others)
    columns["title_mass_min"] = np.minimum(blocks["title"].mass, float(one.title.weights.sum()))
    columns["title_mass_max"] = np.maximum(blocks["title"].mass, float(one.title.weights.sum()))
    return np.stack([columns[name] for name in NAMES], axis=1)


def _facts(one: Profile, others: Sequence[Profile]) -> dict[str, Matrix]:
    def column(values: list[float]) -> Matrix:
        return np.array(values, dtype=np.float64)

    return {
        "title_numbers_shared": column([len(one.title_numbers & o.title_numbers) for o in others]),
        "title_numbers_conflict": column(
            [min(len(one.title_numbers - o.title_numbers), len(o.title_numbers - one.title_numbers)) for o in others]
        ),
        "days_shared": column([len(one.days & o.days) for o in others]),
        "days_conflict": column([min(len(one.days - o.days), len(o.days - one.days)) for o in others]),
        "days_apart_main": column([abs(one.main_day - o.main_day) for o in others]),
        "day_own_apart": column([abs(one.day - o.day) for o in others]),
        "hours_apart": column([abs(one.hours - o.hours) for o in others]),
        "same_publisher": column([one.publisher == o.publisher for o in others]),
        "length_min": column([min(one.length, o.length) for o in others]),
        "length_ratio": column([min(one.length, o.length) / max(one.length, o.length, 1) for o in others]),
        "reference": column([one.key in o.references or o.key in one.references for o in others]),
        "picture": column([bool(one.pictures & o.pictures) for o in others]),
        "alone": column([one.alone or o.alone for o in others]),
    }
