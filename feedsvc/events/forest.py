"""A sum of decision trees over pair features: log-odds, probabilities, and what each feature added.

Pure. Trained by bench/train.py; read once by shipped.py; asked by pairs.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
LEAF = -1
MOST_LEAVES = 16  # of a tree
ALL_LEAVES = (1 << MOST_LEAVES) - 1
ROWS_AT_ONCE = 16  # as many as a processor's cache holds the answers of
FIRST_BIT = np.array([(n & -n).bit_length() - 1 for n in range(1 << MOST_LEAVES)], dtype=np.int64)


class Scorer:
    """All nodes of all trees at once (QuickScorer: Lucchese and others 2015), instead of step by step down each tree.

    A tree's leaves are numbered from left to right. Each node that sends a row right rules out the leaves on its left;
    of those that remain, the first is where the row ends up.
    """

    def __init__(self, trees: Sequence[Mapping[str, Any]]) -> None:
        split: list[int] = []
        threshold: list[float] = []
        keeps: list[int] = []
        starts: list[int] = []
        leaves: list[list[float]] = []
        for tree in trees:
            order = _leaves(tree, 0)
            if len(order) > MOST_LEAVES:
                raise ValueError(f"a tree has {len(order)} leaves; {MOST_LEAVES} are possible")
            starts.append(len(split))
            for node, column in enumerate(tree["split"]):
                if column != LEAF:
                    split.append(column)
                    threshold.append(tree["threshold"][node])
                    left = sum(1 << order.index(leaf) for leaf in _leaves(tree, tree["left"][node]))
                    keeps.append(ALL_LEAVES & ~left)
            if starts[-1] == len(split):  # a tree of one leaf: a node that decides nothing
                split.append(0)
                threshold.append(np.inf)
                keeps.append(ALL_LEAVES)
            leaves.append([tree["value"][leaf] for leaf in order] + [0.0] * (MOST_LEAVES - len(order)))
        self._leaves = np.array(leaves).reshape(-1)
        # A feature's thresholds are few: to know how many of them a value exceeds is to know the answer of every node.
        # All are in one array, feature by feature, so that one search finds the answers for all features.
        self._edges = np.unique(_paired(np.array(split), np.array(threshold)))
        self._columns = np.arange(max(split, default=-1) + 1)
        first_rows = np.searchsorted(self._edges, _paired(self._columns, -np.inf)) + self._columns
        # A row for each number of thresholds that a feature's value may exceed: what that leaves of each tree.
        self._left_over = np.full((len(self._edges) + len(first_rows), len(trees)), ALL_LEAVES, dtype=np.uint16)
        last_rows = [*first_rows[1:].tolist(), len(self._left_over)]
        owner = np.repeat(np.arange(len(trees)), np.diff([*starts, len(split)]))
        below = np.searchsorted(self._edges, _paired(np.array(split), np.array(threshold)))
        for column, before, kept, owned_by in zip(split, below.tolist(), keeps, owner.tolist(), strict=True):
            self._left_over[before + column + 1 : last_rows[column], owned_by] &= np.uint16(kept)
        self._first_leaf = np.arange(len(trees)) * MOST_LEAVES

    def values(self, rows: Matrix) -> Matrix:
        """The leaf that each row ends up in: a row for each row of features, a column for each tree."""
        found = np.zeros((len(rows), len(self._first_leaf)))
        answers = np.searchsorted(self._edges, _paired(self._columns, rows[:, : len(self._columns)])) + self._columns
        for start in range(0, len(rows) if len(self._columns) else 0, ROWS_AT_ONCE):
            step = slice(start, start + ROWS_AT_ONCE)
            left_over = np.bitwise_and.reduce(self._left_over.take(answers[step], axis=0), axis=1)
            found[step] = self._leaves.take(FIRST_BIT.take(left_over) + self._first_leaf)
        return found


def _paired(columns: NDArray[Any], values: Matrix | float) -> NDArray[np.complex128]:
    """Numbers that are ordered by column, then by value."""
    paired = np.empty(np.broadcast_shapes(columns.shape, np.shape(values)), dtype=np.complex128)
    paired.real, paired.imag = columns, values
    return paired


def _leaves(tree: Mapping[str, Any], node: int) -> list[int]:
    """A node's leaves from left to right."""
    if tree["split"][node] == LEAF:
        return [node]
    return _leaves(tree, tree["left"][node]) + _leaves(tree, tree["right"][node])


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees laid side by side: row t, column n is node n of tree t; node 0 is the root, a leaf's children are itself.

    A row of features goes left where its value is at most the threshold. Every node has a value: the log-odds that the
    tree would give if it ended there, so that the way down a tree says what each feature added.
    """

    features: tuple[str, ...]  # names of the columns
    base: float  # log-odds before any evidence
    split: NDArray[np.int32]  # column that a node asks for; LEAF for a leaf
    threshold: Matrix
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: Matrix
    depth: int  # steps from the root to the deepest leaf
    scorer: Scorer

    def log_odds(self, rows: Matrix) -> Matrix:
        """One number per row of features."""
        odds: Matrix = self.base + self.scorer.values(rows).sum(axis=1)
        return odds

    def probability(self, rows: Matrix) -> Matrix:
        # Rounded, so that the last bit of a sum never decides between two events.
        return np.round(1 / (1 + np.exp(-self.log_odds(rows))), 9)

    def contributions(self, row: Matrix) -> dict[str, float]:
        """What each feature added to the log-odds of one pair, along the ways down the trees."""
        rows = row.reshape(1, -1)
        nodes, trees = self._roots(1)
        added = np.zeros(len(self.features) + 1)
        added[-1] = self.value[:, 0].sum()
        for _ in range(self.depth):
            onward = self._step(rows, nodes, trees)
            gain = self.value[trees, onward] - self.value[trees, nodes]
            np.add.at(added, self.split[trees, nodes].ravel(), gain.ravel())
            nodes = onward
        return dict(zip(self.features, added[:-1].tolist(), strict=True))

    def _roots(self, rows: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        count = len(self.split)
        return np.zeros((count, rows), dtype=np.int32), np.arange(count)[:, None]

    def _step(self, rows: Matrix, nodes: NDArray[np.int32], trees: NDArray[np.int64]) -> NDArray[np.int32]:
        asked = rows[np.arange(len(rows))[None, :], self.split[trees, nodes]]
        goes_left = asked <= self.threshold[trees, nodes]
        return np.where(goes_left, self.left[trees, nodes], self.right[trees, nodes])


def plant(features: Sequence[str], base: float, trees: Sequence[Mapping[str, Any]]) -> Forest:
    """A forest from trees as they stand in the model file: lists `split`, `threshold`, `left`, `right`, `value`."""
    width = max((len(tree["value"]) for tree in trees), default=1)
    shape = (len(trees), width)
    split = np.full(shape, LEAF, dtype=np.int32)
    threshold, value = np.zeros(shape), np.zeros(shape)
    left = np.tile(np.arange(width, dtype=np.int32), (len(trees), 1))
    right = left.copy()
    for row, tree in enumerate(trees):
        count = len(tree["value"])
        split[row, :count], threshold[row, :count] = tree["split"], tree["threshold"]
        inner = np.flatnonzero(split[row] != LEAF)
        left[row, inner] = np.asarray(tree["left"], dtype=np.int32)[inner]
        right[row, inner] = np.asarray(tree["right"], dtype=np.int32)[inner]
        value[row, :count] = tree["value"]
    depth = max((_depth(tree) for tree in trees), default=0)
    return Forest(tuple(features), base, split, threshold, left, right, value, depth, Scorer(trees))


def _depth(tree: Mapping[str, Any]) -> int:
    depths = [0] * len(tree["value"])
    for node, column in enumerate(tree["split"]):  # children come after their parent
        if column != LEAF:
            depths[tree["left"][node]] = depths[tree["right"][node]] = depths[node] + 1
    return max(depths)


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned from labelled articles: the pair score, and the mean scores at which articles come together."""

    forest: Forest
    brief: Forest  # for pairs of which one has a headline, or little more
    join_article: float  # an event of one article is joined from this probability on
    join_event: float  # an event of several articles, from this mean on: several agree
    merge: float  # two events become one from this mean of all their pairs on

    def probability(self, rows: Matrix, brief: NDArray[np.bool_]) -> Matrix:
        """One for each row of features. `brief`: of a pair of which one article has little text."""
        found = np.zeros(len(rows))
        for forest, which in ((self.forest, ~brief), (self.brief, brief)):
            if which.any():
                found[which] = forest.probability(rows[which])
        return found


def parse_model(text: str) -> Model:
    """Reads the model file; KeyError or ValueError if it is none."""
    return as_model(json.loads(text))


def as_model(document: Mapping[str, Any]) -> Model:
    """From the model file's contents."""
    full, brief = (plant(document["features"], document[n]["base"], document[n]["trees"]) for n in ("full", "brief"))
    return Model(full, brief, document["join_article"], document["join_event"], document["merge"])
