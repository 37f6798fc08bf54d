"""Threads as readers see them: which events are of one saga, what came before each of them and what after.

Pure; knows ids and links alone. Called by the publishing conductor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

MOST = 5  # steps told before and after an event


class Chains:
    """Events that go on from one another. Each follows one earlier event at most, and several may follow the same."""

    def __init__(self, oldest_first: Iterable[str], follows: Mapping[str, str]) -> None:
        """`follows`: the event that an event goes on from; one of those that stand before it in `oldest_first`."""
        ordered = list(oldest_first)
        self._follows = follows
        self._roots: dict[str, str] = {}
        self._later: dict[str, list[str]] = {}
        for id_ in ordered:
            self._roots[id_] = self._roots[follows[id_]] if id_ in follows else id_
        self._place = {id_: place for place, id_ in enumerate(ordered)}
        for id_ in reversed(ordered):
            if id_ in follows:
                # All that follows on this one was dealt with before it.
                before = follows[id_]
                after = {id_, *self._later.get(id_, ()), *self._later.get(before, ())}
                self._later[before] = sorted(after, key=self._place.__getitem__, reverse=True)[:MOST]

    def root(self, id_: str) -> str:
        """The first event of the thread: its name."""
        return self._roots[id_]

    def earlier(self, id_: str) -> list[str]:
        """What the event goes on from, and that in turn from; newest first. Never changes when events are added."""
        found: list[str] = []
        while id_ in self._follows and len(found) < MOST:
            id_ = self._follows[id_]
            found.append(id_)
        return found

    def later(self, id_: str) -> list[str]:
        """The last events that go on from this one, directly or not; newest first."""
        return self._later.get(id_, [])
