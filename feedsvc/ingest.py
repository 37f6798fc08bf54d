"""Conductor: due sources -> documents, feeds, pages -> articles -> events. Decides nothing itself.

A crash between two steps loses and repeats nothing: what is stored is known by its digest, what is not yet placed is
found again. Called by the command line and the daemon.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from contextlib import nullcontext
from datetime import datetime
from typing import NamedTuple

from feedsvc.config import Config, Source
from feedsvc.judging import Judging
from feedsvc.model import Progress
from feedsvc.placing import place
from feedsvc.reading import feeds
from feedsvc.reading.feeds import Chance
from feedsvc.reading.folders import read_folder
from feedsvc.reading.looking import Look, look_at
from feedsvc.reading.pages import read_pages
from feedsvc.reading.report import IngestReport
from feedsvc.recovery import recover
from feedsvc.sources import schedule
from feedsvc.store import Database, polls, sources

__all__ = ["IngestReport", "Look", "ingest", "look_at", "next_due"]


def ingest(
    config: Config,
    database: Database,
    now: datetime,
    progress: Progress,
    only: Collection[str] = (),
    *,
    chance: Chance = random.random,
    most: int | None = None,
    stop: Future[None] | None = None,
) -> IngestReport:
    """Read the sources that are due, or those named in `only`, due or not; then place what is in no event.

    `chance` spreads the times at which sources are due next. `most`: so many sources at once, those that have been due
    for longest; the others stay due. Once `stop` is done, no answer is waited for any more. Raises ConfigError before
    anything is read if the judge's key cannot be had.
    """
    judge = config.dedup.judge
    with Judging(judge, database, now) if judge else nullcontext() as judging:
        due = _due(config, database, now, only, most)
        report = _read_folders([source for source in due if source.path], database, now, progress)
        live = [source for source in due if not source.path]
        report += feeds.read_feeds(config, database, now, live, progress, asked=bool(only), chance=chance, stop=stop)
        report += read_pages(config, database, now, live, progress, stop=stop)
        crossing = any(feed.cross_language for feed in config.feeds)
        recover(config, database)
        placed = place(database, progress, judging.ask if judging else None, cross_language=crossing)
    return report + IngestReport(
        articles_joined=placed.joined, events_founded=placed.founded, events_absorbed=placed.absorbed
    )


def next_due(config: Config, database: Database) -> datetime | None:
    """When the first source is due, by the clock that its last reading was noted with; None: none ever is."""
    return min((when for _, when, _ in _schedule(config, database)), default=None)


def _due(config: Config, database: Database, now: datetime, only: Collection[str], most: int | None) -> list[Source]:
    if only:
        return [source for source in config.sources if source.id in only]
    due = [found for found in _schedule(config, database) if schedule.is_due(found.when, found.checked, now)]
    longest = {found.source.id for found in sorted(due, key=lambda found: found.when)[:most]}
    return [found.source for found in due if found.source.id in longest]


class _Scheduled(NamedTuple):
    source: Source
    when: datetime  # it is due
    checked: datetime


def _schedule(config: Config, database: Database) -> list[_Scheduled]:
    """The sources that are read at some time, in the order of the file."""
    with database.reading() as connection:
        states = sources.states(connection)
        known = polls.load(connection)
    found = []
    for source in config.sources:
        state = states.get(source.id)
        when = _folder_due_at(source, state) if source.path else feeds.due_at(source, state, known.get(source.id))
        if source.enabled and when is not None:
            found.append(_Scheduled(source, when, state.checked if state else when))
    return found


def _folder_due_at(source: Source, state: sources.SourceState | None) -> datetime:
    return state.checked + source.every if state else schedule.AT_ONCE


def _read_folders(due: Sequence[Source], database: Database, now: datetime, progress: Progress) -> IngestReport:
    report = IngestReport()
    for source in due:
        read = read_folder(source, database, now, progress)
        report += read
        outcome = read.faults[0].problem if read.faults else sources.OK
        with database.writing() as connection:
            sources.remember(connection, source.id, sources.SourceState(now, outcome))
    return report
