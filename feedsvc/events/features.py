"""Evidence on whether two articles report the same event, as numbers: many pairs at a time.

Pure. The order of NAMES is the order of columns. Called by pairs.py.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.postings import beginnings
from feedsvc.events.profile import FIELDS, REPEATS
from feedsvc.events.window import REPEATS_BITS, Window, repeated
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


COLUMNS = {name: column for column, name in enumerate(NAMES)}


def _of_fields() -> dict[str, tuple[list[int], list[int]]]:
    """For each measure of fields the columns of the names that begin with a field's, and the numbers of the fields."""
    found: dict[str, tuple[list[int], list[int]]] = {}
    for name, column in COLUMNS.items():
        if fields := [field for field in FIELDS if name.startswith(f"{field}_") and "_in_" not in name]:
            field = max(fields, key=len)
            columns, numbers = found.setdefault(name.removeprefix(f"{field}_"), ([], []))
            columns.append(column)
            numbers.append(FIELDS.index(field))
    return found


OF_FIELDS = _of_fields()
BITS = (1 << np.arange(len(FIELDS))).astype(np.uint16)  # of each field


class Scratch:
    """Dense rows of the term space, to look up one article's terms for many others at once."""

    def __init__(self) -> None:
        self._fields = np.zeros(TERM_SPACE, dtype=np.uint16)  # a bit for each field that holds the term
        self._weights = np.zeros(TERM_SPACE, dtype=np.float32)  # of the term in the body

    def held(self, window: Window, one: int, others: Matrix, width: int) -> tuple[Matrix, ...]:
        """Of the terms of some articles, those that one holds, in the first `width` of FIELDS: each with its repeats,
        the bits of the one's fields that hold it, and its weight in the one's body; and how many of each field of each
        article these are."""
        mine, fields, weights = window.terms(one, width)
        np.bitwise_or.at(self._fields, mine, BITS[fields])
        self._weights[mine[fields == BODY]] = weights[fields == BODY]
        terms, ends = window.laid(others, width)
        bits = self._fields.take(terms >> REPEATS_BITS)
        held = (bits != 0).nonzero()[0]  # a few of many
        terms = terms[held]
        found = (
            terms,
            bits[held],
            self._weights.take(terms >> REPEATS_BITS),
            np.diff(held.searchsorted(ends), prepend=0),
        )
        self._fields[mine] = 0
        self._weights[mine] = 0
        return found


class Shared:
    """What pairs of articles of a window share in the first `width` of FIELDS: `ones`, those of one article together,
    with `others`."""

    def __init__(
        self, window: Window, ones: Matrix, others: Matrix, scratch: Scratch, width: int = len(FIELDS)
    ) -> None:
        self.window, self.ones, self.others = window, ones, others
        self._shape = (len(others), width)
        bounds = [*beginnings(ones).tolist(), len(ones)]
        held = [
            scratch.held(window, int(ones[start]), others[start:end], width)
            for start, end in itertools.pairwise(bounds)
        ]
        terms, self._bits, in_body, held_of_each = map(np.concatenate, zip(*held, strict=True))
        ids = terms >> REPEATS_BITS
        self._cell = np.repeat(np.arange(len(held_of_each)), held_of_each)
        field = np.repeat(np.tile(BITS[:width], len(others)), held_of_each)
        self._rarity = window.words.weights.take(ids).astype(np.float64)
        # Terms that both hold in one field, which nearly everything is about.
        same = (self._bits & field).nonzero()[0]
        self._same, rarity = self._cell[same], self._rarity[same]
        self._theirs = rarity * (repeated(terms[same]) / REPEATS)
        self._mine = np.where(field[same] == BITS[BODY], in_body[same], rarity)

    def _total(self, values: Matrix) -> Matrix:
        """Of the terms in one field: a row an article, a column a field."""
        return np.bincount(self._same, values, math.prod(self._shape)).reshape(self._shape)

    @property
    def products(self) -> Matrix:
        return self._total(self._mine * self._theirs)

    @property
    def least(self) -> Matrix:
        return self._total(np.minimum(self._mine, self._theirs))

    @property
    def held(self) -> tuple[Matrix, Matrix]:
        """The share of my fields' weight that theirs hold, and of theirs that mine hold."""
        masses = self.window.masses
        return _share(self._total(self._mine), masses[self.ones]), _share(
            self._total(self._theirs), masses[self.others]
        )

    @property
    def count(self) -> Matrix:
        return np.bincount(self._same, minlength=math.prod(self._shape)).reshape(self._shape)

    @property
    def top(self) -> Matrix:
        """The heaviest term in common."""
        found = np.zeros(math.prod(self._shape))
        first = beginnings(self._same)
        if len(first):
            found[self._same[first]] = np.maximum.reduceat(np.minimum(self._mine, self._theirs), first)
        return found.reshape(self._shape)

    @property
    def cosines(self) -> Matrix:
        squares = self.window.squares[:, : self._shape[1]]
        return _share(self.products, np.sqrt(squares[self.others] * squares[self.ones]))

    def in_mine(self, field: int) -> Matrix:
        """The rarity of what my `field` holds of each of theirs: a row an article, a column a field."""
        values = np.where(self._bits & BITS[field], self._rarity, 0.0)
        return np.bincount(self._cell, values, math.prod(self._shape)).reshape(self._shape)


