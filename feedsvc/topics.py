"""Which events belong to which feed, in what order, and which are told there as one.

Pure: no I/O, no clock, no configuration. Called by `publishing`.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from .model import Article, Event, Tombstone, Topic
from .text import contains_term, event_id, fold, squeeze

GRAM = 3  # characters
FEW_TERMS = 200


# Which events belong


class Reading:
    """One article as the rules read it: folded at most once, and only if a rule asks for its words."""

    def __init__(self, article: Article, terms: Terms | None = None) -> None:
        self.article = article
        self._terms = terms

    @functools.cached_property
    def folded(self) -> str:
        return fold("\n".join((self.article.title, self.article.lead, self.article.text)))

    @functools.cached_property
    def found(self) -> set[str]:
        """Which of the terms stand in it."""
        return self._terms.standing_in(self.folded) if self._terms else set()

    def has(self, folded_term: str) -> bool:
        return folded_term in self.found if self._terms else _stands_in(folded_term, self.folded)


def _stands_in(folded_term: str, folded: str) -> bool:
    # The plain search says "no" some twenty times faster than the search for whole words.
    return folded_term in folded and contains_term(folded, folded_term)


class Terms:
    """Many terms at once: each is looked for only where three characters in a row that it has stand in the text."""

    def __init__(self, folded_terms: Iterable[str]) -> None:
        found = sorted(set(folded_terms))
        held = Counter(gram for term in found for gram in _grams(term))
        if len(found) <= FEW_TERMS:  # to look for each takes no longer
            held.clear()
        self._always = [term for term in found if not held or len(term) < GRAM]
        self._by_gram: dict[str, list[str]] = {}
        for term in found if held else ():
            if grams := _grams(term):
                self._by_gram.setdefault(min(grams, key=lambda gram: (held[gram], gram)), []).append(term)

    def standing_in(self, folded: str) -> set[str]:
        grams = self._by_gram.keys() & _grams(folded) if self._by_gram else ()
        likely = (term for gram in grams for term in self._by_gram[gram])
        return {term for term in (*self._always, *likely) if _stands_in(term, folded)}


def _grams(folded: str) -> set[str]:
    return {folded[start : start + GRAM] for start in range(len(folded) - GRAM + 1)}


@dataclass(frozen=True, slots=True)
class Rules:
    """A topic's rules on articles, its terms folded."""

    topic: Topic
    any: tuple[str, ...]
    all: tuple[str, ...]
    none: tuple[str, ...]

    def hold_for(self, reading: Reading) -> bool:
        topic, article = self.topic, reading.article
        return (
            (not topic.sources or article.source in topic.sources)
            and (not topic.languages or any(in_range(article.language, wanted) for wanted in topic.languages))
            and (not self.any or any(map(reading.has, self.any)))
            and all(map(reading.has, self.all))
            and not any(map(reading.has, self.none))
        )


