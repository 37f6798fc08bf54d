"""How well a grouping of articles agrees with labels: pairs, pairs across sources, B-cubed (Bagga and Baldwin 1998).

Where two annotators disagree about a pair it is left out; B-cubed is the mean over both annotators.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Pair = tuple[str, str]
Grouping = Mapping[str, str]  # article -> event


@dataclass(frozen=True, slots=True)
class PairScore:
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return harmonic_mean(self.precision, self.recall)


@dataclass(frozen=True, slots=True)
class Score:
    pairs: PairScore
    cross: PairScore  # pairs of two different sources
    b_cubed: float  # F1


def score(predicted: Grouping, first: Grouping, second: Grouping, source: Mapping[str, str]) -> Score:
    """`predicted`: every labelled article's event; `first`, `second`: the annotators'; `source`: the publishers."""
    one, two, found = together(first), together(second), together(predicted)
    certain, undecided = one & two, one ^ two

    def across(pair: Pair) -> bool:
        return source[pair[0]] != source[pair[1]]

    return Score(
        pairs=pair_score(found - undecided, certain),
        cross=pair_score(found - undecided, certain, across),
        b_cubed=(b_cubed(predicted, first) + b_cubed(predicted, second)) / 2,
    )


def together(grouping: Grouping) -> set[Pair]:
    """All pairs of articles that share an event."""
    return {pair for members in _members(grouping).values() for pair in itertools.combinations(sorted(members), 2)}


def pair_score(
    found: Iterable[Pair], true: Iterable[Pair], counts: Callable[[Pair], bool] = lambda _: True
) -> PairScore:
    found, true = set(filter(counts, found)), set(filter(counts, true))
    hits = len(found & true)
    return PairScore(hits / len(found) if found else 1.0, hits / len(true) if true else 1.0)


def b_cubed(predicted: Grouping, true: Grouping) -> float:
    """F1 of the means, over articles: share of its event that belongs there, share of its true event that is there."""
    found, wanted = _members({article: predicted[article] for article in true}), _members(true)
    common = {article: len(found[predicted[article]] & wanted[true[article]]) for article in true}
    precision = sum(common[article] / len(found[predicted[article]]) for article in true) / len(true)
    recall = sum(common[article] / len(wanted[true[article]]) for article in true) / len(true)
    return harmonic_mean(precision, recall)


def harmonic_mean(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def _members(grouping: Grouping) -> dict[str, set[str]]:
    members: defaultdict[str, set[str]] = defaultdict(set)
    for article, event in grouping.items():
        members[event].add(article)
    return members
