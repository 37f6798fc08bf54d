"""Conductor: events -> topic feeds -> files. What was made of the same before is not made again.

Never writes less because something failed: what could not be read this time is still in the store. What makes documents
is `publishing`, imported only where something must be made. Called by the command line and the daemon, after ingest.
"""

from __future__ import annotations

from datetime import datetime

from feedsvc import storage, watching
from feedsvc.config import Config
from feedsvc.model import Progress
from feedsvc.output import Output
from feedsvc.program import program
from feedsvc.publishing.report import PublishReport
from feedsvc.store import Database, published
from feedsvc.store.published import Whole
from feedsvc.text import digest

__all__ = ["PublishReport", "publish", "remember"]


def publish(config: Config, database: Database, progress: Progress, now: datetime | None = None) -> PublishReport:
    """Bring the output folder to what the state says: topic feeds, event pages, index, OPML and status.

    Raises FeedsvcError where the output folder cannot be written.
    """
    status = watching.service_status(config, database, watching.published_status(config))
    with database.reading() as connection:
        whole, known = published.whole(connection), published.files(connection)
    output = Output(storage.opened(config.service.output, config.freshness), known)
    basis = digest(program(), repr(config))
    if missing := watching.missing(config, status.sources):
        # status.json stays: it knows what there was. People are told all the same.
        from feedsvc import render  # noqa: PLC0415

        output.write_all(render.render_troubles(status, config.service.base_url))
        output.finish()
        return PublishReport(0, tuple(output.written), missing)
    if whole and whole.inputs == digest(basis, repr(status)) and output.is_as_known():
        return PublishReport(whole.events, ())
    # Half of the program is for making documents: imported only where there is one to make.
    from feedsvc.publishing.publication import Publication  # noqa: PLC0415

    return Publication(config, database, progress, output, basis).bring_out(status, now)


def remember(database: Database, report: PublishReport) -> None:
    """What was published need not be made again. To be called once all that follows from it is stored."""
    if report.made is not None:
        whole = None if report.leaving else Whole(report.inputs, report.events)
        with database.writing() as connection:
            published.remember(connection, report.made, whole)