@functools.lru_cache(maxsize=1024)
def rules_of(topic: Topic) -> Rules:
    def folded(terms: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(squeeze(fold(term)) for term in terms)

    return Rules(topic, folded(topic.any), folded(topic.all), folded(topic.none))


def in_range(language: str, wanted: str) -> bool:
    """RFC 4647 section 3.3.1, basic filtering: "zh" takes "zh-Hans", "*" takes any language."""
    language, wanted = language.lower(), wanted.lower()
    return wanted in ("*", language) or language.startswith(wanted + "-")


def _belongs(event: Event, topic: Topic, readings: Sequence[Reading]) -> bool:
    """Whether one article meets every rule on articles, and the event as a whole those on events."""
    if topic.min_sources > 1 and len({m.article.publisher for m in event.members}) < topic.min_sources:
        return False
    return any(map(rules_of(topic).hold_for, readings))


class Assignment:
    """To which of many topics events belong. Folds each article once and looks for all terms in one go; of the topics
    that want a term only those are asked whose term stands in the article.
    """

    def __init__(self, topics: Sequence[Topic]) -> None:
        self.topics = topics
        wanted = [rules_of(topic) for topic in topics]
        self._terms = Terms(term for rules in wanted for term in (*rules.any, *rules.all, *rules.none))
        self._asking = [place for place, rules in enumerate(wanted) if not (rules.any or rules.all)]
        self._by_term: dict[str, list[int]] = {}
        for place, rules in enumerate(wanted):
            for term in rules.any or rules.all[:1]:
                self._by_term.setdefault(term, []).append(place)

    def of(self, event: Event) -> list[Topic]:
        readings = [Reading(member.article, self._terms) for member in event.members]
        places = set(self._asking)
        if self._by_term:
            found = set().union(*(reading.found for reading in readings))
            places.update(place for term in found for place in self._by_term.get(term, ()))
        return [self.topics[place] for place in sorted(places) if _belongs(event, self.topics[place], readings)]


def assign(events: Iterable[Event], topics: Sequence[Topic]) -> dict[str, list[Event]]:
    """Each topic's events by its slug, newest first, not yet limited."""
    events = list(events)
    chosen: dict[str, list[Event]] = {topic.slug: [] for topic in topics}
    apart = [topic for topic in topics if not topic.cross_language]
    crossing = [topic for topic in topics if topic.cross_language]
    for told, asking in ((events, apart), (united(events) if crossing else [], crossing)):
        assignment = Assignment(asking)
        for event in told:
            for topic in assignment.of(event):
                chosen[topic.slug].append(event)
    return {slug: newest_first(found) for slug, found in chosen.items()}


def select(events: Iterable[Event], topic: Topic) -> list[Event]:
    """The topic's events, newest first, not yet limited; for several topics `assign` is faster."""
    return assign(events, [topic])[topic.slug]


def united(events: Iterable[Event]) -> list[Event]:
    """The events, those that report one occurrence in several languages as one: the oldest, with all their articles."""
    by_id = {event.id: event for event in events}
    told = [Spoken(event.id, event.published, event.language, event.translates) for event in by_id.values()]
    return [as_one([by_id[spoken.id] for spoken in unit]) for unit in together(told)]


@dataclass(frozen=True, slots=True)
class Spoken:
    """What decides whether an event is told together with others."""

    id: str
    published: datetime
    language: str
    translates: str | None


def together(events: Iterable[Spoken]) -> list[list[Spoken]]:
    """Which events report one occurrence, the oldest first; an event that is told alone is a unit of its own.

    Of each language only its oldest event joins, since matching has told the others apart. What translates an event
    that is not among these, having been dropped for its age, goes with it: it would come back as another entry.
    """
    oldest_first = sorted(events, key=attrgetter("published", "id"))
    found = {event.id: [event] for event in oldest_first if event.translates is None}
    alone: list[list[Spoken]] = []
    for event in oldest_first:
        if event.translates is not None and (unit := found.get(event.translates)):
            spoken = {base_language(other.language) for other in unit}
            if base_language(event.language) in spoken:
                alone.append([event])
            else:
                unit.append(event)
    return [*found.values(), *alone]


def base_language(language: str) -> str:
    """Without script and country: Chinese is one language."""
    return language.partition("-")[0].lower()


def as_one(unit: Sequence[Event]) -> Event:
    """The first, with the articles of all."""
    if len(unit) == 1:
        return unit[0]
    members = sorted((m for event in unit for m in event.members), key=lambda m: (m.article.time, m.article.key))
    absorbed = sorted((t for event in unit for t in event.absorbed), key=attrgetter("published", "id"))
    return replace(unit[0], members=tuple(members), absorbed=tuple(absorbed))


def newest_first(events: Iterable[Event]) -> list[Event]:
    """By publication, newest first; events of the same instant by id, so that the order never flips."""
    return sorted(sorted(events, key=attrgetter("id")), key=attrgetter("published"), reverse=True)


def tombstones(topic: Topic, event: Event) -> tuple[Tombstone, ...]:
    """Those that stand in the feed beside the event, of what it absorbed."""
    return event.absorbed if event.absorbed and any(map(rules_of(topic).hold_for, _joined(event))) else ()


def _joined(event: Event) -> Iterator[Reading]:
    articles = (member.article for member in event.members)
    return (Reading(article) for article in articles if event_id(article.key) != event.id)
