"""Gives every stored article that is in no event its place: matching, threads, corrections and the judge together.

One transaction a step, none while the judge is asked. Called by the ingest conductor.
"""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from feedsvc.events import (
    MOST_EARLIER,
    THREAD_WINDOW,
    WINDOW,
    Matcher,
    Profile,
    Threads,
    canonical_order,
    keeping,
    profile,
    profile_all,
    shipped,
)
from feedsvc.events.crossing import CROSSING_WINDOW, Crossing
from feedsvc.events.index import key_terms
from feedsvc.events.matcher import Ask
from feedsvc.events.outline import Outline, outline, read_facts, read_outlines, read_traces
from feedsvc.events.trace import Trace, trace
from feedsvc.events.window import facts_of
from feedsvc.events.words import hashed
from feedsvc.model import Article, Correction, Placement, Progress
from feedsvc.store import Database, articles, borderline, corrections, events, profiles
from feedsvc.store.articles import Waiting, in_batches
from feedsvc.text import event_id
from feedsvc.topics import base_language

# Placements of one transaction: small enough that a crash costs little, large enough to be fast.
STEP = 200


@dataclass(frozen=True, slots=True)
class Placed:
    joined: int = 0  # articles, in events that others had founded
    founded: int = 0
    absorbed: int = 0

    def __add__(self, other: Placed) -> Placed:
        return Placed(self.joined + other.joined, self.founded + other.founded, self.absorbed + other.absorbed)


def place(
    database: Database,
    progress: Progress,
    ask: Ask | None = None,
    *,
    cross_language: bool = False,
    languages: Collection[str] | None = None,
) -> Placed:
    """In an order that does not depend on how the articles came. `cross_language`: a feed asks for it. `languages`:
    only articles in these; then what comes of them does not depend on whether those in others have their places.
    """
    with database.reading() as connection:
        waiting = canonical_order(articles.waiting(connection, articles.unplaced(connection, languages)))
        if not waiting:
            return Placed()
        room = _Room.restored(database, connection, waiting, ask)
        if cross_language:
            room.crossing = _crossing(connection, waiting)
    placed = Placed()
    for start in range(0, len(waiting), STEP):
        progress("matching", start, len(waiting))
        keys = [known.key for known in waiting[start : start + STEP]]
        with database.reading() as connection:
            found = articles.first(connection, keys)
        step = [found[key] for key in keys if key in found]  # else it left the store meanwhile
        chosen = room.place(step)
        with database.writing() as connection:
            room.keep(connection, chosen, {article.key: article.time for article in step})
        founded = sum(placement.founded for placement in chosen)
        absorbed = sum(len(placement.absorbed) for placement in chosen)
        placed += Placed(len(chosen) - founded, founded, absorbed)
    progress("matching", len(waiting), len(waiting))
    return placed


def goes_on_from(connection: sa.Connection, founder: Article) -> str | None:
    """The event that one founded by this article goes on from, as if it were placed when it came."""
    earlier = dict(events.around(connection, founder.time - THREAD_WINDOW, founder.time))
    before = itertools.takewhile(
        lambda article: article.key != founder.key,
        canonical_order([founder, *articles.first(connection, earlier.keys() - {founder.key}).values()]),
    )
    threads = Threads()
    new = profile(founder, shipped.words())
    for article in before:
        known = profile(article, shipped.words())
        if known.language == new.language:
            threads.restore(known, earlier[article.key])
    link = threads.follows(new, event_id(founder.key))
    return link.event if link else None


