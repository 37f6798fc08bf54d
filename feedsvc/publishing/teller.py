"""Events as readers see them, loaded one by one: as many are kept as an ordinary update has.

Called by the rooms of a publication; decides nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import sqlalchemy as sa

from feedsvc import topics
from feedsvc.config import Config
from feedsvc.model import Event, Step
from feedsvc.retention import Past, PastThreads
from feedsvc.store import events, told
from feedsvc.store.told import Line, Tale
from feedsvc.telling import Sagas, alone
from feedsvc.topics import Spoken

MOST_HELD = 500  # events, some 20 KB each where articles are long


class Teller:
    def __init__(self, config: Config, past: Past) -> None:
        self._config = config
        self._past = past
        self._past_threads = PastThreads(past.events)
        self._held: dict[str, Event | None] = {}

    def alone(self, connection: sa.Connection, ids: Collection[str]) -> dict[str, Event]:
        """Those of these events that are told, without their threads."""
        wanted = sorted(set(ids) - self._held.keys())
        found: dict[str, Event | None] = dict.fromkeys(wanted)
        found |= alone(self._config, connection, events.among(connection, wanted), self._past) if wanted else {}
        there = {id_: event for id_ in ids if (event := found.get(id_) or self._held.get(id_))}
        self._hold(found)
        return there

    def _hold(self, found: Mapping[str, Event | None]) -> None:
        if len(self._held) + len(found) > MOST_HELD:
            self._held.clear()
        if len(found) <= MOST_HELD:
            self._held |= found

    def sagas(self, connection: sa.Connection, tales: Collection[Tale]) -> Sagas:
        """`tales`: all events of some threads."""
        steps = [Step(tale.event, tale.title, tale.published, tale.language) for tale in tales if tale.told]
        linked = events.links(connection, {tale.event for tale in tales})
        return Sagas(linked, steps, self._past_threads.beside(linked))

    def told(self, connection: sa.Connection, ids: Collection[str]) -> dict[str, Event]:
        """As `alone`, with their threads and what they translate, as they were retold last."""
        tales = told.with_threads(connection, ids)
        sagas = self.sagas(connection, tales.values())
        return {
            id_: sagas.tell(replace(event, translates=_other(tales[id_].origin, id_)))
            for id_, event in self.alone(connection, ids).items()
        }

    def united(self, connection: sa.Connection, ids: Iterable[str]) -> dict[str, Event]:
        """Each of these, which are the oldest of those that report the same in several languages, with the others."""
        tales = told.of_origins(connection, ids)
        together = [unit for unit in units(tales.values()) if len(unit) > 1]
        found = self.told(connection, {id_ for unit in together for id_ in unit})
        return {unit[0]: topics.as_one([found[id_] for id_ in unit]) for unit in together}

    def as_lines(self, connection: sa.Connection, lines: Collection[Line]) -> dict[str, Event]:
        """As they are told in the feed whose lines these are."""
        apart = self.told(connection, {line.id for line in lines if not line.united})
        return apart | self.united(connection, {line.id for line in lines if line.united})


def units(tales: Iterable[Tale]) -> list[list[str]]:
    """Ids of events that are told as one where languages are crossed, the oldest first; what is told alone, alone."""
    told_ = [Spoken(t.event, t.published, t.language, _other(t.origin, t.event)) for t in tales if t.told]
    return [[spoken.id for spoken in unit] for unit in topics.together(told_)]


def _other(id_: str, own: str) -> str | None:
    return None if id_ == own else id_
