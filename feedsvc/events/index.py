"""Which articles are worth comparing: an inverted index from telling terms to the articles that hold them.

Pure, in memory; what it finds does not depend on the order in which articles came. Called by matcher.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.features import BODY, TITLE
from feedsvc.events.postings import Postings
from feedsvc.events.window import Window

Array = NDArray[Any]
KEY_TERMS = 48  # heaviest terms of an article's text that are indexed, besides all of its title's
MOST = 60  # candidates per article


class Index:
    """Over the slots of a window, which are added in their order."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._postings = Postings()
        self._known: tuple[int, Array, Array] = (-1, np.empty(0), np.empty(0))  # key terms of the last slot asked for

    def add(self, slot: int) -> None:
        terms, weights = self._key_terms(slot)
        self._postings.add(slot, terms, weights)

    def near(self, slot: int, allowed: Callable[[Array], Array]) -> Array:
        """Of the slots that are `allowed` (one truth for each slot asked) those that share most, at most MOST (all of
        those that tie for the last place)."""
        terms, weights = self._key_terms(slot)
        found = self._postings.find(terms)
        shared = np.bincount(found.slots, weights[found.terms])
        slots = np.flatnonzero(shared)
        slots = slots[allowed(slots)]
        if len(slots) > MOST:
            # Rounded, so that ties are ties whatever the order of the sum.
            marks = np.round(shared[slots], 4)
            slots = slots[marks >= np.partition(marks, -MOST)[-MOST]]
        return slots

    def _key_terms(self, slot: int) -> tuple[Array, Array]:
        """Sorted terms and their weights."""
        if slot == self._known[0]:
            return self._known[1:]
        ids, fields, weights = self._window.terms(slot, 1 + max(BODY, TITLE))
        body, title = ids[fields == BODY], ids[fields == TITLE]
        heaviest = np.lexsort((body, -weights[fields == BODY]))[:KEY_TERMS]
        every = np.concatenate([title, body[heaviest]])
        weight = np.concatenate([weights[fields == TITLE], weights[fields == BODY][heaviest]])
        terms, first = np.unique(every, return_index=True)
        self._known = (slot, terms, weight[first])
        return terms, weight[first]
