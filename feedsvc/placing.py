"""Gives every stored article that is in no event its place: matching, threads, corrections and the judge together.

One transaction a step, none while the judge is asked. Called by the ingest conductor.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from feedsvc.events import THREAD_WINDOW, WINDOW, Matcher, Profile, Threads, canonical_order, keeping, profile, shipped
from feedsvc.events.crossing import CROSSING_WINDOW, Crossing
from feedsvc.events.matcher import Ask
from feedsvc.model import Article, Correction, Placement, Progress
from feedsvc.store import Database, articles, borderline, corrections, events, profiles
from feedsvc.text import event_id

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
        waiting = canonical_order(articles.first(connection, articles.unplaced(connection, languages)).values())
        if not waiting:
            return Placed()
        room = _Room.restored(connection, waiting, ask)
        if cross_language:
            room.crossing = _crossing(connection, waiting)
    placed = Placed()
    for start in range(0, len(waiting), STEP):
        progress("matching", start, len(waiting))
        step = waiting[start : start + STEP]
        chosen = [room.place(article) for article in step]
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

    matcher: Matcher
    # By language: how telling a term is depends on what else was written in it.
    threads: defaultdict[str, Threads] = field(default_factory=lambda: defaultdict(Threads))
    profiles: dict[str, Profile] = field(default_factory=dict)  # made since the last `keep`
    follows: dict[str, str] = field(default_factory=dict)  # event -> the one that it goes on from, likewise
    crossing: Crossing | None = None  # where a feed crosses languages
    translates: dict[str, str] = field(default_factory=dict)  # event -> the older one in another language, likewise

    @classmethod
    def restored(cls, connection: sa.Connection, waiting: Sequence[Article], ask: Ask | None) -> _Room:
        """With all that the articles which wait may have to do with."""
        said = corrections.load(connection)
        times = [article.time for article in waiting]
        near = dict(_around(connection, times, WINDOW)) | _tied(connection, said)
        earlier = dict(events.around(connection, min(times) - THREAD_WINDOW, max(times)))
        room = cls(Matcher(corrections=said, ask=ask))
        for key, known in room.known(connection, near.keys() | earlier.keys()):
            if key in near:
                room.matcher.restore(known, near[key])
            if key in earlier:
                room.threads[known.language].restore(known, earlier[key])
        return room

    def known(self, connection: sa.Connection, keys: Iterable[str]) -> Iterator[tuple[str, Profile]]:
        """Profiles of articles that have a place: kept ones, else made anew."""
        keys = sorted(keys)
        kept = profiles.load(connection, keys, shipped.version())
        missing = articles.first(connection, [key for key in keys if key not in kept])
        for key in keys:
            yield key, keeping.from_bytes(kept[key]) if key in kept else self._made(missing[key])

    def place(self, article: Article) -> Placement:
        new = self._made(article)
        placed = self.matcher.place(new)
        threads = self.threads[new.language]
        left = threads.trace(new)
        link = threads.follows(left, placed.event) if placed.founded else None
        if link:
            self.follows[placed.event] = link.event
        for younger, known in itertools.product(placed.absorbed, self.threads.values()):
            known.rename(younger, placed.event)
        threads.restore(left, placed.event)
        if self.crossing:
            self._cross(self.crossing, article, placed)
        return placed

    def _cross(self, crossing: Crossing, article: Article, placed: Placement) -> None:
        for younger in placed.absorbed:
            crossing.rename(younger, placed.event)
        if placed.founded and (link := crossing.translates(article, placed.event)):
            self.translates[placed.event] = link.event
        crossing.restore(article, placed.event)

    def _made(self, article: Article) -> Profile:
        made = self.profiles[article.key] = profile(article, shipped.words())
        return made

    def keep(self, connection: sa.Connection, chosen: Sequence[Placement], times: Mapping[str, datetime]) -> None:
        events.record(connection, chosen, times)
        events.link(connection, self.follows)
        events.translate(connection, self.translates)
        borderline.record(connection, [placement.unsure for placement in chosen if placement.unsure])
        made = {key: keeping.to_bytes(made) for key, made in self.profiles.items()}
        profiles.keep(connection, made, shipped.version())
        self.follows, self.translates, self.profiles = {}, {}, {}


def _around(connection: sa.Connection, times: Sequence[datetime], window: timedelta) -> list[tuple[str, str]]:
    return events.around(connection, min(times) - window, max(times) + window)


def _tied(connection: sa.Connection, said: Iterable[Correction]) -> dict[str, str]:
    """Articles, and their events, that a correction ties to others: those count at any distance in time."""
    named = {key for correction in said for key in (correction.article, correction.other)}
    return {key: event for key, (event, _) in events.places(connection, named).items()}


def _crossing(connection: sa.Connection, waiting: Sequence[Article]) -> Crossing:
    """Names need their capitals, which no profile keeps: the articles themselves are read."""
    times = [article.time for article in waiting]
    placed = dict(events.around(connection, min(times) - CROSSING_WINDOW, max(times)))
    crossing = Crossing()
    for key, article in articles.first(connection, placed).items():
        crossing.restore(article, placed[key])
    return crossing
