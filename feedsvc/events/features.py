"""Evidence on whether two articles report the same event, as numbers: one article against many at a time.

Pure. The order of NAMES is the order of columns. Called by pairs.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.profile import SENTENCES, Profile, Sentences, Sparse
from feedsvc.events.words import TERM_SPACE

Matrix = NDArray[Any]
FIELDS = ("title", "lead", "body", "triples", "names", "numbers")
HELD = (("title", "lead"), ("title", "body"), ("lead", "body"))
# "shared": mass of rarity in common; "top": its rarest term; "known": what the poorer of the two has to share;
# "a_in_b": the share of one article's a that the other's b holds, both ways.
NAMES = (
    *("title_cosine", "title_shared", "title_shared_top", "title_known", "title_known_max"),
    *("lead_cosine", "lead_shared", "lead_shared_top"),
    *("body_cosine", "body_shared", "body_shared_top", "body_shared_count"),
    *("triples_cosine", "triples_shared", "triples_shared_top"),
    *("names_cosine", "names_shared", "names_known"),
    *("numbers_cosine", "numbers_shared", "numbers_known"),
    *("title_in_lead_max", "title_in_lead_min", "title_in_body_max", "title_in_body_min"),
    *("lead_in_body_max", "lead_in_body_min", "title_in_sentence_max", "title_in_sentence_min"),
    *("quotes_shared", "title_places_shared", "title_places_differ", "places_shared", "places_differ", "first_place"),
    *("days_shared", "days_differ", "main_days_apart", "own_days_apart", "hours_apart"),
    *("same_publisher", "length_min", "length_ratio", "reference", "picture"),
)


class Scratch:
    """A dense row of the term space, to look up one article's terms for many others at once."""

    def __init__(self) -> None:
        self._weights = np.zeros(TERM_SPACE, dtype=np.float32)
        self._sentences = np.zeros(TERM_SPACE, dtype=np.int32)

    def weights(self, one: Sparse, ids: Matrix) -> Matrix:
        """The weight that each of the `ids` has in `one`; 0 where it is absent."""
        self._weights[one.ids] = one.weights
        found = self._weights[ids]
        self._weights[one.ids] = 0
        return found

    def sentences(self, one: Sentences, ids: Matrix) -> Matrix:
        """For each of the `ids` a bit per sentence of `one` that holds it."""
        np.bitwise_or.at(self._sentences, one.ids, np.left_shift(1, one.places, dtype=np.int32))
        found = self._sentences[ids]
        self._sentences[one.ids] = 0
        return found


class Block:
    """One field of many articles, laid end to end."""

    def __init__(self, vectors: Sequence[Sparse]) -> None:
        self.count = len(vectors)
        self.ids = np.concatenate([v.ids for v in vectors])
        self.weights = np.concatenate([v.weights for v in vectors])
        lengths = np.array([len(v.ids) for v in vectors])
        self.owner = np.repeat(np.arange(self.count), lengths)
        self._filled = lengths > 0
        self._starts = (np.cumsum(lengths) - lengths)[self._filled]
        self.norm = np.array([v.norm for v in vectors])
        self.mass = self.total(self.weights)

    def total(self, values: Matrix) -> Matrix:
        return np.bincount(self.owner, values, self.count).astype(np.float64)

    def top(self, values: Matrix) -> Matrix:
        found = np.zeros(self.count)
        if len(self._starts):
            found[self._filled] = np.maximum.reduceat(values, self._starts)
        return found


def likeness(field: str, one: Profile, others: Sequence[Profile], scratch: Scratch) -> tuple[Matrix, Matrix]:
    """A field's cosines, and the share of the one's rarity that the other's holds, whichever is larger.

    Quick to tell, so that only pairs that are worth it get all features.
    """
    mine: Sparse = getattr(one, field)
    theirs = Block([getattr(other, field) for other in others])
    found = scratch.weights(mine, theirs.ids)
    cosine = _share(theirs.total(found * theirs.weights), theirs.norm * mine.norm)
    theirs_held = _share(theirs.total(np.where(found > 0, theirs.weights, 0)), theirs.mass)
    return cosine, np.maximum(theirs_held, theirs.total(found) / max(_mass(mine), 1e-9))


def features(one: Profile, others: Sequence[Profile], scratch: Scratch) -> Matrix:
    """Matrix of len(others) rows and len(NAMES) columns; symmetric in the two articles."""
    blocks = {field: Block([getattr(other, field) for other in others]) for field in FIELDS}
    columns: dict[str, Matrix] = {}
    for field, block in blocks.items():
        columns |= _shared(field, getattr(one, field), block, scratch)
    for small, large in HELD:
        columns |= _held(small, large, one, blocks, scratch)
    columns |= _in_sentences(one, others, blocks["title"], scratch)
    columns |= _facts(one, others)
    return np.stack([columns[name] for name in NAMES], axis=1)


