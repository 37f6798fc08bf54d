"""Gradient-boosted trees for a yes-or-no question, over histograms of features (Friedman 2001; Ke and others 2017).

Plain NumPy, so that training needs nothing that feedsvc does not, and the same rows and seed give the same trees
everywhere. Called by train.py and quality.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
BINS = 64


@dataclass(frozen=True, slots=True)
class Settings:
    """Chosen by leaving one set out; see docs/matching.md."""

    trees: int = 600
    rate: float = 0.02  # of each tree's answer that is taken
    leaves: int = 12
    least_rows: int = 20  # in a leaf
    ridge: float = 5.0  # L2 on a leaf's value
    columns: float = 0.5  # share of features that a tree may ask for
    rows: float = 0.7  # share of rows that a tree sees
    seed: int = 1


@dataclass(slots=True)
class _Tree:
    split: list[int] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)

    def add(self, value: float) -> int:
        self.split.append(-1)
        self.threshold.append(0.0)
        self.left.append(-1)
        self.right.append(-1)
        self.value.append(value)
        return len(self.value) - 1

    def document(self) -> dict[str, Any]:
        return {
            "split": self.split,
            "threshold": [float(f"{t:.6g}") for t in self.threshold],
            "left": self.left,
            "right": self.right,
            "value": [float(f"{v:.4g}") for v in self.value],
        }


@dataclass(frozen=True, slots=True)
class _Split:
    gain: float
    column: int
    bin: int


class Booster:
    """Fits trees to rows of features and their labels (1: yes, 0: no)."""

    def __init__(self, rows: Matrix, labels: Matrix, settings: Settings, weights: Matrix | None = None) -> None:
        self.settings = settings
        self.labels = labels.astype(np.float64)
        self.weights = np.ones(len(labels)) if weights is None else weights
        self.edges = [_edges(rows[:, c]) for c in range(rows.shape[1])]
        self.binned = np.stack(
            [np.searchsorted(e, rows[:, c], side="left") for c, e in enumerate(self.edges)], axis=1
        ).astype(np.int64)
        share = float(np.average(self.labels, weights=self.weights))
        self.base = float(np.log(share / (1 - share)))

    def fit(self) -> list[dict[str, Any]]:
        chance = np.random.default_rng(self.settings.seed)
        odds = np.full(len(self.labels), self.base)
        trees = []
        for _ in range(self.settings.trees):
            probability = 1 / (1 + np.exp(-odds))
            slope = self.weights * (self.labels - probability)
            curve = self.weights * probability * (1 - probability)
            seen = np.sort(chance.permutation(len(odds))[: int(len(odds) * self.settings.rows)])
            width = self.binned.shape[1]
            columns = np.sort(chance.permutation(width)[: max(1, int(width * self.settings.columns))])
            tree = self._grow(slope, curve, seen, columns)
            odds += self._answer(tree)
            trees.append(tree.document())
        return trees

    def _grow(self, slope: Matrix, curve: Matrix, seen: NDArray[np.int64], columns: NDArray[np.int64]) -> _Tree:
        """Splits where it helps most, until there are enough leaves."""
        tree = _Tree()
        open_leaves: list[tuple[float, int, _Split, NDArray[np.int64]]] = []

        def leaf(rows: NDArray[np.int64]) -> int:
            value = slope[rows].sum() / (curve[rows].sum() + self.settings.ridge) * self.settings.rate
            number = tree.add(float(value))
            best = self._best_split(slope, curve, rows, columns)
            if best is not None:
                heapq.heappush(open_leaves, (-best.gain, number, best, rows))
            return number

        leaf(seen)
        leaves = 1
        while open_leaves and leaves < self.settings.leaves:
            _, node, best, rows = heapq.heappop(open_leaves)
            goes_left = self.binned[rows, best.column] <= best.bin
            tree.split[node] = best.column
            tree.threshold[node] = float(self.edges[best.column][best.bin])
            tree.left[node] = leaf(rows[goes_left])
            tree.right[node] = leaf(rows[~goes_left])
            leaves += 1
        return tree

    def _best_split(
        self, slope: Matrix, curve: Matrix, rows: NDArray[np.int64], columns: NDArray[np.int64]
    ) -> _Split | None:
        if len(rows) < 2 * self.settings.least_rows:
            return None
        codes = (self.binned[np.ix_(rows, columns)] + np.arange(len(columns)) * BINS).ravel()
        size, shape = len(columns) * BINS, (len(columns), BINS)

        def sums(values: Matrix) -> Matrix:
            return np.bincount(codes, np.repeat(values, len(columns)), size).reshape(shape).cumsum(axis=1)

        count = np.bincount(codes, minlength=size).reshape(shape).cumsum(axis=1)
        g, h = sums(slope[rows]), sums(curve[rows])
        ridge, least = self.settings.ridge, self.settings.least_rows
        whole_g, whole_h = g[:, -1:], h[:, -1:]
        gain = g**2 / (h + ridge) + (whole_g - g) ** 2 / (whole_h - h + ridge) - whole_g**2 / (whole_h + ridge)
        gain[(count < least) | (len(rows) - count < least)] = -np.inf
        best = int(np.argmax(gain))
        column, place = divmod(best, BINS)
        if gain[column, place] <= 1e-9 or place >= len(self.edges[columns[column]]):
            return None
        return _Split(float(gain[column, place]), int(columns[column]), place)

    def _answer(self, tree: _Tree) -> Matrix:
        nodes = np.zeros(len(self.binned), dtype=np.int64)
        split, left, right = np.array(tree.split), np.array(tree.left), np.array(tree.right)
        places = np.array(
            [
                np.searchsorted(self.edges[c], t) if c >= 0 else 0
                for c, t in zip(tree.split, tree.threshold, strict=True)
            ]
        )
        while (inner := split[nodes] >= 0).any():
            rows = np.flatnonzero(inner)
            at = nodes[rows]
            goes_left = self.binned[rows, split[at]] <= places[at]
            nodes[rows] = np.where(goes_left, left[at], right[at])
        return np.array(tree.value)[nodes]


def _edges(column: Matrix) -> Matrix:
    """Upper edges of the bins but the last: quantiles of the values that occur, halfway between neighbours."""
    values = np.unique(column)
    if len(values) <= BINS:
        return (values[1:] + values[:-1]) / 2
    quantiles = np.unique(np.quantile(column[column > values[0]], np.linspace(0, 1, BINS)[1:-1], method="lower"))
    return np.concatenate([[values[0]], quantiles])[: BINS - 1]
