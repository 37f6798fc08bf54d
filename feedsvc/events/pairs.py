"""The verdict on two articles: rules that need no likeness, then the trained score.

Pure. Called by matcher.py and explain.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.features import Scratch, cosines, features
from feedsvc.events.forest import Model
from feedsvc.events.profile import Profile, Sparse

# The longest way between two articles on one event among the labelled ones is 81 hours, but for one of 155.
WINDOW = timedelta(hours=96)
WINDOW_HOURS = WINDOW.total_seconds() / 3600
# Below both, two articles have next to nothing in common: of the labelled pairs on one event, 1 % are.
LEAST_BODY_COSINE = 0.03
LEAST_TITLE_COSINE = 0.12
# Wire copy: nearly all that the shorter text says stands in the longer one, its figures included.
COPY_SHARE = 0.9
COPY_CHARACTERS = 120


def comparable(one: Profile, other: Profile) -> bool:
    """Whether likeness can tell anything: one language, and near enough in time."""
    return one.language == other.language and abs(one.hours - other.hours) <= WINDOW_HOURS


def certain(one: Profile, other: Profile) -> str:
    """Why two articles report the same event whatever their score, for an editor; empty if nothing makes it certain."""
    if one.url == other.url:
        return "same address"
    if one.text_digest and one.text_digest == other.text_digest:
        return "same text"
    if min(one.length, other.length) >= COPY_CHARACTERS and _copied(one.body, other.body):
        small, large = sorted((one.numbers, other.numbers), key=lambda numbers: len(numbers.ids))
        if not len(small.ids) or _share_held(small, large) >= COPY_SHARE:
            return "nearly the same text"
    return ""


def _copied(one: Sparse, other: Sparse) -> bool:
    small, large = sorted((one, other), key=lambda body: len(body.ids))
    return len(small.ids) >= COPY_SHARE / 2 * len(large.ids) and _share_held(small, large) >= COPY_SHARE


def _share_held(small: Sparse, large: Sparse) -> float:
    held = np.isin(small.ids, large.ids, assume_unique=True)
    return float(small.weights[held].sum() / small.weights.sum())


class Judge:
    """Scores one article against many with one model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._scratch = Scratch()

    def evidence(self, one: Profile, others: Sequence[Profile]) -> NDArray[Any]:
        """The pair features that the model asks for: a row for each of the others."""
        return features(one, others, self._scratch)

    def probabilities(self, one: Profile, others: Sequence[Profile]) -> list[float]:
        """How likely each of the others reports the same event; 0 where likeness can tell nothing."""
        found = [1.0 if one.url == other.url else 0.0 for other in others]
        worth = [number for number, alike in enumerate(self.alike(one, others)) if alike and not found[number]]
        if worth:
            likely = self.model.forest.probability(self.evidence(one, [others[number] for number in worth]))
            for number, score in zip(worth, likely.tolist(), strict=True):
                found[number] = _settled(one, others[number], score)
        return [p if comparable(one, other) else 0.0 for p, other in zip(found, others, strict=True)]

    def alike(self, one: Profile, others: Sequence[Profile]) -> NDArray[np.bool_]:
        """Which of the others have enough in common with it to be worth a score."""
        if not others:
            return np.zeros(0, dtype=np.bool_)
        body, title = (cosines(field, one, others, self._scratch) for field in ("body", "title"))
        worth: NDArray[np.bool_] = (body >= LEAST_BODY_COSINE) | (title >= LEAST_TITLE_COSINE)
        return worth


def _settled(one: Profile, other: Profile, score: float) -> float:
    if certain(one, other):
        return 1.0
    return 0.0 if one.alone or other.alone else score
