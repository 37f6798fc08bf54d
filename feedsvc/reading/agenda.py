"""What is to be read, and when something is next: by the schedule of each source, as the state has it.

Light to import: a cycle that finds nothing here does without all that reads and matches. Called by the conductors.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from feedsvc.config import Config, Source
from feedsvc.reading.polled import due_at
from feedsvc.sources import schedule
from feedsvc.store import Database, articles, events, polls, sources


class _Scheduled(NamedTuple):
    source: Source
    when: datetime  # it is due
    checked: datetime


def due_sources(
    config: Config,
    database: Database,
    now: datetime,
    only: Collection[str] = (),
    most: int | None = None,
    *,
    among: Sequence[Source] | None = None,
) -> list[Source]:
    """In the order of the file: those in `only`, due or not; else those that are due, `most` of them for longest.
    `among`: no others are looked at.
    """
    if only:
        return [source for source in config.sources if source.id in only]
    due = [found for found in _schedule(config, database, among) if schedule.is_due(found.when, found.checked, now)]
    longest = {found.source.id for found in sorted(due, key=lambda found: found.when)[:most]}
    return [found.source for found in due if found.source.id in longest]


def next_due(config: Config, database: Database) -> datetime | None:
    """When the first source is due, by the clock that its last reading was noted with; None: none ever is."""
    return min((when for _, when, _ in _schedule(config, database)), default=None)


def is_done(config: Config, database: Database, now: datetime) -> bool:
    """Whether there is nothing to read, nothing to match, and no earlier state to take over."""
    if due_sources(config, database, now):
        return False
    with database.reading() as connection:
        return events.was_published(connection) and not articles.unplaced(connection)


def _schedule(config: Config, database: Database, among: Sequence[Source] | None = None) -> list[_Scheduled]:
    """The sources that are read at some time, in the order of the file."""
    ids = None if among is None else [source.id for source in among]
    with database.reading() as connection:
        states = sources.states(connection, ids)
        known = polls.load(connection, ids)
    found = []
    for source in config.sources if among is None else among:
        state = states.get(source.id)
        when = _folder_due_at(source, state) if source.path else due_at(source, state, known.get(source.id))
        if source.enabled and when is not None:
            found.append(_Scheduled(source, when, state.checked if state else when))
    return found


def _folder_due_at(source: Source, state: sources.SourceState | None) -> datetime:
    return state.checked + source.every if state else schedule.AT_ONCE
