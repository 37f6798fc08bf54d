"""Which articles are worth comparing: an inverted index from telling terms to the articles that hold them.

Pure, in memory; what it finds does not depend on the order in which articles came. Called by matcher.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.postings import Postings, beginnings
from feedsvc.events.profile import Profile
from feedsvc.events.words import Words

Array = NDArray[Any]
KEY_TERMS = 48  # heaviest terms of an article's text that are indexed, besides all of its title's
MOST = 60  # candidates per article


class KeyTerms(NamedTuple):
    """By which an article is found."""

    ids: Array  # int32, sorted
    weights: Array  # in the article that is placed; others' do not matter


class Index:
    """Over the slots of a window."""

    def __init__(self) -> None:
        self._postings = Postings()

    def add(self, slots: Sequence[int], ids: Array, lengths: Sequence[int]) -> None:
        """`ids`: the key terms of the first of the slots, then of the next …; `lengths`: how many each has."""
        self._postings.add(np.repeat(slots, lengths), ids, np.zeros(1))

    def keep(self, kept: Array) -> None:
        """Forget all slots but these, which are numbered anew from 0, in their order. `kept`: one truth a slot."""
        self._postings.keep(kept)

    def near(self, terms: KeyTerms, allowed: Callable[[Array], Array]) -> tuple[Array, Array]:
        """Of the slots that are `allowed` (one truth for each slot asked) those that share most with an article that
        has these key terms: fewer than MOST, and all that tie for the other places."""
        found = self._postings.find(terms.ids)
        shared = np.bincount(found.slots, terms.weights[found.terms])
        slots = (shared > 0).nonzero()[0]
        slots = slots[allowed(slots)]
        # Rounded, so that ties are ties whatever the order of the sum.
        marks = np.round(shared[slots], 4)
        last = np.partition(marks, -MOST)[-MOST] if len(slots) > MOST else 0.0
        return slots[marks > last], slots[marks == last]


def key_terms(profile: Profile, words: Words) -> KeyTerms:
    """All of the headline's terms and the heaviest of the text's."""
    title = profile.field("title")
    body, weights = profile.weighed("body", words.weights)
    heaviest = np.argsort(-weights, kind="stable")[:KEY_TERMS]  # of equal ones the first by number
    every = np.concatenate([title, body[heaviest]])
    order = np.argsort(every, kind="stable")
    ids = every[order]
    first = beginnings(ids)
    return KeyTerms(ids[first], np.concatenate([words.weights[title], weights[heaviest]])[order[first]])
