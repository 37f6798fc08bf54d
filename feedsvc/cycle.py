"""Conductor of conductors: one whole cycle under the lock. Called by `feedsvc update` and the daemon."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from feedsvc.config import Config
from feedsvc.ingest import IngestReport, ingest
from feedsvc.model import Progress
from feedsvc.publish import PublishReport, publish
from feedsvc.store import open_database, sole_writer


def run_cycle(
    config: Config, now: datetime, progress: Progress, only: Collection[str] = ()
) -> tuple[IngestReport, PublishReport]:
    """Read what is due at `now` (or the sources named in `only`), match it, publish what changed.

    Raises StateError where another cycle holds the state or the state cannot be used, FeedsvcError where the output
    cannot be written.
    """
    with sole_writer(config.service.state):
        database = open_database(config.service.state)
        try:
            ingested = ingest(config, database, now, progress, only)
            return ingested, publish(config, database, progress)
        finally:
            database.close()
