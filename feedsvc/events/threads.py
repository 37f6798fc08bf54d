"""Which earlier event a new one goes on from: arrest, trial and verdict are three events and one thread.

Pure, in memory; looks at article times only. What it answers depends on the articles of the window alone, not on the
order in which they were restored. Called by the ingest conductor beside matcher.py.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events import shipped
from feedsvc.events.link import Link
from feedsvc.events.places import place_name
from feedsvc.events.postings import Columns, Postings
from feedsvc.events.profile import Profile
from feedsvc.events.trace import Trace, Traces, trace
from feedsvc.events.words import Words, hashed
from feedsvc.text import event_id

Array = NDArray[Any]
THREAD_WINDOW = timedelta(days=100)  # a saga that rests for longer begins anew
WINDOW_HOURS = THREAD_WINDOW / timedelta(hours=1)
# Of the articles of that time so many, the latest of those that may belong to a saga: 200 MB. In a language that has a
# thousand articles a day that is all.
MOST_EARLIER = 100_000

SHIPPED_FOR = 1000  # articles that the shipped rarity counts for, beside those of the window
# Log-odds that two articles tell of one saga, learned from 546 pairs that were read and judged (docs/matching.md).
BASE = 6.0
PER_LOG_COSINE = 2.2
PER_LOG_DAY = -0.6  # of the days between them,
REST_DAYS = 30  # of which no more count: a saga that rested for a month may rest for two
SAME_PUBLISHER = -0.6  # whose columns and phrases return in every story
PER_PLACE = 1.2  # that both name in headline or lead,
MOST_PLACES = 2  # of which no more count
LEAST = 0.82  # probability of a link
NEARLY = 0.05  # below the best: among events so close the latest is the saga's last step


@dataclass(frozen=True, slots=True)
class _Candidate:
    likeness: float
    event: str
    hours: float
    places: frozenset[str]  # that it has in common with the new article
    cosine: float


class Threads:
    """Events of the last months, by the telling terms of their articles.

    A new event is held against the MOST_EARLIER latest articles that are earlier, by THREAD_WINDOW at most, and no
    others. So where all of those were restored, each once, the answer is that of one who has seen everything.
    """

    def __init__(self, words: Words | None = None) -> None:
        self._rarity = (words or shipped.words()).weights
        self._postings = Postings()
        # Of each article, by slot. Not an object for each: there may be a hundred thousand.
        self._events: list[str] = []  # as they were called then
        self._places: list[frozenset[str]] = []
        self._publishers = array("q")  # `hashed` names
        self._hours = array("d")
        self._norms = array("d")
        self._founded: dict[str, float] = {}  # event id -> hours of its founding article, where that is known
        self._renamed: dict[str, str] = {}  # younger event -> the older one that it turned out to be

    def trace(self, article: Profile | Trace) -> Trace:
        return article if isinstance(article, Trace) else trace(article, self._rarity)

    def restore(self, article: Profile | Trace, event: str) -> None:
        """Take in an article that has its place, once."""
        left = self.trace(article)
        if event_id(left.key) == event:
            self._founded[event] = left.hours
        if len(left.terms):
            self._postings.add(np.full(len(left.terms), len(self._events)), left.terms, left.weights)
            self._events.append(event)
            self._places.append(left.places)
            self._publishers.append(hashed(left.publisher))
            self._hours.append(left.hours)
            self._norms.append(float(_norms(left.weights, np.zeros(1, dtype=np.int64))[0]))

    def restore_traces(self, traces: Traces, events: Sequence[str]) -> None:
        """Take in articles that have their places, `events`."""
        for key, hours, event in zip(traces.keys, traces.hours.tolist(), events, strict=True):
            if event_id(key) == event:
                self._founded[event] = hours
        telling = np.flatnonzero(traces.lengths)  # the others are of no saga
        lengths = traces.lengths[telling]
        slots = np.arange(len(telling)) + len(self._events)
        self._postings.add(np.repeat(slots, lengths), traces.terms, traces.weights)
        self._events += [events[place] for place in telling.tolist()]
        self._places += [traces.places[place] for place in telling.tolist()]
        self._publishers.extend(traces.publishers[telling].tolist())
        self._hours.extend(traces.hours[telling].tolist())
        self._norms.extend(_norms(traces.weights, np.cumsum(lengths) - lengths).tolist())

    def follows(self, article: Profile | Trace, event: str) -> Link | None:
        """What the event that this article founds goes on from; asked before or after the article is restored."""
        new = self.trace(article)
        start, window = self._window(new)
        best: dict[str, _Candidate] = {}
        for candidate in self._candidates(new, window):
            other = candidate.event
            if other != event and self._founding(other) < new.hours:
                best[other] = max(candidate, best.get(other, candidate), key=_rank)
        if not best:
            return None
        close = max(candidate.likeness for candidate in best.values()) - NEARLY
        # What was founded before the window may be forgotten: among such events the times must not decide.
        last = max(
            (o for o, c in best.items() if c.likeness >= close), key=lambda o: (max(self._founding(o), start), o)
        )
        return Link(last, best[last].likeness, _words(new, best[last]))

    def rename(self, younger: str, older: str) -> None:
        """The younger event turned out to be the older one."""
        self._founded.pop(younger, None)
        self._renamed[younger] = older

    def _event(self, slot: int) -> str:
        """That its article is in now."""
        event = self._events[slot]
        while event in self._renamed:
            event = self._renamed[event]
        return event

    def _founding(self, event: str) -> float:
        """Hours of the founding article; where it is not known, it is older than all that are."""
        return self._founded.get(event, -math.inf)

    def _window(self, new: Trace) -> tuple[float, Array]:
        """Hours at which it begins, and which slots are in it."""
        hours = np.array(self._hours)
        start = new.hours - WINDOW_HOURS
        window = (hours < new.hours) & (hours >= start)
        earlier = hours[window]
        if len(earlier) > MOST_EARLIER:
            start = float(np.partition(earlier, -MOST_EARLIER)[-MOST_EARLIER])
            window &= hours >= start
        return start, window

    def _candidates(self, new: Trace, window: Array) -> list[_Candidate]:
        """Earlier articles within the window that are likely to tell of the same saga."""
        if not (len(new.terms) and window.any()):
            return []
        cosines = self._cosines(new, window)
        # Where publisher and place speak for the article as much as they can.
        hopeful = np.flatnonzero(
            BASE + PER_PLACE * MOST_PLACES + PER_LOG_COSINE * np.log(cosines + 1e-9) >= _log_odds(LEAST)
        )
        scored = [self._candidate(new, slot, float(cosines[slot])) for slot in hopeful.tolist()]
        return [candidate for candidate in scored if candidate.likeness >= LEAST]

    def _cosines(self, new: Trace, window: Array) -> Array:
        """Cosine of each slot's terms with those of the new article, weighted by their rarity within the window."""
        found = self._postings.find(new.terms)
        found = found[window[found.slots]]
        rarity = _rarity_within(found, len(new.terms), int(window.sum()))
        products = (new.weights * rarity**2)[found.terms] * found.weights
        norms = np.linalg.norm(new.weights * rarity) * np.array(self._norms)
        cosines: Array = np.bincount(found.slots, products, len(window)) / norms.clip(1e-9)
        return cosines

    def _candidate(self, new: Trace, slot: int, cosine: float) -> _Candidate:
        hours, places = self._hours[slot], new.places & self._places[slot]
        odds = BASE + PER_LOG_COSINE * math.log(cosine)
        odds += PER_LOG_DAY * math.log1p(min((new.hours - hours) / 24, REST_DAYS))
        odds += SAME_PUBLISHER * (hashed(new.publisher) == self._publishers[slot])
        odds += PER_PLACE * min(len(places), MOST_PLACES)
        return _Candidate(round(1 / (1 + math.exp(-odds)), 6), self._event(slot), hours, places, cosine)


def _norms(weights: Array, starts: Array) -> Array:
    """Of vectors that lie end to end and begin there."""
    return np.sqrt(np.add.reduceat(weights**2, starts)) if len(starts) else np.zeros(0)


def _rank(candidate: _Candidate) -> tuple[float, float, float]:
    return (candidate.likeness, candidate.hours, candidate.cosine)


def _rarity_within(found: Columns, terms: int, articles: int) -> Array:
    """For each term 1 if no article of the window holds it, half if the square root of all do, near 0 if all do."""
    everything = articles + SHIPPED_FOR
    holding = np.bincount(found.terms, minlength=terms)
    return np.log(everything / (holding + 1)) / math.log(everything)


def _log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


def _words(new: Trace, found: _Candidate) -> str:
    days = (new.hours - found.hours) / 24
    ago = f"{days:.0f} days" if days >= 1.5 else f"{days * 24:.0f} hours"
    places = "、".join(sorted(map(place_name, found.places)))
    return f"{ago} earlier, {found.cosine:.0%} alike by how rare their words are" + (places and f", both in {places}")