@dataclass(slots=True)
class _Room:
    """The memory in which a run's articles are placed."""

    database: Database
    matcher: Matcher
    # By language, `hashed`: how telling a term is depends on what else was written in it.
    threads: defaultdict[int, Threads] = field(default_factory=lambda: defaultdict(Threads))
    profiles: dict[str, Profile] = field(default_factory=dict)  # made since the last `keep`
    outlines: dict[str, Outline] = field(default_factory=dict)  # likewise
    follows: dict[str, str] = field(default_factory=dict)  # event -> the one that it goes on from, likewise
    crossing: Crossing | None = None  # where a feed crosses languages
    translates: dict[str, str] = field(default_factory=dict)  # event -> the older one in another language, likewise

    @classmethod
    def restored(
        cls, database: Database, connection: sa.Connection, waiting: Sequence[Waiting], ask: Ask | None
    ) -> _Room:
        """With an outline of all that the articles which wait may have to do with."""
        said = corrections.load(connection)
        times = [article.time for article in waiting]
        # Articles that a correction ties to others count at any distance in time.
        tied = {key for correction in said for key in (correction.article, correction.other)}
        room = cls(database, Matcher(corrections=said, ask=ask))
        first, last, version = min(times), max(times), shipped.version()
        languages = _languages(connection, waiting, said)
        starts = dict.fromkeys(languages, first - WINDOW)
        near = profiles.around(connection, starts, last + WINDOW, version, columns=("facts", "terms"), keys=tied)
        for rows in near:
            room._restore_near(connection, rows)
        start = first - THREAD_WINDOW
        latest = functools.partial(profiles.latest, connection, start=start, end=first, most=MOST_EARLIER)
        starts = {language: latest(language, version) or start for language in languages}
        earlier = profiles.around(connection, starts, last, version, columns=("facts", "trace", "places"))
        for rows in earlier:
            room._restore_earlier(connection, rows)
        return room

    def _restore_near(self, connection: sa.Connection, rows: Sequence[Any]) -> None:
        self._outline(connection, rows)
        told = read_outlines([row.article for row in rows], self._told("facts", rows), self._told("terms", rows))
        self.matcher.restore_outlines(told, [row.event for row in rows], self.fetched)

    def _restore_earlier(self, connection: sa.Connection, rows: Sequence[Any]) -> None:
        self._outline(connection, rows)
        languages = read_facts(self._told("facts", rows))["language"].tolist()
        for language in sorted(set(languages)):
            of_it = [row for row, its in zip(rows, languages, strict=True) if its == language]
            columns = (self._told(name, of_it) for name in ("facts", "trace", "places"))
            told = read_traces([row.article for row in of_it], *columns)
            self.threads[language].restore_traces(told, [row.event for row in of_it])

    def _outline(self, connection: sa.Connection, rows: Sequence[Any]) -> None:
        """Make what this version did not keep; it is kept with what is placed first."""
        missing = {row.article for row in rows if row.facts is None} - self.outlines.keys()
        for known in self.known(connection, missing):
            terms, left = key_terms(known, shipped.words()), trace(known, shipped.words().weights)
            self.outlines[known.key] = outline(facts_of(known), terms.ids, left)

    def _told(self, column: str, rows: Sequence[Any]) -> list[Any]:
        """Of each article's outline, kept or made."""
        if not self.outlines:  # as nearly always
            return list(map(attrgetter(column), rows))
        return [getattr(self.outlines.get(row.article, row), column) for row in rows]

    def fetched(self, keys: Iterable[str]) -> list[Profile]:
        with self.database.reading() as connection:
            return list(self.known(connection, keys))

    def known(self, connection: sa.Connection, keys: Iterable[str]) -> Iterator[Profile]:
        """Profiles of articles that have a place: kept ones, else made anew."""
        keys = sorted(keys)
        kept = profiles.load(connection, keys, shipped.version())
        missing = articles.first(connection, [key for key in keys if key not in kept])
        made = {each.key: each for each in self._made(list(missing.values()))}
        for key in keys:
            yield keeping.from_bytes(kept[key]) if key in kept else made[key]

    def place(self, step: Sequence[Article]) -> list[Placement]:
        """In this order. Each kind of work is done for all of them before the next, which takes a quarter less: what
        one kind needs stays in the processor's cache, what all need does not.
        """
        made = self._made(step)
        terms = [key_terms(each, shipped.words()) for each in made]
        traces = [trace(each, shipped.words().weights) for each in made]
        for new, found_by, left in zip(made, terms, traces, strict=True):
            self.outlines[new.key] = outline(facts_of(new), found_by.ids, left)
        chosen = self.matcher.place_all(made, terms)
        for new, left, placed in zip(made, traces, chosen, strict=True):
            self._follow(self.threads[hashed(new.language)], left, placed)
        if self.crossing:
            for article, placed in zip(step, chosen, strict=True):
                self._cross(self.crossing, article, placed)
        return chosen

    def _follow(self, threads: Threads, left: Trace, placed: Placement) -> None:
        link = threads.follows(left, placed.event) if placed.founded else None
        if link:
            self.follows[placed.event] = link.event
        for younger, known in itertools.product(placed.absorbed, self.threads.values()):
            known.rename(younger, placed.event)
        threads.restore(left, placed.event)

    def _cross(self, crossing: Crossing, article: Article, placed: Placement) -> None:
        for younger in placed.absorbed:
            crossing.rename(younger, placed.event)
        if placed.founded and (link := crossing.translates(article, placed.event)):
            self.translates[placed.event] = link.event
        crossing.restore(article, placed.event)

    def _made(self, articles: Sequence[Article]) -> list[Profile]:
        made = [each for some in in_batches(articles, STEP) for each in profile_all(some, shipped.words())]
        self.profiles |= {each.key: each for each in made}
        return made

    def keep(self, connection: sa.Connection, chosen: Sequence[Placement], times: Mapping[str, datetime]) -> None:
        events.record(connection, chosen, times)
        events.link(connection, self.follows)
        events.translate(connection, self.translates)
        borderline.record(connection, [placement.unsure for placement in chosen if placement.unsure])
        made = {key: keeping.to_bytes(made) for key, made in self.profiles.items()}
        told = {key: kept._asdict() for key, kept in self.outlines.items()}
        profiles.keep(connection, made, told, shipped.version())
        self.follows, self.translates, self.profiles, self.outlines = {}, {}, {}, {}


def _languages(connection: sa.Connection, waiting: Iterable[Waiting], said: Iterable[Correction]) -> set[int]:
    """Those of the articles that wait, and those that corrections tie to these; `hashed`."""
    found = {base_language(article.language) for article in waiting}
    pairs = [(correction.article, correction.other) for correction in said]
    known = articles.base_languages(connection, itertools.chain.from_iterable(pairs))
    tied = [{known[key] for key in pair if key in known} for pair in pairs]
    while more := set().union(*(languages for languages in tied if languages & found)) - found:
        found |= more
    return set(map(hashed, found))


def _crossing(connection: sa.Connection, waiting: Sequence[Waiting]) -> Crossing:
    """Names need their capitals, which no profile keeps: the articles themselves are read."""
    times = [article.time for article in waiting]
    placed = dict(events.around(connection, min(times) - CROSSING_WINDOW, max(times)))
    crossing = Crossing()
    for key, article in articles.first(connection, placed).items():
        crossing.restore(article, placed[key])
    return crossing
