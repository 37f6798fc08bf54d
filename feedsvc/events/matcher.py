"""Puts articles into events, one after another: each joins the event that it fits best, or founds one.

Pure, in memory, deterministic; looks at article times only. Called by the ingest conductor, which restores what was
placed before and keeps what is placed now.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from feedsvc.events import shipped
from feedsvc.events.forest import Model
from feedsvc.events.index import Index
from feedsvc.events.pairs import WINDOW_HOURS, Judge, certain, comparable
from feedsvc.events.profile import Profile, profile
from feedsvc.events.words import Words
from feedsvc.model import Article, Placement
from feedsvc.text import event_id

# Two events are compared whole only while that stays cheap; larger ones have long been told apart.
MOST_PAIRS_TO_MERGE = 400
MOST_TO_MERGE = 3  # events beside the joined one that are looked at,
LEAST_TO_MERGE = 0.05  # if the new article fits them at least so well

Order = tuple[datetime, datetime, str]


def order_of_placing(article: Article) -> Order:
    return (article.first_seen, article.published or article.first_seen, article.key)


def canonical_order(articles: Iterable[Article]) -> list[Article]:
    """The order in which articles are placed, whatever the order in which they came: one big run equals many small."""
    return sorted(articles, key=order_of_placing)


@dataclass(slots=True)
class _Placed:
    profile: Profile
    event: str
    order: Order


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well the article fits one event."""

    event: str
    mean: float  # probability, over the event's articles within the window
    members: int
    closest: str  # key of the article with the highest probability
    certain: str  # why no score is needed; empty if one is


