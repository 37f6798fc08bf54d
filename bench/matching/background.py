"""Windows of any size, of real articles: theirs once, then copies that share their common terms only.

Real news differs: two articles have common words in common, and rare ones if they report the same. A copy has others
for the rare terms of its original, so that it is an article of its own with neighbours as an article has them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import sparse

from feedsvc.events import Matcher, Profile, shipped
from feedsvc.events.index import key_terms
from feedsvc.events.outline import Outlines
from feedsvc.events.pairs import WINDOW_HOURS
from feedsvc.events.window import facts_of
from feedsvc.events.words import TERM_SPACE
from feedsvc.text import event_id

AT_ONCE = 10_000


class Background:
    """Articles by number, without end."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self._profiles = profiles
        self.hours = profiles[0].hours  # the middle of the window
        weights = shipped.words().weights
        self._rare = weights > float(weights.max()) - 0.01
        self._apart = np.random.default_rng(2).uniform(-WINDOW_HOURS / 2, WINDOW_HOURS / 2, 1 << 20)

    def at(self, number: int) -> Profile:
        copy, place = divmod(number, len(self._profiles))
        known = self._profiles[place]
        ids = known.ids
        if copy:
            ids = np.where(self._rare[ids], (ids.astype(np.int64) * 5 + copy * 7919) % TERM_SPACE, ids).astype(np.int32)
        hours = self.hours + float(self._apart[number % len(self._apart)])
        name = f"{number}:{known.key}"
        return replace(known, key=name, url=f"{known.url}#{copy}", text_digest=name, hours=hours, ids=ids)

    def first(self, size: int) -> Iterator[Profile]:
        return map(self.at, range(size))

    def fill(self, matcher: Matcher, size: int) -> None:
        """Each an event of its own. Profiles are given when they are asked for, as by the store."""
        for start in range(0, size, AT_ONCE):
            batch = list(map(self.at, range(start, min(start + AT_ONCE, size))))
            terms = [key_terms(known, shipped.words()).ids for known in batch]
            facts = np.concatenate([facts_of(known) for known in batch])
            keys = [known.key for known in batch]
            told = Outlines(keys, facts, np.concatenate(terms), [len(each) for each in terms])
            matcher.restore_outlines(told, [event_id(key) for key in keys], self._fetched)

    def _fetched(self, keys: Sequence[str]) -> list[Profile]:
        return [self.at(int(key.partition(":")[0])) for key in keys]

    def bodies(self, size: int) -> sparse.csr_array:
        """All texts as one matrix: their product with one is brute force, a limit to compare with."""
        parts = [known.weighed("body", shipped.words().weights) for known in self.first(size)]
        ends = np.cumsum([0, *(len(ids) for ids, _ in parts)])
        values = (np.concatenate([weights for _, weights in parts]), np.concatenate([ids for ids, _ in parts]), ends)
        return sparse.csr_array(values, (size, TERM_SPACE))


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of CPU."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1_000


def resident() -> int:
    """Bytes that the process holds in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096
