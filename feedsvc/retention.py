"""What is too old: it leaves the live feeds, then the store; archive pages and event pages that were published stay.

Age counts from the newest article, never from a clock, so that the same articles give the same feeds whenever they are
read. Decides nothing of what is published; `publish` asks it, and a cycle has it drop what was archived.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from feedsvc import composing, paging
from feedsvc.events import THREAD_WINDOW, WINDOW
from feedsvc.events.chains import Chains
from feedsvc.model import Event, Step
from feedsvc.paging import Dated
from feedsvc.store import Database, dropping, events, past
from feedsvc.store.dropping import Dropped
from feedsvc.store.events import KnownEvent, Link
from feedsvc.store.past import ArchivePage, PastEvent, RecoveredEntry

# An article that comes late is matched with what came before it, and a saga goes on from what is so old.
MATCHING_REACHES = THREAD_WINDOW + WINDOW


@dataclass(frozen=True, slots=True)
class Horizon:
    """An event is as old as its newest article."""

    feeds: datetime  # older events leave the live feeds
    store: datetime  # older ones leave the store: the end of a slice of time, so that this is seldom worth doing


@dataclass(frozen=True, slots=True)
class Leaving:
    """What leaves the store once all is published that was written with this."""

    before: datetime
    ids: tuple[str, ...]  # events
    remembered: tuple[PastEvent, ...]  # all of the past that those that stay refer to
    follows: Mapping[str, str]  # of those that stay, which event of the past they go on from
    translates: Mapping[str, str]  # likewise
    pages: tuple[ArchivePage, ...] = ()  # written for the last time


@dataclass(frozen=True, slots=True)
class Past:
    """What publishing must know of what is too old, or of another state than this."""

    horizon: Horizon | None = None  # None: nothing is ever too old
    leaving: tuple[str, ...] = ()  # ids of the events that leave the store after this publication
    events: tuple[PastEvent, ...] = ()
    pages: Mapping[str, Sequence[ArchivePage]] = field(default_factory=dict)  # by feed
    recovered: tuple[RecoveredEntry, ...] = ()

    def is_young(self, event: Event) -> bool:
        return self.horizon is None or max(m.article.time for m in event.members) >= self.horizon.feeds

    def as_known_to_readers(self, event: Event) -> Event:
        """With the `updated` that the published files had, if the event was taken over from them."""
        known = (entry.updated for entry in self.recovered if entry.event == event.id)
        return replace(event, updated=max([event.updated, *known])) if self.recovered else event

    def archive(self, slug: str, newest_first: Sequence[Dated]) -> paging.Archive:
        frozen = self.pages.get(slug, ())
        if frozen:
            newest_first = paging.behind(newest_first, frozen[-1].published, frozen[-1].event)
        leaving = self.horizon.store if self.horizon else None
        return paging.archive(slug, newest_first, [page.path for page in frozen], leaving)

    def pages_left(self, slug: str, archive: paging.Archive) -> list[ArchivePage]:
        """What is to be remembered of the pages up to the last one with an event that leaves the store."""
        gone = set(self.leaving)
        last = max((n for n, page in enumerate(archive.closed) if any(e.id in gone for e in page.events)), default=-1)
        return [
            ArchivePage(slug, page.path, page.events[0].published, page.events[0].id)
            for page in archive.closed[: last + 1]
        ]

    def leave(self, known: Sequence[KnownEvent], told: Iterable[Event], pages: Iterable[ArchivePage]) -> Leaving | None:
        """None where nothing leaves. `known`: all that the store holds; `told`: what is published of it."""
        if self.horizon is None or not self.leaving:
            return None
        gone = set(self.leaving)
        names = {e.id: (step_title(e), e.language) for e in told}
        new = [
            PastEvent(e.id, e.published, *names.get(e.id, ("", "")), e.follows, e.translates)
            for e in known
            if e.id in gone
        ]
        stay = [event for event in known if event.id not in gone]
        return Leaving(
            before=self.horizon.store,
            ids=self.leaving,
            remembered=remembered(stay, [*self.events, *new]),
            follows={e.id: e.follows for e in stay if e.follows in gone},
            translates={e.id: e.translates for e in stay if e.translates in gone},
            pages=tuple(pages),
        )


class PastThreads:
    """Events of the past by their threads. They may go on from events that stand, and these from them."""

    def __init__(self, oldest_first: Iterable[PastEvent]) -> None:
        self._first: dict[str, str] = {}  # of each the one that goes on from none of them
        self._of: defaultdict[str, list[PastEvent]] = defaultdict(list)  # by that one
        self._after: defaultdict[str | None, list[str]] = defaultdict(list)  # those, by what they go on from
        for event in oldest_first:
            first = self._first[event.id] = self._first.get(event.follows or "", event.id)
            self._of[first].append(event)
            if first == event.id:
                self._after[event.follows].append(first)

    def beside(self, linked: Iterable[Link]) -> list[PastEvent]:
        """What is remembered of the threads of which these are all events that stand."""
        found: set[str] = set()
        for event in linked:
            found.update(self._after.get(event.id, ()))
            if event.follows in self._first:
                found.add(self._first[event.follows])
        return [event for first in found for event in self._of[first]]


def steps(past: Iterable[PastEvent]) -> list[Step]:
    """Those of a thread; not what nobody was told of, which has no page."""
    return [Step(e.id, e.title, e.published, e.language) for e in past if e.title]


def step_title(event: Event) -> str:
    return event.lead.title or composing.readable_fallback(event.lead)


def read(connection: sa.Connection, keep: timedelta | None) -> Past:
    found = horizon(connection, keep)
    return Past(
        horizon=found,
        leaving=tuple(dropping.events_before(connection, found.store)) if found else (),
        events=tuple(_as_it_turned_out(connection, past.events(connection))),
        pages=past.pages(connection),
        recovered=tuple(past.recovered(connection)),
    )


def _as_it_turned_out(connection: sa.Connection, gone: Sequence[PastEvent]) -> Iterator[PastEvent]:
    """What an event of the past went on from may stand still, and have turned out to be another one since."""
    became = events.became(connection, {e.follows for e in gone if e.follows} - {e.id for e in gone})
    standing = {link.id: link.published for link in events.links(connection, set(became.values()))}
    for event in gone:
        to = became.get(event.follows or "")
        if to is None:
            yield event
        else:
            yield replace(event, follows=to if to in standing and standing[to] < event.published else None)


def horizon(connection: sa.Connection, keep: timedelta | None) -> Horizon | None:
    newest = dropping.newest_article(connection)
    if keep is None or newest is None:
        return None
    oldest = newest - max(keep, MATCHING_REACHES) - WINDOW
    return Horizon(newest - keep, paging.EPOCH + (oldest - paging.EPOCH) // paging.SLICE * paging.SLICE)


def chains(found: Iterable[KnownEvent | Link | PastEvent]) -> Chains:
    """Events of any age, as they go on from one another."""
    oldest_first = sorted(found, key=lambda e: (e.published, e.id))
    ids = [e.id for e in oldest_first]
    there = set(ids)
    # What an event of the past goes on from need not be among these.
    return Chains(ids, {e.id: e.follows for e in oldest_first if e.follows in there})


def remembered(stay: Sequence[KnownEvent], gone: Sequence[PastEvent]) -> tuple[PastEvent, ...]:
    """Of events that are gone those that others refer to, as few as tell the same: the steps that are shown, and the
    first event of the thread, whose name it has. Each follows the nearest of these.
    """
    follows = {e.id: e.follows for e in gone}
    threads = chains([*stay, *gone])
    here = {event.id for event in stay}
    wanted = {event.translates for event in stay}
    for id_ in here:
        wanted |= {threads.root(id_), *threads.earlier(id_), *threads.later(id_)}
    wanted |= here

    def nearest(id_: str | None) -> str | None:
        while id_ is not None and id_ not in wanted:
            id_ = follows.get(id_)
        return id_

    return tuple(replace(e, follows=nearest(e.follows)) for e in gone if e.id in wanted)


def drop(database: Database, leaving: Leaving) -> Dropped:
    """All or nothing. What is published stays as it is: nothing that is left tells another story now."""
    with database.writing() as connection:
        events.link(connection, leaving.follows)
        events.translate(connection, leaving.translates)
        past.replace_events(connection, leaving.remembered)
        past.remember_pages(connection, leaving.pages)
        return dropping.drop(connection, leaving.ids, leaving.before)