class Matcher:
    """Events in memory.

    An article is held against the articles within WINDOW of its own time and no others. So a matcher to which every
    placed article within WINDOW of those to come was restored answers as one that has seen everything.
    """

    def __init__(self, model: Model | None = None, words: Words | None = None) -> None:
        self._judge = Judge(model or shipped.model())
        self._words = words or shipped.words()
        self._clear()

    def _clear(self) -> None:
        self._placed: list[_Placed] = []
        self._slots: dict[str, int] = {}  # article key -> slot
        self._members: dict[str, list[int]] = {}  # event id -> slots
        self._hours = array("d")
        self._index = Index()
        self._same: dict[str, list[int]] = {}  # address or digest of the text -> slots

    def restore(self, article: Article, event: str) -> None:
        """Bring back an article that was placed before, or replace it by its revision; its event stays."""
        if article.key in self._slots:
            self._replace(article)
        else:
            self._add(profile(article, self._words), event, order_of_placing(article))

    def place(self, article: Article) -> Placement:
        """Put an article into the event that it fits best, or into a new one; an article already placed stays."""
        if article.key in self._slots:
            event = self._placed[self._slots[article.key]].event
            return Placement(article.key, event, founded=False, score=1.0, reason="already placed")
        new = profile(article, self._words)
        fits = self._fits(new)
        best = next((fit for fit in fits if fit.mean >= self._least_to_join(fit)), None)
        if best is None:
            event = event_id(article.key)
            self._add(new, event, order_of_placing(article))
            return Placement(article.key, event, founded=True, score=1.0, reason=_why_founded(fits))
        self._add(new, best.event, order_of_placing(article))
        event, absorbed = self._merge(new, best, fits)
        return Placement(article.key, event, False, round(best.mean, 6), _why_joined(best), absorbed)

    def _least_to_join(self, fit: _Fit) -> float:
        return self._judge.model.join_article if fit.members == 1 else self._judge.model.join_event

    def forget_before(self, time: datetime) -> None:
        """Drop articles older than this from memory; they stay in their events, and nothing can join them any more."""
        earliest = time.timestamp() / 3600
        kept = [placed for placed in self._placed if placed.profile.hours >= earliest]
        self._clear()
        for placed in kept:
            self._add(placed.profile, placed.event, placed.order)

    def _add(self, new: Profile, event: str, order: Order) -> None:
        slot = len(self._placed)
        self._placed.append(_Placed(new, event, order))
        self._slots[new.key] = slot
        self._members.setdefault(event, []).append(slot)
        self._hours.append(new.hours)
        self._index.add(slot, new)
        for mark in _marks(new):
            self._same.setdefault(mark, []).append(slot)

    def _replace(self, article: Article) -> None:
        """A revision takes its article's place; rare enough to lay out everything anew."""
        slot = self._slots[article.key]
        placed = self._placed
        self._clear()
        for number, old in enumerate(placed):
            self._add(profile(article, self._words) if number == slot else old.profile, old.event, old.order)

    def _fits(self, new: Profile) -> list[_Fit]:
        """Events that share something with the article, best first."""
        events = sorted({self._placed[slot].event for slot in self._candidates(new)})
        members = [[s for s in self._members[event] if self._near(new, s)] for event in events]
        flat = [self._placed[slot].profile for slots in members for slot in slots]
        scores = iter(zip(flat, self._judge.probabilities(new, flat), strict=True))
        fits = [_fit(new, event, [next(scores) for _ in slots]) for event, slots in zip(events, members, strict=True)]
        return sorted(fits, key=lambda fit: (-fit.mean, fit.event))

    def _candidates(self, new: Profile) -> set[int]:
        hours = np.array(self._hours)
        found = self._index.near(new, np.abs(hours - new.hours) <= WINDOW_HOURS) if len(hours) else []
        linked = [self._slots[key] for key in new.references if key in self._slots]
        same = [slot for mark in _marks(new) for slot in self._same.get(mark, ())]
        return {slot for slot in (*found, *linked, *same) if self._near(new, slot)}

    def _near(self, new: Profile, slot: int) -> bool:
        return comparable(new, self._placed[slot].profile)

    def _merge(self, new: Profile, joined: _Fit, fits: Sequence[_Fit]) -> tuple[str, tuple[str, ...]]:
        """The event that the article is in now, and those that turned out to be the same."""
        event, absorbed = joined.event, []
        likely = [fit.event for fit in fits if fit.mean >= LEAST_TO_MERGE and fit is not joined]
        others = set(likely[:MOST_TO_MERGE])
        while others:
            means = [(self._mean_between(new, event, other), other) for other in sorted(others)]
            mean, other = max(means)
            if mean < self._judge.model.merge:
                break
            others.remove(other)
            event, younger = sorted((event, other), key=self._founding)
            for slot in self._members.pop(younger):
                self._placed[slot].event = event
                self._members[event].append(slot)
            absorbed.append(younger)
        return event, tuple(absorbed)

    def _mean_between(self, new: Profile, event: str, other: str) -> float:
        """Mean probability over all pairs of two events' articles near the new one; 0 where that cannot be told."""
        pair = (self._event_near(new, event), self._event_near(new, other))
        if not all(pair) or len(pair[0]) * len(pair[1]) > MOST_PAIRS_TO_MERGE:
            return 0.0
        smaller, larger = sorted(pair, key=len)
        others = [self._placed[slot].profile for slot in larger]
        scores = [p for slot in smaller for p in self._judge.probabilities(self._placed[slot].profile, others)]
        return math.fsum(scores) / len(scores)

    def _event_near(self, new: Profile, event: str) -> list[int]:
        """The event's slots within the window, if its founder is among them: else nobody knows which event is older."""
        slots = [slot for slot in self._members[event] if self._near(new, slot)]
        return slots if any(event_id(self._placed[slot].profile.key) == event for slot in slots) else []

    def _founding(self, event: str) -> Order:
        return min(
            self._placed[s].order for s in self._members[event] if event_id(self._placed[s].profile.key) == event
        )


def _marks(profile: Profile) -> list[str]:
    """What two articles have in common only if they are the same text or page."""
    return [mark for mark in (profile.url, profile.text_digest) if mark]


def _fit(new: Profile, event: str, scored: Sequence[tuple[Profile, float]]) -> _Fit:
    why = [(other.key, reason) for other, score in scored if score == 1.0 and (reason := certain(new, other))]
    if why:
        return _Fit(event, 1.0, len(scored), *min(why))
    # fsum is exact: the mean does not depend on the order of the members.
    mean = math.fsum(score for _, score in scored) / len(scored)
    closest = max(scored, key=lambda pair: (pair[1], pair[0].key))[0].key
    return _Fit(event, mean, len(scored), closest, "")


def _why_founded(fits: Sequence[_Fit]) -> str:
    if not fits:
        return "founds an event: nothing like it within the window"
    return f"founds an event: the likeliest other one fits with {fits[0].mean:.2f} (closest {fits[0].closest})"


def _why_joined(fit: _Fit) -> str:
    if fit.certain:
        return f"{fit.certain} as {fit.closest}"
    return f"the same news with probability {fit.mean:.2f}, the mean over {fit.members} (closest {fit.closest})"
