"""Puts articles into events, one after another: each joins the event that it fits best, or founds one.

Pure, in memory, deterministic; looks at article times only. Called by the ingest conductor, which restores what was
placed before and keeps what is placed now.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from feedsvc.events import shipped
from feedsvc.events.corrected import KEPT_APART, Corrections, said_same
from feedsvc.events.forest import Model
from feedsvc.events.index import Index, KeyTerms, key_terms
from feedsvc.events.outline import Outlines
from feedsvc.events.pairs import Pairs
from feedsvc.events.profile import Profile, profile
from feedsvc.events.window import Fetch, Window, marks
from feedsvc.events.words import Words
from feedsvc.model import Article, Correction, Placement, Question
from feedsvc.text import event_id

# Two events are compared whole only while that stays cheap; larger ones have long been told apart.
MOST_PAIRS_TO_MERGE = 400
MOST_TO_MERGE = 3  # events beside the joined one that are looked at,
LEAST_TO_MERGE = 0.05  # if the new article fits them at least so well
# Those closest in time: of one event that a new article is held against, and of candidates that share as much with it.
MOST_MEMBERS, MOST_TIED = 50, 60
# Between these means the score is unsure, and a judge or a person may know better.
UNSURE_FROM, UNSURE_TO = 0.02, 0.97
MOST_IN_QUESTION = 5  # events
# Articles that are held against others together, whose profiles are fetched together: some 20 MB of these.
AT_ONCE = 50
MOST_TOLD = 100_000  # pairs of articles whose probability is remembered, some 15 MB
JUDGE_RIGHT = 0.97  # share of a judge's answers that are taken to be right

Array = NDArray[Any]
Order = tuple[float, float, str]
Ask = Callable[[Question], tuple[int, ...] | None]  # places of the candidates that report the event; None: no answer


class Dated(Protocol):
    """An article, or what is known of it before it is read."""

    @property
    def key(self) -> str: ...
    @property
    def first_seen(self) -> datetime: ...
    @property
    def published(self) -> datetime | None: ...


AnyDated = TypeVar("AnyDated", bound=Dated)


def order_of_placing(article: Dated) -> tuple[datetime, datetime, str]:
    return (article.first_seen, article.published or article.first_seen, article.key)


def canonical_order(articles: Iterable[AnyDated]) -> list[AnyDated]:
    """The order in which articles are placed, whatever the order in which they came: one big run equals many small."""
    return sorted(articles, key=order_of_placing)


class _Pair(NamedTuple):
    """The article and another."""

    slot: int  # the other's
    probability: float
    certain: str  # why no score is needed; empty if one is


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well the article fits one event."""

    event: str
    mean: float  # probability, over the event's articles within the window
    members: int
    closest: str  # key of the article with the highest probability
    certain: str  # why no score is needed; empty if one is
    judged: bool = False  # a judge says that the article reports it

    @property
    def why(self) -> str:
        if self.judged:
            return f"a judge says: the same event as {self.closest}, where the score says {self.mean:.2f}"
        if self.certain:
            return f"{self.certain} as {self.closest}"
        return f"the same news with probability {self.mean:.2f}, the mean over {self.members} (closest {self.closest})"


