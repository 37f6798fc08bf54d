"""Conductor: due sources -> documents, feeds, pages -> articles -> events. Decides nothing itself.

A crash between two steps loses and repeats nothing: what is stored is known by its digest, what is not yet placed is
found again. Called by the command line and the daemon.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta

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
from feedsvc.store import Database, polls, sources

__all__ = ["IngestReport", "Look", "ingest", "is_due", "look_at"]


def ingest(
    config: Config,
    database: Database,
    now: datetime,
    progress: Progress,
    only: Collection[str] = (),
    *,
    chance: Chance = random.random,
) -> IngestReport:
    """Read the sources that are due, or those named in `only`, due or not; then place what is in no event.

    `chance` spreads the times at which sources are due next. Raises ConfigError before anything is read if the judge's
    key cannot be had.
    """
    judge = config.dedup.judge
    with Judging(judge, database, now) if judge else nullcontext() as judging:
        due = _due(config, database, now, only)
        report = _read_folders([source for source in due if source.path], database, now, progress)
        live = [source for source in due if not source.path]
        report += feeds.read_feeds(config, database, now, live, progress, asked=bool(only), chance=chance)
        report += read_pages(config, database, now, live, progress)
        crossing = any(feed.cross_language for feed in config.feeds)
        placed = place(database, progress, judging.ask if judging else None, cross_language=crossing)
    return report + IngestReport(
        articles_joined=placed.joined, events_founded=placed.founded, events_absorbed=placed.absorbed
    )


def _due(config: Config, database: Database, now: datetime, only: Collection[str]) -> list[Source]:
    if only:
        return [source for source in config.sources if source.id in only]
    with database.reading() as connection:
        states = sources.states(connection)
        known = polls.load(connection)

    def due(source: Source) -> bool:
        state = states.get(source.id)
        if source.path:
            return is_due(state.checked if state else None, source.every, now)
        return feeds.is_due(source, state, known.get(source.id), now)

    return [source for source in config.sources if source.enabled and due(source)]


def is_due(checked: datetime | None, every: timedelta, now: datetime) -> bool:
    """Whether a folder is to be read again. A clock that was set back makes it due rather than silent for long."""
    return checked is None or now >= checked + every or now < checked


def _read_folders(due: Sequence[Source], database: Database, now: datetime, progress: Progress) -> IngestReport:
    report = IngestReport()
    for source in due:
        read = read_folder(source, database, now, progress)
        report += read
        outcome = read.faults[0].problem if read.faults else sources.OK
        with database.writing() as connection:
            sources.remember(connection, source.id, sources.SourceState(now, outcome))
    return report
