"""What matching is compared with, computed in the same run: every article alone, titles, TF-IDF."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.cluster.hierarchy import average, fcluster
from scipy.spatial.distance import squareform

from bench.measures import Score
from feedsvc.model import Article
from feedsvc.text import fold, tokens

OPENING = 500  # characters of the text
THRESHOLDS = np.arange(0.02, 0.9, 0.02)
Likeness = NDArray[Any]
Grouped = dict[str, str]  # article key -> event


def alone(articles: Sequence[Article]) -> Grouped:
    return {article.key: article.key for article in articles}


def tf_idf(articles: Sequence[Article]) -> Likeness:
    """Cosines of character bigrams of title and opening, weighted by rarity within the set."""
    counted = [Counter(tokens(fold(f"{a.title}\n{a.text[:OPENING]}"))) for a in articles]
    frequency = Counter(term for counts in counted for term in counts)
    column = {term: number for number, term in enumerate(sorted(frequency))}
    matrix = sparse.lil_array((len(articles), len(column)))
    for row, counts in enumerate(counted):
        for term, count in counts.items():
            matrix[row, column[term]] = count * (np.log((1 + len(articles)) / (1 + frequency[term])) + 1)
    return _cosines(matrix.tocsr())


def title_dice(articles: Sequence[Article]) -> Likeness:
    """Twice the common share of the titles' character bigrams."""
    terms = [set(tokens(fold(article.title))) for article in articles]
    return np.array([[2 * len(a & b) / (len(a) + len(b) or 1) for b in terms] for a in terms])


def at_its_best(articles: Sequence[Article], likeness: Likeness, judged: Callable[[Grouped], Score]) -> Score:
    """The score at the threshold of average linkage that suits these labels best by pairs: more than one can know."""
    np.fill_diagonal(likeness, 1.0)
    tree = average(squareform(np.clip(1 - likeness, 0, 1), checks=False))
    scores = []
    for threshold in THRESHOLDS:
        events = fcluster(tree, 1 - threshold, "distance").tolist()
        scores.append(judged({a.key: str(event) for a, event in zip(articles, events, strict=True)}))
    return max(scores, key=lambda score: score.pairs.f1)


def _cosines(rows: Any) -> Likeness:
    norms = np.sqrt(rows.multiply(rows).sum(axis=1))
    normed = sparse.diags_array(1 / np.maximum(norms, 1e-9)) @ rows
    return np.asarray((normed @ normed.T).toarray())