class Matcher:
    """Events in memory.

    An article is held against the articles within WINDOW of its own time and no others. So a matcher to which every
    placed article within WINDOW of those to come was restored answers as one that has seen everything.
    """

    def __init__(
        self,
        model: Model | None = None,
        words: Words | None = None,
        corrections: Iterable[Correction] = (),
        ask: Ask | None = None,
    ) -> None:
        self._model = model or shipped.model()
        self._words = words or shipped.words()
        self._corrections = Corrections(corrections)
        self._ask = ask
        self._index = Index()
        self._begin(Window(self._words))

    def _begin(self, window: Window) -> None:
        """With no event."""
        self._window = window
        self._pairs = Pairs(self._model, window)
        self._event: list[str] = []  # by slot
        self._slots: dict[str, int] = {}  # article key -> slot
        self._members: dict[str, list[int]] = {}  # event id -> slots
        self._same: dict[int, list[int]] = {}  # hash of an address or text -> slots; of those that came one by one
        self._same_outlined: list[tuple[Array, Array]] = []  # likewise, sorted hashes and slots, of the others
        self._told: dict[int, dict[int, float]] = {}  # slot -> others, each with the probability of one event
        self._pairs_told = 0
        # Of articles that are about to be placed: what they may have to do with, and what is to be said of these pairs.
        self._found: dict[int, list[int]] = {}
        self._foreseen: dict[int, dict[int, _Pair]] = {}

    def restore(self, article: Article | Profile, event: str) -> None:
        """Bring back an article that was placed before, or replace it by its revision; its event stays."""
        known = self._profile(article)
        if known.key in self._slots:
            event = self._event[self._slots[known.key]]
            self._keep(np.array([key != known.key for key in self._window.keys]))
        terms = key_terms(known, self._words).ids
        slot = self._window.add(known)
        self._index.add([slot], terms, [len(terms)])
        self._join(slot, event)

    def restore_outlines(self, outlines: Outlines, events: Sequence[str], fetch: Fetch) -> None:
        """Bring back articles that were placed before and are not here; `events`: of each. `fetch` is asked for the
        profiles of those that are held against another."""
        self._window.fetch = fetch
        slots = self._window.expect(outlines.keys, outlines.facts)
        self._index.add(slots, outlines.terms, outlines.lengths)
        of_all = np.concatenate([outlines.facts["page"], outlines.facts["text"]])
        self._same_outlined.append(_in_order(of_all, np.tile(slots, 2)))
        for slot, event in zip(slots, events, strict=True):
            self._enter(slot, event)

    def place(self, article: Article | Profile) -> Placement:
        """Put an article into the event that it fits best, or into a new one; an article already placed stays."""
        return self.place_all([article])[0]

    def place_all(
        self, articles: Sequence[Article | Profile], terms: Sequence[KeyTerms] | None = None
    ) -> list[Placement]:
        """The same for several, in this order, with half the work. `terms`: their `key_terms`, if they are at hand."""
        made = [self._profile(article) for article in articles]
        terms = terms or [key_terms(new, self._words) for new in made]
        together = [slice(start, start + AT_ONCE) for start in range(0, len(made), AT_ONCE)]
        return [placed for some in together for placed in self._place_together(made[some], terms[some])]

    def _place_together(self, articles: Sequence[Profile], terms: Sequence[KeyTerms]) -> list[Placement]:
        slots: dict[str, int] = {}
        for new, found_by in zip(articles, terms, strict=True):
            if new.key not in self._slots and new.key not in slots:
                slots[new.key] = self._await(new, found_by)
        self._foresee()
        placed = [self._place(new.key, slots.get(new.key, -1)) for new in articles]
        self._found, self._foreseen = {}, {}
        return placed

    def _await(self, new: Profile, terms: KeyTerms) -> int:
        """The slot of an article that is about to be placed; those after it find it."""
        slot = self._window.add(new)
        self._found[slot] = self._alike(slot, terms)
        self._index.add([slot], terms.ids, [len(terms.ids)])
        return slot

    def _foresee(self) -> None:
        """Hold articles against what was found for each: all at once, for NumPy's calls take longer than their work."""
        lengths = np.array([len(others) for others in self._found.values()], dtype=np.int64)
        ones = np.repeat(np.array(list(self._found), dtype=np.int64), lengths)
        others = np.array(list(itertools.chain.from_iterable(self._found.values())), dtype=np.int64)
        for slot, pair in zip(ones.tolist(), self._scored(ones, others), strict=True):
            self._foreseen.setdefault(slot, {})[pair.slot] = pair

    def _scored(self, ones: Array, others: Array) -> Iterator[_Pair]:
        verdicts = self._pairs.verdicts(ones, others)
        return map(_Pair, others.tolist(), verdicts.probabilities.tolist(), verdicts.certain)

    def _place(self, key: str, slot: int) -> Placement:
        """`slot`: where the article waits, if it was not placed before."""
        if key in self._slots:
            event = self._event[self._slots[key]]
            return Placement(key, event, founded=False, score=1.0, reason="already placed")
        if self._pairs_told > MOST_TOLD:
            self._told, self._pairs_told = {}, 0
        fits = self._fits(slot)
        if tie := self._tie(key):
            self._join(slot, event := self._event[self._slots[tie]])
            return Placement(key, event, founded=False, score=1.0, reason=said_same(tie))
        allowed = [fit for fit in fits if not self._apart([slot], self._members[fit.event])]
        question = self._question(key, allowed)
        answer = self._ask(question) if question and self._ask else None
        if answer is None:
            chosen = [fit for fit in allowed if fit.mean >= self._least_to_join(fit)][:1]
            return self._placed(slot, chosen, allowed, question)
        judged = [replace(fit, judged=place in answer) for place, fit in enumerate(allowed)]
        chosen = [fit for fit in judged if fit.judged and _believed(fit)]
        return self._placed(slot, chosen, [fit for fit in judged if fit.judged], question)

    def _placed(self, slot: int, chosen: Sequence[_Fit], fits: Sequence[_Fit], question: Question | None) -> Placement:
        """Into the first of the chosen events, which are one; or into a new one."""
        key = self._window.keys[slot]
        if not chosen:
            self._join(slot, event := event_id(key))
            reason = KEPT_APART if self.kept_apart_from(key) else _why_founded(fits)
            return Placement(key, event, founded=True, score=1.0, reason=reason, unsure=question)
        best = chosen[0]
        self._join(slot, best.event)
        event, absorbed = self._merge(slot, best.event, [fit.event for fit in chosen[1:]], fits)
        return Placement(key, event, False, round(best.mean, 6), best.why, absorbed, question)

    def _profile(self, article: Article | Profile) -> Profile:
        return article if isinstance(article, Profile) else profile(article, self._words)

    def _least_to_join(self, fit: _Fit) -> float:
        return self._model.join_article if fit.members == 1 else self._model.join_event

    def kept_apart_from(self, key: str) -> str | None:
        """The event of the first article that a correction says this one differs from; None if there is none."""
        slots = [self._slots[other] for other in self._corrections.apart_from(key) if other in self._slots]
        return self._event[min(slots, key=self._order)] if slots else None

    def _keep(self, kept: Array) -> None:
        """Forget all slots but these. `kept`: one truth a slot."""
        slots, events = np.flatnonzero(kept).tolist(), self._event
        self._index.keep(kept)
        self._begin(self._window.kept(slots))
        for place, slot in enumerate(slots):
            self._enter(place, events[slot])
            self._mark(place)

    def _join(self, slot: int, event: str) -> None:
        """The first slot that is in no event is in this one."""
        self._enter(slot, event)
        self._mark(slot)

    def _enter(self, slot: int, event: str) -> None:
        self._slots[self._window.keys[slot]] = slot
        self._event.append(event)
        self._members.setdefault(event, []).append(slot)

    def _mark(self, slot: int) -> None:
        for mark in marks(self._window.facts[slot]):
            self._same.setdefault(mark, []).append(slot)

    def _marked(self, mark: int) -> list[int]:
        """Slots with this address or text."""
        found = list(self._same.get(mark, ()))
        if len(self._same_outlined) > 1:
            self._same_outlined = [_in_order(*map(np.concatenate, zip(*self._same_outlined, strict=True)))]
        for ordered, slots in self._same_outlined:
            first, end = ordered.searchsorted([mark, mark + 1])
            found += slots[first:end].tolist()
        return found

    def _fits(self, slot: int) -> list[_Fit]:
        """Events of which at least one article may report the same, best first."""
        candidates = self._by_event(self._candidates(slot)).values()
        asked = [other for found in candidates for other in self._closest_in_time(slot, found)]
        known = self._held_against(slot, asked)
        events = {self._event[one.slot] for one in known.values() if one.probability >= UNSURE_FROM}
        closest = {event: self._closest_in_time(slot, self._members[event]) for event in events}
        members = self._by_event(self._near(slot, list(itertools.chain.from_iterable(closest.values()))))
        others = sorted({other for found in members.values() for other in found}.difference(known))
        known |= self._held_against(slot, others)
        self._remember(slot, {other: one.probability for other, one in known.items()})
        fits = [self._fit(event, [known[other] for other in found]) for event, found in members.items()]
        return sorted(fits, key=lambda fit: (-fit.mean, fit.event))

    def _by_event(self, slots: Iterable[int]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for slot in slots:
            found.setdefault(self._event[slot], []).append(slot)
        return found

    def _held_against(self, slot: int, others: Sequence[int]) -> dict[int, _Pair]:
        """What is to be said of the article and each of these, which are near; by slot."""
        known = self._foreseen.setdefault(slot, {})
        if new := [other for other in others if other not in known]:
            known |= {pair.slot: pair for pair in self._scored(np.full(len(new), slot), np.array(new))}
        return {other: known[other] for other in others}

    def _closest_in_time(self, slot: int, others: Sequence[int], most: int = MOST_MEMBERS) -> list[int]:
        """As many of these slots as are worth the time; of those equally close the first by key."""
        if len(others) <= most:
            return list(others)
        slots = np.array(others)
        apart = np.abs(self._window.hours[slots] - self._window.hours[slot])
        last = np.partition(apart, most - 1)[most - 1]
        closer = slots[apart < last].tolist()
        tied = sorted(slots[apart == last].tolist(), key=self._window.keys.__getitem__)
        return [*closer, *tied[: most - len(closer)]]

    def _fit(self, event: str, scored: Sequence[_Pair]) -> _Fit:
        keys = self._window.keys
        if why := [(keys[one.slot], one.certain) for one in scored if one.certain]:
            return _Fit(event, 1.0, len(scored), *min(why))
        # fsum is exact: the mean does not depend on the order of the members.
        mean = math.fsum(one.probability for one in scored) / len(scored)
        closest = max((one.probability, keys[one.slot]) for one in scored)[1]
        return _Fit(event, mean, len(scored), closest, "")

    def _alike(self, slot: int, terms: KeyTerms) -> list[int]:
        """Those that came before and share most with the article."""
        best, tied = self._index.near(terms, lambda slots: self._pairs.near(slot, slots))
        return [*best.tolist(), *self._closest_in_time(slot, tied.tolist(), MOST_TIED)]

    def _candidates(self, slot: int) -> list[int]:
        linked = [self._slots[key] for key in self._window.references.get(slot, ()) if key in self._slots]
        same = [other for mark in marks(self._window.facts[slot]) for other in self._marked(mark)]
        return sorted({*self._found[slot], *self._near(slot, [*linked, *same])})

    def _near(self, slot: int, others: Sequence[int]) -> list[int]:
        slots = np.array(others, dtype=np.int64)
        found: list[int] = slots[self._pairs.near(slot, slots)].tolist()
        return found

    def _tie(self, key: str) -> str | None:
        """The article whose event this one is in because a correction says so: an event's founder before others."""
        tied = [other for other in self._corrections.same_as(key) if other in self._slots]
        events = {self._event[self._slots[other]] for other in tied}
        return min(
            tied, key=lambda other: (event_id(other) not in events, self._order(self._slots[other])), default=None
        )

    def _apart(self, some: Iterable[int], others: Iterable[int]) -> bool:
        """Whether a correction says of any two of them that they are of two events."""
        barred = {other for slot in some for other in self._corrections.apart_from(self._window.keys[slot])}
        return bool(barred) and any(self._window.keys[slot] in barred for slot in others)

    def _question(self, key: str, fits: Sequence[_Fit]) -> Question | None:
        """What is unsure about the article, if anything is."""
        asked = [fit for fit in fits if fit.mean >= UNSURE_FROM][:MOST_IN_QUESTION]
        if not asked or asked[0].mean >= UNSURE_TO:
            return None
        return Question(key, tuple(fit.closest for fit in asked), tuple(round(fit.mean, 6) for fit in asked))

    def _merge(
        self, slot: int, event: str, certain: Sequence[str], fits: Sequence[_Fit]
    ) -> tuple[str, tuple[str, ...]]:
        """The event that the article is in now, and those that turned out to be the same: `certain` ones and likely."""
        absorbed = []
        for other in certain:
            if not self._apart(self._members[event], self._members[other]):
                event, younger = self._united(event, other)
                absorbed.append(younger)
        likely = [fit.event for fit in fits if fit.mean >= LEAST_TO_MERGE and fit.event in self._members]
        others = set([other for other in likely if other != event][:MOST_TO_MERGE])
        while others:
            means = [(self._mean_between(slot, event, other), other) for other in sorted(others)]
            mean, other = max(means)
            if mean < self._model.merge:
                break
            others.remove(other)
            event, younger = self._united(event, other)
            absorbed.append(younger)
        return event, tuple(absorbed)

    def _united(self, event: str, other: str) -> tuple[str, str]:
        """The older of two events, which has the articles of both now, and the younger."""
        older, younger = sorted((event, other), key=self._founding)
        for slot in self._members.pop(younger):
            self._event[slot] = older
            self._members[older].append(slot)
        return older, younger

    def _mean_between(self, slot: int, event: str, other: str) -> float:
        """Mean probability over all pairs of two events' articles near the new one; 0 where that cannot be told, and
        where it is too small to make one event of them."""
        pair = (self._event_near(slot, event), self._event_near(slot, other))
        if not all(pair) or len(pair[0]) * len(pair[1]) > MOST_PAIRS_TO_MERGE or self._apart(*pair):
            return 0.0
        smaller, larger = sorted(pair, key=len)
        found: list[float] = []
        for place, one in enumerate(smaller, 1):
            found += self._between(one, larger)
            still_possible = math.fsum(found) + (len(smaller) - place) * len(larger)
            if still_possible < self._model.merge * len(smaller) * len(larger):
                return 0.0  # whatever the others say
        return math.fsum(found) / len(found)

    def _between(self, one: int, others: Sequence[int]) -> list[float]:
        """Events that may be one are compared whenever an article comes to either: nearly all is known by then."""
        new = [other for other in others if self._known_of(one, other) is None]
        near = self._held_against(one, self._near(one, new))
        self._remember(one, {other: near[other].probability if other in near else 0.0 for other in new})
        return [self._known_of(one, other) or 0.0 for other in others]

    def _remember(self, one: int, probabilities: dict[int, float]) -> None:
        self._told.setdefault(one, {}).update(probabilities)
        self._pairs_told += len(probabilities)

    def _known_of(self, one: int, other: int) -> float | None:
        """The probability that two slots report one event, if it was told."""
        known = self._told.get(one, {}).get(other)
        return self._told.get(other, {}).get(one) if known is None else known

    def _event_near(self, slot: int, event: str) -> list[int]:
        """The event's slots within the window, if its founder is among them: else nobody knows which event is older."""
        slots = self._near(slot, self._members[event])
        return slots if any(event_id(self._window.keys[other]) == event for other in slots) else []

    def _founding(self, event: str) -> Order:
        founders = [s for s in self._members[event] if event_id(self._window.keys[s]) == event]
        return min(map(self._order, founders or self._members[event]))

    def _order(self, slot: int) -> Order:
        facts = self._window.facts[slot]
        return (float(facts["first_seen"]), float(facts["hours"]), self._window.keys[slot])


def _in_order(hashes: Array, slots: Array) -> tuple[Array, Array]:
    order = np.argsort(hashes, kind="stable")
    return hashes[order], slots[order]


def _believed(fit: _Fit) -> bool:
    """Whether a judge that names this event is right more likely than not (Bayes), given that judges err at times."""
    return fit.mean * JUDGE_RIGHT >= (1 - fit.mean) * (1 - JUDGE_RIGHT)


def _why_founded(fits: Sequence[_Fit]) -> str:
    if not fits:
        return "founds an event: nothing like it within the window"
    return f"founds an event: the likeliest other one fits with {fits[0].mean:.2f} (closest {fits[0].closest})"