def features(shared: Shared) -> Matrix:
    """A row for each pair, a column for each of NAMES; symmetric in the two articles."""
    masses, counts = shared.window.masses, shared.window.counts
    count = shared.count
    tables = {
        "cosine": shared.cosines,
        "shared": shared.least,
        "shared_top": shared.top,
        "shared_count": count,
        "count": count,
        "differ": np.minimum(counts[shared.ones], counts[shared.others]) - count,
        "known": np.minimum(masses[shared.ones], masses[shared.others]),
        "known_max": np.maximum(masses[shared.ones], masses[shared.others]),
    }
    rows = np.empty((len(shared.others), len(NAMES)))
    for measure, table in tables.items():
        columns, fields = OF_FIELDS[measure]
        rows[:, columns] = table[:, fields]
    for name, values in (_told(shared) | _facts(shared)).items():
        rows[:, COLUMNS[name]] = values
    return rows


def _told(shared: Shared) -> dict[str, Matrix]:
    """The shares of the rarity of one article's smaller field that the other's larger one holds."""
    masses, ones, others = shared.window.masses, shared.ones, shared.others
    in_mine = {field: shared.in_mine(field) for field in (TITLE, LEAD, BODY)}
    found: dict[str, Matrix] = {}
    for small, large in ((TITLE, LEAD), (TITLE, BODY), (LEAD, BODY)):
        mine = _share(in_mine[small][:, large], masses[ones, small])
        theirs = _share(in_mine[large][:, small], masses[others, small])
        name = f"{FIELDS[small]}_in_{FIELDS[large]}"
        found |= {f"{name}_max": np.maximum(mine, theirs), f"{name}_min": np.minimum(mine, theirs)}
    return found


def _facts(shared: Shared) -> dict[str, Matrix]:
    ones, others = shared.window.facts[shared.ones], shared.window.facts[shared.others]
    longer = np.maximum(np.maximum(ones["length"], others["length"]), 1)
    return {
        "first_place": (ones["first_place"] == others["first_place"]) & (ones["first_place"] >= 0),
        "main_days_apart": np.abs(ones["main_day"] - others["main_day"]),
        "own_days_apart": np.abs(ones["day"] - others["day"]),
        "hours_apart": np.abs(ones["hours"] - others["hours"]),
        "same_publisher": ones["publisher"] == others["publisher"],
        "comments": ones["comment"].astype(int) + others["comment"],
        "length_min": np.minimum(ones["length"], others["length"]),
        "length_ratio": np.minimum(ones["length"], others["length"]) / longer,
    }


def _share(part: Matrix, whole: Matrix) -> Matrix:
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
