"""An inverted index in sorted arrays: ten bytes a posting, where a dictionary of lists takes a hundred.

Pure, in memory. What it finds does not depend on the order in which slots were added.
Called by index.py and threads.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.words import TERM_SPACE

Array = NDArray[Any]
MOST_RECENT = 8192  # postings that wait to be sorted in; so few are looked through one by one


@dataclass(slots=True)
class Columns:
    """One row a posting."""

    terms: Array  # int32
    slots: Array  # int32
    weights: Array  # float16

    def __getitem__(self, rows: Array | slice) -> Columns:
        return Columns(self.terms[rows], self.slots[rows], self.weights[rows])


def beginnings(ordered: Array) -> Array:
    """Where in a sorted array each value stands first."""
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first.nonzero()[0]


def columns(terms: Array, slots: Array, weights: Array) -> Columns:
    return Columns(terms.astype(np.int32), slots.astype(np.int32), weights.astype(np.float16))


class Postings:
    """Which slots hold a term, and how much it weighs there. Slots are numbers that the caller gives, from 0."""

    def __init__(self) -> None:
        self._sorted = columns(np.empty(0), np.empty(0), np.empty(0))
        self._recent = columns(*[np.zeros(MOST_RECENT)] * 3)
        self._waiting = 0  # rows of `_recent` that are filled
        self._asked = np.zeros(TERM_SPACE, dtype=np.int16)  # while terms are looked up: one more than their places

    def add(self, slots: Array, terms: Array, weights: Array) -> None:
        """A posting for each; of one slot and term there is no other."""
        if self._waiting + len(terms) > MOST_RECENT:
            self._sort_in(self._recent[: self._waiting])
            self._waiting = 0
        if len(terms) > MOST_RECENT:
            self._sort_in(columns(terms, slots, np.broadcast_to(weights, terms.shape)))
            return
        rows = slice(self._waiting, self._waiting + len(terms))
        self._recent.terms[rows], self._recent.slots[rows], self._recent.weights[rows] = terms, slots, weights
        self._waiting = rows.stop

    def find(self, terms: Array) -> Columns:
        """All postings of these terms, which are sorted and all different; for `terms` their places among these."""
        if not len(terms):
            return self._sorted[:0]
        starts, ends = (np.searchsorted(self._sorted.terms, terms, side) for side in ("left", "right"))
        lengths = ends - starts
        asked = np.repeat(np.arange(len(terms)), lengths)
        found = self._sorted[np.arange(len(asked)) + np.repeat(ends - np.cumsum(lengths), lengths)]
        recent = self._recent[: self._waiting]
        self._asked[terms] = np.arange(1, len(terms) + 1)
        places = self._asked.take(recent.terms)
        self._asked[terms] = 0
        hits = places.nonzero()[0]
        return Columns(
            np.concatenate([asked, places[hits] - 1]),
            np.concatenate([found.slots, recent.slots[hits]]),
            np.concatenate([found.weights, recent.weights[hits]]),
        )

    def keep(self, kept: Array) -> None:
        """Forget all slots but these, which are numbered anew from 0, in their order. `kept`: one truth a slot."""
        self._sort_in(self._recent[: self._waiting])
        self._waiting = 0
        stay = self._sorted[kept[self._sorted.slots]]
        self._sorted = columns(stay.terms, (np.cumsum(kept) - 1)[stay.slots], stay.weights)

    def _sort_in(self, new: Columns) -> None:
        new = new[np.argsort(new.terms)]
        places = np.searchsorted(self._sorted.terms, new.terms, "right")
        # One after the other: of a hundred thousand articles all of it twice is a hundred megabytes.
        kept = self._sorted
        kept.terms = np.insert(kept.terms, places, new.terms)
        kept.slots = np.insert(kept.slots, places, new.slots)
        kept.weights = np.insert(kept.weights, places, new.weights)
