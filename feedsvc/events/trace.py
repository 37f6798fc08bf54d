"""What threads remember of an article: its most telling terms and a few facts, a kilobyte that the store can keep.

Pure: the same profile leaves the same trace. Called by threads.py, and by who keeps traces between two runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.postings import beginnings
from feedsvc.events.profile import Profile
from feedsvc.events.words import hashed

Array = NDArray[Any]
TERMS = 96  # an article's heaviest, which alone are kept
# How much a term's rarity counts in each part of an article.
SHARES = {"title": 2.0, "triples": 0.5, "names": 1.0, "body": 1.0}
# Reports of the markets come every day, in the same words, and are of no saga.
MARKETS = """
美股 欧股 港股 日股 亚股 台股 陆股 股市 沪指 恒指 恒生 日经 纳指 股汇 汇市 债市 间价 油价 金价 台币 期货
stocks shares bourse nasdaq nikkei dax futures
"""
ROUTINE = frozenset(map(hashed, MARKETS.split()))


@dataclass(frozen=True, slots=True)
class Trace:
    key: str  # of the article
    hours: float  # its time, hours since 1970
    publisher: str
    places: frozenset[str]  # in headline and lead
    terms: Array  # int32, sorted; none where the article cannot be of a saga
    weights: Array  # float64 that are whole float16: what was kept equals what was just made


@dataclass(frozen=True, slots=True)
class Traces:
    """Of many articles, end to end."""

    keys: Sequence[str]
    hours: Array
    publishers: Array  # their `hashed` names
    places: Sequence[frozenset[str]]
    terms: Array  # of the first, then of the next …
    weights: Array
    lengths: Array  # how many terms each has


def trace(profile: Profile, rarity: Array) -> Trace:
    """`rarity`: of each term's number."""
    terms, weights = _heaviest(profile, rarity) if _of_a_saga(profile) else (np.empty(0, np.int32), np.empty(0))
    return Trace(profile.key, profile.hours, profile.publisher, profile.places, terms, weights)


def _of_a_saga(profile: Profile) -> bool:
    return not profile.alone and ROUTINE.isdisjoint(profile.field("title").tolist())


def _heaviest(profile: Profile, rarity: Array) -> tuple[Array, Array]:
    parts = [(*profile.weighed(name, rarity), share) for name, share in SHARES.items()]
    held = np.concatenate([ids for ids, _, _ in parts])
    order = np.argsort(held, kind="stable")
    first = beginnings(held[order])
    if not len(first):
        return np.empty(0, np.int32), np.empty(0)
    terms = held[order][first]
    weights = np.add.reduceat(np.concatenate([share * weight for _, weight, share in parts])[order], first)
    heaviest = np.lexsort((terms, -weights))[:TERMS]
    kept = np.sort(heaviest[weights[heaviest] > 0])
    return terms[kept].astype(np.int32), weights[kept].astype(np.float16).astype(np.float64)
