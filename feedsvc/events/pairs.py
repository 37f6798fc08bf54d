"""The verdict on two articles: rules that need no likeness, then the trained score.

Pure. Called by matcher.py and explain.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.features import Scratch, features, likeness
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
    if _same_page(one, other):
        return "same address" if one.url == other.url else "same text"
    if min(one.length, other.length) >= COPY_CHARACTERS and _copied(one.body, other.body):
        small, large = sorted((one.numbers, other.numbers), key=lambda numbers: len(numbers.ids))
        if not len(small.ids) or _share_held(small, large) >= COPY_SHARE:
            return "nearly the same text"
    return ""


def _same_page(one: Profile, other: Profile) -> bool:
    return one.url == other.url or bool(one.text_digest and one.text_digest == other.text_digest)


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
        found = [1.0 if _same_page(one, other) else 0.0 for other in others]
        alike, copies = self._likeness(one, others)
        worth = [number for number, alike in enumerate(alike.tolist()) if alike and not found[number]]
        if worth:
            likely = self.model.forest.probability(self.evidence(one, [others[number] for number in worth]))
            for number, score in zip(worth, likely.tolist(), strict=True):
                copied = copies[number] and certain(one, others[number])
                found[number] = 1.0 if copied else 0.0 if one.alone or others[number].alone else score
        return [p if comparable(one, other) else 0.0 for p, other in zip(found, others, strict=True)]

    def alike(self, one: Profile, others: Sequence[Profile]) -> NDArray[np.bool_]:
        """Which of the others have enough in common with it to be worth a score."""
        return self._likeness(one, others)[0]

    def _likeness(self, one: Profile, others: Sequence[Profile]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which are worth a score, and which may even be copies."""
        if not others:
            return np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.bool_)
        body, held = likeness("body", one, others, self._scratch)
        title, _ = likeness("title", one, others, self._scratch)
        return (body >= LEAST_BODY_COSINE) | (title >= LEAST_TITLE_COSINE), held >= COPY_SHARE - 0.01
