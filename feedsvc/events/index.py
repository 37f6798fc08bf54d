"""Which articles are worth comparing: an inverted index from telling terms to the articles that hold them.

Pure, in memory; what it finds does not depend on the order in which articles came. Called by matcher.py.
"""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.profile import Profile

KEY_TERMS = 48  # heaviest terms of an article's text that are indexed, besides all of its title's
MOST = 60  # candidates per article


class Index:
    """Slots are numbers that the caller gives to articles, counted up from 0."""

    def __init__(self) -> None:
        self._postings: dict[int, array[int]] = {}

    def add(self, slot: int, profile: Profile) -> None:
        for number in key_terms(profile):
            self._postings.setdefault(number, array("i")).append(slot)

    def near(self, profile: Profile, allowed: NDArray[np.bool_]) -> list[int]:
        """Slots among the `allowed` that share most, at most MOST (all of those that tie for the last place)."""
        terms = key_terms(profile)
        postings = [(np.array(self._postings[n]), w) for n, w in sorted(terms.items()) if n in self._postings]
        if not postings:
            return []
        slots = np.concatenate([p for p, _ in postings])
        weights = np.repeat([w for _, w in postings], [len(p) for p, _ in postings])
        shared = np.bincount(slots, weights, len(allowed)) * allowed
        found = np.flatnonzero(shared > 0)
        if len(found) > MOST:
            # Rounded, so that ties are ties whatever the order of the sum.
            marks = np.round(shared[found], 4)
            found = found[marks >= np.partition(marks, -MOST)[-MOST]]
        return found.tolist()


def key_terms(profile: Profile) -> dict[int, float]:
    """Hashed terms by their rarity."""
    heaviest = np.lexsort((profile.body.ids, -profile.body.weights))[:KEY_TERMS]
    found = dict(zip(profile.body.ids[heaviest].tolist(), profile.body.weights[heaviest].tolist(), strict=True))
    return found | dict(zip(profile.title.ids.tolist(), profile.title.weights.tolist(), strict=True))
