"""The verdict on two articles: rules that need no likeness, then the trained score.

Pure. Called by matcher.py and explain.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.features import BODY, NAMES, TITLE, Scratch, Shared, features
from feedsvc.events.forest import Model
from feedsvc.events.profile import FIELDS
from feedsvc.events.window import Window

Array = NDArray[Any]
# The longest way between two articles on one event among the labelled ones is 81 hours, but for one of 155.
WINDOW = timedelta(hours=96)
WINDOW_HOURS = WINDOW.total_seconds() / 3600
# Below both, two articles have next to nothing in common: of the labelled pairs on one event, 1 % are.
LEAST_BODY_COSINE = 0.03
LEAST_TITLE_COSINE = 0.12
# Wire copy: nearly all that the shorter text says stands in the longer one, its figures included.
COPY_SHARE = 0.9
COPY_CHARACTERS = 120
# Of the text: with less an article is a headline, or a headline with its lead, and has a score of its own.
BRIEF_CHARACTERS = 150
NUMBERS, LENGTH = FIELDS.index("numbers"), NAMES.index("length_min")

# Why no score is needed, for an editor; by number, 0 where one is.
REASONS = ("", "same text", "same address", "nearly the same text")
SAME_TEXT, SAME_PAGE, COPY = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Verdicts:
    """On pairs of articles, in their order."""

    probabilities: Array  # 1 where it is certain; 0 where likeness can tell nothing
    certain: list[str]  # why no score was needed, for an editor; empty where one was


class Pairs:
    """Holds articles of a window against each other, with one model."""

    def __init__(self, model: Model, window: Window) -> None:
        self.model = model
        self.window = window
        self._scratch = Scratch()

    def near(self, one: int, others: Array) -> Array:
        """Which slots likeness can tell anything of: one language, and near enough in time."""
        hours, languages = self.window.hours, self.window.languages
        found: Array = (languages[others] == languages[one]) & (np.abs(hours[others] - hours[one]) <= WINDOW_HOURS)
        return found

    def verdicts(self, ones: Array, others: Array) -> Verdicts:
        """On pairs of slots that are near; those of one of the `ones` stand together."""
        if not len(others):
            return Verdicts(np.zeros(0), [])
        self.window.fill(np.append(others, ones))
        probabilities = np.zeros(len(others))
        certain = self._identical(ones, others)
        # Most have next to nothing in common, which the first few fields tell.
        promising = np.flatnonzero(alike(Shared(self.window, ones, others, self._scratch, BODY + 1)))
        if len(promising):
            shared = self.shared(ones[promising], others[promising])
            certain[promising] = self._reasons(shared, certain[promising])
            alone = self.window.facts["alone"]
            scored = (certain[promising] == 0) & ~alone[shared.others] & ~alone[shared.ones]
            if scored.any():
                rows = features(shared)[scored]
                probabilities[promising[scored]] = self.model.probability(rows, brief(rows))
        probabilities[certain > 0] = 1.0
        return Verdicts(probabilities, [REASONS[why] for why in certain.tolist()])

    def shared(self, ones: Array, others: Array) -> Shared:
        return Shared(self.window, ones, others, self._scratch)

    def certain(self, shared: Shared) -> list[str]:
        """Why two articles report the same event whatever their score."""
        reasons = self._reasons(shared, self._identical(shared.ones, shared.others))
        return [REASONS[why] for why in reasons.tolist()]

    def _reasons(self, shared: Shared, identical: Array) -> Array:
        return np.where((identical == 0) & _copied(shared), COPY, identical)

    def _identical(self, ones: Array, others: Array) -> Array:
        pages, texts = self.window.facts["page"], self.window.facts["text"]
        same_text = (texts[ones] != 0) & (texts[others] == texts[ones])
        return np.where(pages[others] == pages[ones], SAME_PAGE, np.where(same_text, SAME_TEXT, 0))


def brief(rows: Array) -> Array:
    """Which rows of features are of a pair of which one article has little text."""
    found: Array = rows[:, LENGTH] < BRIEF_CHARACTERS
    return found


def alike(shared: Shared) -> Array:
    """Which pairs have enough in common to be worth a score."""
    cosines = shared.cosines
    found: Array = (cosines[:, BODY] >= LEAST_BODY_COSINE) | (cosines[:, TITLE] >= LEAST_TITLE_COSINE)
    return found


def _copied(shared: Shared) -> Array:
    """Where the text with fewer terms stands in the other nearly whole, and its numbers too."""
    window, fields = shared.window, [BODY, NUMBERS]
    lengths = window.facts["length"]
    ours, others = window.counts[shared.ones][:, fields], window.counts[shared.others][:, fields]
    mine, theirs = shared.held
    held = np.where(others <= ours, theirs[:, fields], mine[:, fields]) >= COPY_SHARE
    fewer = np.minimum(ours, others)
    found: Array = (
        (np.minimum(lengths[shared.ones], lengths[shared.others]) >= COPY_CHARACTERS)
        & (fewer[:, 0] >= COPY_SHARE / 2 * np.maximum(ours, others)[:, 0])
        & held[:, 0]
        & ((fewer[:, 1] == 0) | held[:, 1])
    )
    return found
