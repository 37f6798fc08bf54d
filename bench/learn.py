"""From labelled articles to a model: pairs worth a score, what annotators say of them, and trees that learn it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bench.boosting import Booster, Settings
from bench.saved import LabelledSet
from feedsvc.events import canonical_order, shipped
from feedsvc.events.features import BODY, NAMES, features
from feedsvc.events.forest import Model, plant
from feedsvc.events.pairs import WINDOW_HOURS, Pairs, alike, brief
from feedsvc.events.profile import profile
from feedsvc.events.window import Window, window_of
from feedsvc.events.words import TERM_SPACE
from feedsvc.model import Article

# Chosen on all six sets together, each matched by a model that had not seen it; docs/matching.md has the table.
LEAD = 120  # characters of a lead, at most
UNTRAINED = Model(plant(NAMES, 0.0, []), plant(NAMES, 0.0, []), 1, 1, 1)
JOIN_ARTICLE, JOIN_EVENT, MERGE = 0.4, 0.2, 0.3


@dataclass(frozen=True, slots=True)
class Examples:
    """Pairs of one labelled set."""

    rows: NDArray[Any]  # features
    same: NDArray[Any]  # 1: both annotators say one event; 0: both say two
    weights: NDArray[Any]


def headline_only(article: Article) -> Article:
    return replace(article, lead="", text="")


def with_lead(article: Article) -> Article:
    """As most feeds have it: the headline and a paragraph."""
    opening = article.lead or article.text.partition("\n")[0]
    return replace(article, lead=opening[:LEAD], text=opening[:LEAD])


def cut(labelled: LabelledSet, shorten: Callable[[Article], Article]) -> LabelledSet:
    return replace(labelled, articles=tuple(map(shorten, labelled.articles)))


def mixed(labelled: LabelledSet) -> LabelledSet:
    """Every other article with its headline only: a source with full texts beside one without."""
    articles = enumerate(labelled.articles)
    return replace(labelled, articles=tuple(headline_only(a) if n % 2 else a for n, a in articles))


@dataclass(frozen=True, slots=True)
class Lessons:
    """What one labelled set teaches."""

    full: Examples
    brief: Examples  # of pairs of which one article has little text


def lessons(labelled: LabelledSet) -> Lessons:
    whole = examples(labelled)
    shortened = (cut(labelled, headline_only), cut(labelled, with_lead), mixed(labelled))
    variants = [whole, *map(examples, shortened)]
    return Lessons(whole, joined([only(found, brief(found.rows)) for found in variants]))


def only(found: Examples, which: NDArray[Any]) -> Examples:
    return Examples(found.rows[which], found.same[which], found.weights[which])


def joined(parts: Sequence[Examples]) -> Examples:
    return Examples(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("rows", "same", "weights")))


def distinct(labelled: LabelledSet) -> tuple[list[Article], dict[str, str]]:
    """One article per key, the first saved, in the order of placing; and the key of every label id."""
    first: dict[str, Article] = {}
    for article in canonical_order(labelled.articles):
        first.setdefault(article.key, article)
    keys = {label: article.key for label, article in zip(labelled.ids, labelled.articles, strict=True)}
    return list(first.values()), keys


def examples(labelled: LabelledSet) -> Examples:
    articles, keys = distinct(labelled)
    label = {key: name for name, key in sorted(keys.items(), reverse=True)}
    window = window_of((profile(article, shipped.words()) for article in articles), shipped.words())
    pairs, sizes = Pairs(UNTRAINED, window), Counter(labelled.first.values())
    rows, same, weights = [], [], []
    for number, earlier in enumerate(_near(window)):
        if not len(earlier):
            continue
        others = earlier[alike(pairs.shared(np.full(len(earlier), number), earlier))]
        if not len(others):
            continue
        found = features(pairs.shared(np.full(len(others), number), others))
        for other, row in zip(others.tolist(), found, strict=True):
            pair = label[window.keys[number]], label[window.keys[other]]
            first, second = (grouping[pair[0]] == grouping[pair[1]] for grouping in (labelled.first, labelled.second))
            if first == second:
                rows.append(row)
                same.append(first)
                weights.append(_weight(labelled, sizes, pair[0]) if first else 1.0)
    return Examples(np.array(rows), np.array(same, dtype=np.float64), np.array(weights))


def _weight(labelled: LabelledSet, sizes: Counter[str], label: str) -> float:
    """An event of n articles has n(n-1)/2 pairs that say much the same: each counts for less, the more there are."""
    return float((sizes[labelled.first[label]] - 1) ** -0.5)


def _near(window: Window) -> list[NDArray[Any]]:
    """For each article the earlier ones that may be worth a score (all products at once: far faster)."""
    found = [window.terms(slot) for slot in range(len(window))]
    bodies = [(ids[fields == BODY], weights[fields == BODY]) for ids, fields, weights in found]
    ends = np.cumsum([0, *(len(ids) for ids, _ in bodies)])
    values = np.concatenate([weights / max(np.linalg.norm(weights), 1e-9) for _, weights in bodies])
    matrix = sparse.csr_array((values, np.concatenate([ids for ids, _ in bodies]), ends), (len(bodies), TERM_SPACE))
    common = (matrix @ matrix.T).toarray()
    hours = window.facts["hours"]
    return [
        np.flatnonzero((common[n, :n] > 0.005) & (np.abs(hours[:n] - hours[n]) <= WINDOW_HOURS))
        for n in range(len(bodies))
    ]


def fit(sets: Sequence[Lessons], settings: Settings | None = None) -> dict[str, Any]:
    """The model as it stands in its file, but for where it comes from."""
    parts = {name: joined([getattr(s, name) for s in sets]) for name in ("full", "brief")}
    forests = {name: _forest(part, settings or Settings()) for name, part in parts.items()}
    thresholds = {"join_article": JOIN_ARTICLE, "join_event": JOIN_EVENT, "merge": MERGE}
    return {**thresholds, "features": list(NAMES), **forests}


def _forest(part: Examples, settings: Settings) -> dict[str, Any]:
    booster = Booster(part.rows, part.same, settings, part.weights)
    trees = booster.fit()
    return {"base": round(booster.base, 6), "trees": trees}


def readable(text: str) -> str:
    """JSON with each tree's lists on a line of their own, so that two models can be compared."""
    return re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: "[" + re.sub(r",\s+", ", ", m[1]) + "]", text)
