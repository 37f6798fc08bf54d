"""What is told of events that changed, and in which feeds they stand now: written down before any document is made.

Loads the articles of those events alone; what their threads and other languages tell of them follows from the rows that
are kept of all events. Called by `publication`, in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from feedsvc import topics
from feedsvc.config import Config
from feedsvc.model import Event, Tombstone, Topic
from feedsvc.publishing.teller import Teller, units
from feedsvc.retention import Past, step_title
from feedsvc.store import changes, events, told
from feedsvc.store.articles import in_batches
from feedsvc.store.events import KnownEvent
from feedsvc.store.told import Tale
from feedsvc.text import digest

AT_ONCE = 100  # events whose articles are in memory


@dataclass(slots=True)
class Retold:
    """What became of changed events. Ids of events, if nothing else is said."""

    own: set[str] = field(default_factory=set)  # other articles, or other words of them; or they are new, or gone
    affected: set[str] = field(default_factory=set)  # something else is told of them than before
    origins: set[str] = field(default_factory=set)  # oldest of several languages, one of which is affected
    threads: set[str] = field(default_factory=set)  # names of those that the affected belong to, or did
    feeds: set[str] = field(default_factory=set)  # slugs of those that tell of any of these, or did
    events: int = 0  # how many more there are than before
    merged: int = 0  # likewise, that several articles report
    shown: int = 0  # likewise, that stand in feeds


class Retelling:
    def __init__(self, config: Config, connection: sa.Connection, past: Past, teller: Teller) -> None:
        self._connection = connection
        self._past = past
        self._teller = teller
        self._apart = topics.Assignment([topic for topic in config.feeds if not topic.cross_language])
        self._crossing = topics.Assignment([topic for topic in config.feeds if topic.cross_language])

    def of(self, changed: Collection[str], aged: Collection[str] = ()) -> Retold:
        """`aged`: those among them that became too old for live feeds, or are no longer: they count as affected."""
        connection = self._connection
        before = told.tales(connection, changed)
        own: dict[str, Tale] = {}
        retold = Retold()
        for batch in in_batches(sorted(changed), AT_ONCE):
            own |= {tale.event: tale for tale in self._own(batch)}
            new = {id_ for id_ in batch if _own_of(before.get(id_)) != _own_of(own.get(id_))}
            # At once, while their articles are in memory.
            self._move(retold, self._apart, new, [[id_] for id_ in sorted(new)])
            retold.own |= new
        retold.events = len(own) - len(before)
        retold.merged = _count(own.values(), 2) - _count(before.values(), 2)
        around = _Around(connection, changed, before, own)
        after = self._linked(around)
        retold.affected = {id_ for id_, tale in after.items() if _stamp(around.before.get(id_)) != tale.stamp}
        retold.affected |= before.keys() - own.keys() | set(aged)
        told.drop(connection, before.keys() - own.keys(), united=False)
        told.put(connection, [tale for id_, tale in after.items() if around.before.get(id_) != tale])
        tales = [tales[id_] for id_ in retold.affected for tales in (around.before, after) if id_ in tales]
        retold.threads = {tale.thread for tale in tales}
        retold.origins = {tale.origin for tale in tales}
        self._place(retold)
        changes.mark(connection, retold.affected - set(changed))
        return retold

    def _own(self, ids: Collection[str]) -> Iterator[Tale]:
        """Of those that stand, told or not, what follows from their articles."""
        found = self._teller.alone(self._connection, ids)
        yield from map(_tale, found.values())
        yield from map(_untold, events.among(self._connection, [id_ for id_ in ids if id_ not in found]))

    # Threads and languages

    def _linked(self, around: _Around) -> dict[str, Tale]:
        """All that may be told of otherwise now, with their threads and origins as they are now."""
        sagas = self._teller.sagas(self._connection, around.threads.values())
        origins = events.origins(
            events.links(self._connection, around.origins.keys()),
            {e.id: e.translates for e in self._past.events if e.translates},
        )
        after: dict[str, Tale] = {}
        for id_, tale in (around.origins | around.threads).items():
            thread, saga = tale.thread, tale.saga
            if id_ in around.threads:
                thread, saga = sagas.root(id_), digest(repr(sagas.around(id_)))
            origin = origins.get(id_, id_) if id_ in around.origins else tale.origin
            stamp = digest(tale.own, saga, origin)
            after[id_] = tale._replace(thread=thread, saga=saga, origin=origin, stamp=stamp)
        return after

    # Feeds

    def _place(self, retold: Retold) -> None:
        connection = self._connection
        if self._crossing.topics:
            together = told.of_origins(connection, retold.origins)
            found = units(together.values())
            self._unite(retold.origins, together, found)
            self._move(retold, self._crossing, {*together, *retold.own}, found)
        retold.feeds |= told.feeds_of(connection, retold.affected | retold.origins)
        told.make_stale(connection, retold.feeds)

    def _unite(self, origins: Collection[str], tales: Mapping[str, Tale], found: Collection[Sequence[str]]) -> None:
        united = {unit[0]: _together([tales[id_] for id_ in unit]) for unit in found if len(unit) > 1}
        told.drop(self._connection, set(origins) - united.keys(), united=True)
        told.put(self._connection, united.values())

    def _move(
        self, retold: Retold, assignment: topics.Assignment, ids: Collection[str], found: Sequence[Sequence[str]]
    ) -> None:
        """Put these events into the feeds where they belong, and nowhere else. Only what stands in `found` is told."""
        told_ = {id_ for unit in found for id_ in unit}
        self._settle(retold, assignment, sorted(set(ids) - told_), [])
        for batch in in_batches(found, AT_ONCE):
            self._settle(retold, assignment, sorted({id_ for unit in batch for id_ in unit}), batch)

    def _settle(
        self, retold: Retold, assignment: topics.Assignment, ids: Sequence[str], found: Sequence[Sequence[str]]
    ) -> None:
        connection, slugs = self._connection, {topic.slug for topic in assignment.topics}
        rows: dict[tuple[str, str], tuple[bool, datetime]] = {}
        stones: set[tuple[str, str, Tombstone]] = set()
        leads: dict[str, str] = {}
        for topic, event, united in self._standing(assignment, ids, found):
            rows[topic.slug, event.id] = united, event.published
            stones |= {(topic.slug, event.id, stone) for stone in topics.tombstones(topic, event)}
            leads[event.id] = event.lead.key
        places = told.places(connection, ids)
        old = {(feed, id_): united for id_, feeds in places.items() for feed, united in feeds.items() if feed in slugs}
        old_stones = {stone for stone in told.tombstones(connection, ids) if stone[0] in slugs}
        out = old.keys() - rows.keys()
        new = {place: row for place, row in rows.items() if old.get(place) != row[0]}
        told.take_out(connection, out)
        told.put_into(connection, [(*place, *row) for place, row in new.items()])
        told.bury(connection, old_stones - stones, stones - old_stones)
        # From its first publication on an event keeps its lead, whoever else reports it.
        events.keep_leads(connection, leads)
        retold.shown += len(told.places(connection, ids)) - len(places)
        retold.feeds |= {place[0] for place in (*out, *new)} | {stone[0] for stone in old_stones ^ stones}

    def _standing(
        self, assignment: topics.Assignment, ids: Collection[str], found: Sequence[Sequence[str]]
    ) -> Iterator[tuple[Topic, Event, bool]]:
        """Each of these events in each of its feeds, and whether it is told there with others."""
        recovered = [entry for entry in self._past.recovered if entry.event in ids]
        wanted = {id_ for unit in found for id_ in unit} | {entry.event for entry in recovered}
        known = self._teller.alone(self._connection, wanted)
        there: set[tuple[str, str]] = set()
        for unit in found:
            if unit[0] in known:
                event = topics.as_one([known[id_] for id_ in unit])
                for topic in assignment.of(event):
                    there.add((topic.slug, event.id))
                    yield topic, event, len(unit) > 1
        # As they were taken over from its published files, whatever its rules say.
        by_slug = {topic.slug: topic for topic in assignment.topics}
        for entry in recovered:
            if entry.feed in by_slug and entry.event in known and (entry.feed, entry.event) not in there:
                yield by_slug[entry.feed], known[entry.event], False


class _Around:
    """All events of which something else may be told now: those changed, their threads, what tells them anew."""

    def __init__(
        self, connection: sa.Connection, changed: Collection[str], before: dict[str, Tale], own: dict[str, Tale]
    ) -> None:
        near = events.referring(connection, changed)
        links = events.links(connection, own.keys() | near)
        to = {id_ for link in links for id_ in (link.follows, link.translates) if id_}
        seeds = {**before, **told.tales(connection, (near | to) - before.keys())}.values()
        threads = told.in_threads(connection, {tale.thread for tale in seeds})
        origins = told.of_origins(connection, {tale.origin for tale in seeds})
        self.before = threads | origins | before  # as they were told last
        gone = set(changed) - own.keys()
        # As they are now, but for what follows from one another.
        self.threads = {id_: tale for id_, tale in (threads | own).items() if id_ not in gone}
        self.origins = {id_: tale for id_, tale in (origins | own).items() if id_ not in gone}


def _tale(event: Event) -> Tale:
    return Tale(
        event=event.id,
        united=False,
        own=digest(repr(event)),
        saga="",
        stamp="",
        published=event.published,
        updated=event.updated,
        newest=max(member.article.time for member in event.members),
        articles=len(event.members),
        language=event.language,
        title=step_title(event),
        thread=event.id,
        origin=event.id,
        told=True,
    )


def _untold(known: KnownEvent) -> Tale:
    """It was too old before anybody saw it; yet threads go through it."""
    newest = max(member.article.time for member in known.members)
    return Tale(
        known.id, False, "", "", "", known.published, known.published, newest, len(known.members), "", "", known.id,
        known.id, False,
    )  # fmt: skip


def _together(unit: Sequence[Tale]) -> Tale:
    return unit[0]._replace(
        united=True,
        stamp=digest(*(tale.stamp for tale in unit)),
        newest=max(tale.newest for tale in unit),
        articles=sum(tale.articles for tale in unit),
    )


def _own_of(tale: Tale | None) -> str | None:
    return tale.own if tale else None


def _stamp(tale: Tale | None) -> str | None:
    return tale.stamp if tale else None


def _count(tales: Iterable[Tale], least: int) -> int:
    """Of how many so many articles tell."""
    return sum(tale.articles >= least for tale in tales)