def _share(part: Matrix, whole: Matrix) -> Matrix:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def _shared(field: str, mine: Sparse, theirs: Block, scratch: Scratch) -> dict[str, Matrix]:
    found = scratch.weights(mine, theirs.ids)
    least = np.minimum(found, theirs.weights)
    mass = _mass(mine)
    return {
        f"{field}_cosine": _share(theirs.total(found * theirs.weights), theirs.norm * mine.norm),
        f"{field}_shared": theirs.total(least),
        f"{field}_shared_top": theirs.top(least),
        f"{field}_shared_count": theirs.total(found > 0),
        f"{field}_known": np.minimum(theirs.mass, mass),
        f"{field}_known_max": np.maximum(theirs.mass, mass),
    }


def _mass(field: Sparse) -> float:
    return float(field.weights.sum(dtype=np.float64))


def _held(small: str, large: str, one: Profile, blocks: dict[str, Block], scratch: Scratch) -> dict[str, Matrix]:
    theirs = blocks[small]
    present = scratch.weights(getattr(one, large), theirs.ids) > 0
    theirs_in_mine = _share(theirs.total(np.where(present, theirs.weights, 0)), theirs.mass)
    mine: Sparse = getattr(one, small)
    mine_in_theirs = blocks[large].total(scratch.weights(mine, blocks[large].ids)) / max(_mass(mine), 1e-9)
    return _both_ways(f"{small}_in_{large}", mine_in_theirs, theirs_in_mine)


def _both_ways(name: str, mine: Matrix, theirs: Matrix) -> dict[str, Matrix]:
    return {f"{name}_max": np.maximum(mine, theirs), f"{name}_min": np.minimum(mine, theirs)}


def _in_sentences(one: Profile, others: Sequence[Profile], titles: Block, scratch: Scratch) -> dict[str, Matrix]:
    """The share of one title's rarity that the other's best sentence holds."""
    bits = scratch.sentences(one.sentences, titles.ids)
    held = [titles.total(titles.weights * ((bits >> place) & 1)) for place in range(SENTENCES)]
    theirs = _share(np.max(held, axis=0), titles.mass)
    ids = np.concatenate([other.sentences.ids for other in others])
    owner = np.repeat(np.arange(len(others)) * SENTENCES, [len(other.sentences.ids) for other in others])
    places = np.concatenate([other.sentences.places for other in others])
    found = np.bincount(owner + places, scratch.weights(one.title, ids), SENTENCES * len(others))
    mine = found.reshape(-1, SENTENCES).max(axis=1) / max(_mass(one.title), 1e-9)
    return _both_ways("title_in_sentence", mine, theirs)


def _facts(one: Profile, others: Sequence[Profile]) -> dict[str, Matrix]:
    def each(fact: Callable[[Profile], float]) -> Matrix:
        return np.array([fact(other) for other in others], dtype=np.float64)

    def in_common(field: str) -> Matrix:
        return each(lambda other: len(getattr(one, field) & getattr(other, field)))

    def differing(field: str) -> Matrix:
        """How many each names that the other does not, at least."""
        mine = getattr(one, field)
        return each(lambda other: min(len(mine - getattr(other, field)), len(getattr(other, field) - mine)))

    return {
        "quotes_shared": in_common("quotes"),
        "title_places_shared": in_common("title_places"),
        "title_places_differ": differing("title_places"),
        "places_shared": in_common("places"),
        "places_differ": differing("places"),
        "first_place": each(lambda other: bool(one.first_place) and one.first_place == other.first_place),
        "days_shared": in_common("days"),
        "days_differ": differing("days"),
        "main_days_apart": each(lambda other: abs(one.main_day - other.main_day)),
        "own_days_apart": each(lambda other: abs(one.day - other.day)),
        "hours_apart": each(lambda other: abs(one.hours - other.hours)),
        "same_publisher": each(lambda other: one.publisher == other.publisher),
        "length_min": each(lambda other: min(one.length, other.length)),
        "length_ratio": each(lambda other: min(one.length, other.length) / max(one.length, other.length, 1)),
        "reference": each(lambda other: one.key in other.references or other.key in one.references),
        "picture": each(lambda other: bool(one.pictures & other.pictures)),
    }
