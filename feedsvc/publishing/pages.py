"""The pages of events, and of ids that turned out to be another event's. Only of those is anything loaded of which
something else is told than before. Called by `publication`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from feedsvc import composing, render
from feedsvc.config import Config
from feedsvc.model import Event
from feedsvc.output import Output
from feedsvc.publishing.teller import Teller
from feedsvc.store import events, published, told
from feedsvc.store.articles import in_batches
from feedsvc.store.told import Tale
from feedsvc.text import digest

AT_ONCE = 100  # pages of which the events are in memory


@dataclass(slots=True)
class Paged:
    """Which events have a page: those that stand in feeds, and those of a thread that one of these stands in."""

    tales: dict[str, Tale]
    places: Mapping[str, Mapping[str, bool]]  # the feeds of each, and whether it is told there with others
    threads: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.threads = {tale.thread for id_, tale in self.tales.items() if self.places.get(id_)}

    def __contains__(self, id_: str) -> bool:
        tale = self.tales.get(id_)
        return tale is not None and tale.told and tale.thread in self.threads


class PageMaker:
    def __init__(self, config: Config, connection: sa.Connection, teller: Teller, output: Output) -> None:
        self._connection = connection
        self._teller = teller
        self._output = output
        self._base_url = config.service.base_url
        self._pictures = {topic.slug: topic.pictures for topic in config.feeds}
        self._service_pictures = config.service.pictures

    def make(self, ids: Collection[str], threads: Collection[str], origins: Collection[str], basis: str) -> set[str]:
        """Of these events, of all of these threads and of those that go back to these. Gives the paths of pages that
        nothing makes any more.
        """
        candidates = self._candidates(ids, threads, origins)
        paged = self._paged(candidates.keys() | {tale.origin for tale in candidates.values()})
        absorbed = events.absorbed(self._connection, candidates.keys() | set(ids))
        paths = {id_: render.event_path(id_) for id_ in (*candidates, *absorbed, *ids)}
        self._output.known.update(published.files(self._connection, paths.values()))
        self._pages([id_ for id_ in candidates if id_ in paged], paged, paths, basis)
        told_anew = {id_: t.origin for id_, t in candidates.items() if t.told and t.origin != id_ and id_ not in paged}
        for id_, older in (absorbed | told_anew).items():
            if older in paged:
                inputs = digest(basis, "moved", older)
                if not self._output.holds(paths[id_], inputs):
                    self._output.write(paths[id_], render.render_moved_page(older, self._base_url), inputs)
        return set(paths.values()) - self._output.made.keys()

    def _candidates(self, ids: Collection[str], threads: Collection[str], origins: Collection[str]) -> dict[str, Tale]:
        """Of these, too, what is told in the same threads, and what goes back to any of them."""
        connection = self._connection
        found = told.tales(connection, ids) | told.of_origins(connection, origins)
        found |= told.in_threads(connection, {*threads, *(tale.thread for tale in found.values())})
        return found | told.of_origins(connection, found.keys())

    def _paged(self, ids: Collection[str]) -> Paged:
        tales = told.with_threads(self._connection, ids)
        return Paged(tales, told.places(self._connection, tales.keys()))

    def _pages(self, ids: Iterable[str], paged: Paged, paths: Mapping[str, str], basis: str) -> None:
        united = told.tales(
            self._connection, [id_ for id_ in ids if any(paged.places.get(id_, {}).values())], united=True
        )
        wanted: dict[str, tuple[str, bool]] = {}  # inputs, and whether it shows pictures
        for id_ in ids:
            pictured = self._is_pictured(paged.places.get(id_, {}))
            tale = united.get(id_, paged.tales[id_])
            inputs = digest(basis, repr(pictured), str(tale.united), tale.stamp)
            if paths[id_] not in self._output.made and not self._output.holds(paths[id_], inputs):
                wanted[id_] = inputs, pictured
        # New ones first: nothing that stands there leads to them yet.
        new_first = sorted(wanted, key=lambda id_: (paths[id_] in self._output.known, id_))
        for batch in in_batches(new_first, AT_ONCE):
            for event in self._events(batch, united):
                inputs, pictured = wanted[event.id]
                shown = event if pictured else composing.without_pictures(event)
                self._output.write(paths[event.id], render.render_event_page(shown, self._base_url), inputs)

    def _events(self, ids: Iterable[str], united: Mapping[str, Tale]) -> Iterator[Event]:
        """The fullest telling of each, where feeds differ in whether languages cross."""
        ids = set(ids)
        yield from self._teller.told(self._connection, ids - united.keys()).values()
        yield from self._teller.united(self._connection, ids & united.keys()).values()

    def _is_pictured(self, places: Iterable[str]) -> bool:
        """As one of its feeds does, or the service where none has the event."""
        shown = {self._pictures[slug] for slug in places}
        return True in shown or (self._service_pictures and False not in shown)
