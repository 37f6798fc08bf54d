"""Events as their readers see them, or shall see them: as announced, with their threads, without what was too old.

Reads the state, decides nothing of feeds. Called by `publish` and the inquiry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from feedsvc import retention
from feedsvc.config import Config
from feedsvc.events.lead import as_announced, choose_lead
from feedsvc.model import Article, Event, Step, Tombstone
from feedsvc.retention import Past, step_title
from feedsvc.store import Database, articles, events
from feedsvc.store.events import KnownEvent, Link
from feedsvc.store.past import PastEvent
from feedsvc.text import event_id


@dataclass(frozen=True, slots=True)
class Told:
    """What the state knows of events, as readers see it or shall see it."""

    events: list[Event]  # newest first, without what was too old before anybody saw it
    known: Sequence[KnownEvent]  # all
    past: Past


def standing_events(config: Config, database: Database) -> list[Event]:
    """Every event that is not too old, as its readers see it or shall see it, newest first."""
    news = told(config, database)
    return [event for event in news.events if news.past.is_young(event)]


def told(config: Config, database: Database) -> Told:
    """All at once."""
    with database.reading() as connection:
        past = retention.read(connection, config.service.keep)
        known = events.load(connection)
        found = alone(config, connection, known, past)
    return Told(_threaded(list(found.values()), known, past), known, past)


def alone(config: Config, connection: sa.Connection, known: Sequence[KnownEvent], past: Past) -> dict[str, Event]:
    """Each of these events that was, or shall be, told, by id, in their order; without its thread."""
    order = {source.id: position for position, source in enumerate(config.sources)}
    leads = {e.id: e.lead or choose_lead((m.article for m in e.members), order).key for e in known}
    founders = _founders_of(events.gone(connection, _joined(known)), known)
    revisions = _revisions(connection, known, {*leads.values(), *(a.key for of in founders.values() for a in of)})
    tombstones = {id_: tuple(_tombstone(revisions[a.key]) for a in found) for id_, found in founders.items()}
    found = ((e, _event(e, revisions[leads[e.id]], tombstones.get(e.id, ()))) for e in known)
    return {e.id: past.as_known_to_readers(event) for e, event in found if e.lead or past.is_young(event)}


def _revisions(
    connection: sa.Connection, known: Iterable[KnownEvent], keys: set[str]
) -> Mapping[str, Sequence[Article]]:
    """As `articles.history`; of what was never revised, which is nearly all, the article that is known is all of it."""
    current = {m.article.key: m.article for e in known for m in e.members if m.article.key in keys}
    asked = keys - current.keys() | articles.revised(connection, current)
    return {key: [article] for key, article in current.items()} | articles.history(connection, asked)


def _joined(known: Iterable[KnownEvent]) -> list[str]:
    """Keys of the articles that did not found the event that they are in."""
    return [m.article.key for e in known for m in e.members if event_id(m.article.key) != e.id]


def _founders_of(gone: Collection[str], known: Iterable[KnownEvent]) -> dict[str, list[Article]]:
    """Of each event that absorbed others, the articles that had founded those; by time, then key."""
    if not gone:
        return {}
    found = {e.id: [m.article for m in e.members if event_id(m.article.key) in gone] for e in known}
    return {id_: articles for id_, articles in found.items() if articles}


def _tombstone(revisions: Sequence[Article]) -> Tombstone:
    """For the event that the article had founded. When it was absorbed is not kept, and a clock would make other bytes
    of the same state: `when` is the first whole second after all that its entry can have said of itself.
    """
    founder, moved = as_announced(revisions)
    last = max(filter(None, (founder.time, founder.first_seen, moved)))
    return Tombstone(event_id(founder.key), founder.time, last.replace(microsecond=0) + timedelta(seconds=2))


def _event(known: KnownEvent, revisions: Sequence[Article], absorbed: tuple[Tombstone, ...]) -> Event:
    lead, moved = as_announced(revisions)
    members = known.members
    if len(revisions) > 1:
        members = tuple(replace(m, article=lead) if m.article.key == lead.key else m for m in members)
    updated = max(known.published, moved) if moved else known.published
    return Event(known.id, lead, members, known.published, updated, translates=known.translates, absorbed=absorbed)


def _threaded(told: list[Event], known: Sequence[KnownEvent], past: Past) -> list[Event]:
    """The same events, each with its thread where another event of it is, or was, told of."""
    sagas = Sagas(known, [step_of(event) for event in told], past.events)
    return [sagas.tell(event) for event in told]


def step_of(event: Event) -> Step:
    return Step(event.id, step_title(event), event.published, event.language)


class Sagas:
    """Threads, whole ones."""

    def __init__(self, linked: Iterable[KnownEvent | Link], told: Iterable[Step], past: Collection[PastEvent]) -> None:
        """`linked`: every event of the threads that stands; `told`: those of them that are, or were, told of; `past`:
        what is remembered of the threads besides.
        """
        self._chains = retention.chains([*linked, *past])
        self._steps = {step.id: step for step in (*retention.steps(past), *told)}
        self._size = Counter(map(self._chains.root, self._steps))

    def root(self, id_: str) -> str:
        return self._chains.root(id_)

    def tell(self, event: Event) -> Event:
        thread, earlier, later = self.around(event.id)
        return replace(event, thread=thread, earlier=earlier, later=later) if thread else event

    def around(self, id_: str) -> tuple[str | None, tuple[Step, ...], tuple[Step, ...]]:
        """The thread's name, None where nobody else is told of; what came before the event, and what after."""
        chains = self._chains
        if self._size[chains.root(id_)] <= 1:
            return None, (), ()
        return chains.root(id_), self._told(chains.earlier(id_)), self._told(chains.later(id_))

    def _told(self, ids: Iterable[str]) -> tuple[Step, ...]:
        return tuple(self._steps[id_] for id_ in ids if id_ in self._steps)
