"""Evidence on whether two articles report the same event, as numbers: one article against many at a time.

Pure. The order of NAMES is the order of columns. Called by pairs.py.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.profile import FIELDS, REPEATS
from feedsvc.events.window import Window
from feedsvc.events.words import TERM_SPACE

Matrix = NDArray[Any]
TITLE, LEAD, BODY = (FIELDS.index(name) for name in ("title", "lead", "body"))
# "shared": mass of rarity in common; "top": its rarest term; "known": what the poorer of the two has to share;
# "a_in_b": the share of one article's a that the other's b holds, both ways.
NAMES = (
    *("title_cosine", "title_shared", "title_shared_top", "title_known", "title_known_max"),
    *("lead_cosine", "lead_shared", "lead_shared_top"),
    *("body_cosine", "body_shared", "body_shared_top", "body_shared_count"),
    *("triples_cosine", "triples_shared"),
    *("names_cosine", "names_shared", "names_known"),
    *("numbers_cosine", "numbers_shared", "numbers_known"),
    *("title_in_lead_max", "title_in_lead_min", "title_in_body_max", "title_in_body_min"),
    *("lead_in_body_max", "lead_in_body_min"),
    *("title_numbers_count", "title_numbers_differ", "quotes_count", "title_places_count", "title_places_differ"),
    *("places_count", "places_differ", "first_place", "days_count", "days_differ"),
    *("main_days_apart", "own_days_apart", "hours_apart"),
    *(
        "same_publisher",
        "agencies_count",
        "comments",
        "length_min",
        "length_ratio",
        "references_count",
        "pictures_count",
    ),
)


def _of_fields() -> dict[str, tuple[str, int]]:
    """Of each name that begins with a field's: the measure, and the number of the field."""
    found = {}
    for name in NAMES:
        if fields := [field for field in FIELDS if name.startswith(f"{field}_") and "_in_" not in name]:
            field = max(fields, key=len)
            found[name] = (name.removeprefix(f"{field}_"), FIELDS.index(field))
    return found


OF_FIELDS = _of_fields()


class Scratch:
    """Dense rows of the term space, to look up one article's terms for many others at once."""

    def __init__(self) -> None:
        self.fields = np.zeros(TERM_SPACE, dtype=np.uint16)  # a bit for each field that holds the term
        self.weights = np.zeros(TERM_SPACE, dtype=np.float32)  # of the term in the body


class Shared:
    """What one article of a window shares with each of some others, in the first `width` of FIELDS."""

    def __init__(self, window: Window, one: int, others: Matrix, scratch: Scratch, width: int = len(FIELDS)) -> None:
        self.window, self.one, self.others = window, one, others
        self._shape = (len(others), width)
        mine, fields, weights = window.terms(one, width)
        np.bitwise_or.at(scratch.fields, mine, (1 << fields).astype(np.uint16))
        scratch.weights[mine[fields == BODY]] = weights[fields == BODY]
        ids, cells, repeats = window.laid(others, width)
        held = np.flatnonzero(scratch.fields[ids])  # a few of many: from here on only these
        self._ids, self._cell = ids[held], cells[held]
        self._field = self._cell % width
        self._rarity = window.words.weights[self._ids].astype(np.float64)
        self._theirs = self._rarity * (repeats[held] / REPEATS)
        self._bits = scratch.fields[self._ids]
        self._mine = np.where(self._field == BODY, scratch.weights[self._ids], self._rarity)
        self._same = ((self._bits >> self._field.astype(np.uint16)) & 1).astype(bool)
        scratch.fields[mine] = 0
        scratch.weights[mine] = 0

    def total(self, values: Matrix, rows: Matrix | None = None) -> Matrix:
        """Summed over each other's fields: a row an article, a column a field."""
        rows = self._same if rows is None else rows
        found: Matrix = np.bincount(self._cell[rows], values[rows], math.prod(self._shape)).reshape(self._shape)
        return found

    @property
    def products(self) -> Matrix:
        return self.total(self._mine * self._theirs)

    @property
    def least(self) -> Matrix:
        return self.total(np.minimum(self._mine, self._theirs))

    @property
    def held(self) -> tuple[Matrix, Matrix]:
        """The share of my fields' weight that theirs hold, and of theirs that mine hold."""
        mine, theirs = self.total(self._mine), self.total(self._theirs)
        return _share(mine, self.window.masses[self.one]), _share(theirs, self.window.masses[self.others])

    @property
    def count(self) -> Matrix:
        return self.total(np.ones(len(self._cell)))

    @property
    def top(self) -> Matrix:
        """The heaviest term in common."""
        found = np.zeros(math.prod(self._shape))
        np.maximum.at(found, self._cell[self._same], np.minimum(self._mine, self._theirs)[self._same])
        return found.reshape(self._shape)

    @property
    def cosines(self) -> Matrix:
        squares = self.window.squares[:, : self._shape[1]]
        return _share(self.products, np.sqrt(squares[self.others] * squares[self.one]))

    def told(self, small: int, large: int) -> tuple[Matrix, Matrix]:
        """The share of the rarity of my `small` field that their `large` one holds, and the other way round."""
        bit = np.uint16(small), np.uint16(large)
        mine = self.total(self._rarity, (self._field == large) & ((self._bits >> bit[0]) & 1).astype(bool))[:, large]
        theirs = self.total(self._rarity, (self._field == small) & ((self._bits >> bit[1]) & 1).astype(bool))[:, small]
        masses = self.window.masses
        return _share(mine, masses[self.one, small]), _share(theirs, masses[self.others, small])


def features(shared: Shared) -> Matrix:
    """A row for each of the others, a column for each of NAMES; symmetric in the two articles."""
    masses, counts = shared.window.masses, shared.window.counts
    tables: dict[str, Matrix] = {
        "cosine": shared.cosines,
        "shared": shared.least,
        "shared_top": shared.top,
        "shared_count": (count := shared.count),
        "count": count,
        "differ": np.minimum(counts[shared.one], counts[shared.others]) - count,
        "known": np.minimum(masses[shared.one], masses[shared.others]),
        "known_max": np.maximum(masses[shared.one], masses[shared.others]),
    }
    columns = _facts(shared)
    for small, large in ((TITLE, LEAD), (TITLE, BODY), (LEAD, BODY)):
        name = f"{FIELDS[small]}_in_{FIELDS[large]}"
        mine, theirs = shared.told(small, large)
        columns |= {f"{name}_max": np.maximum(mine, theirs), f"{name}_min": np.minimum(mine, theirs)}
    columns |= {name: tables[measure][:, field] for name, (measure, field) in OF_FIELDS.items()}
    return np.stack([columns[name] for name in NAMES], axis=1)


def _facts(shared: Shared) -> dict[str, Matrix]:
    one, others = shared.window.facts[shared.one], shared.window.facts[shared.others]
    longer = np.maximum(np.maximum(one["length"], others["length"]), 1)
    return {
        "first_place": (one["first_place"] == others["first_place"]) & (one["first_place"] >= 0),
        "main_days_apart": np.abs(one["main_day"] - others["main_day"]),
        "own_days_apart": np.abs(one["day"] - others["day"]),
        "hours_apart": np.abs(one["hours"] - others["hours"]),
        "same_publisher": one["publisher"] == others["publisher"],
        "comments": one["comment"].astype(int) + others["comment"],
        "length_min": np.minimum(one["length"], others["length"]),
        "length_ratio": np.minimum(one["length"], others["length"]) / longer,
    }


def _share(part: Matrix, whole: Matrix) -> Matrix:
    whole = np.broadcast_to(whole, part.shape)
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
