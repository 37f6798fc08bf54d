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
from feedsvc.publishing import checking
from feedsvc.publishing.report import PublishReport
from feedsvc.store import Database, changes, published, told
from feedsvc.text import digest

__all__ = ["PublishReport", "publish", "remember"]


def publish(config: Config, database: Database, progress: Progress, now: datetime | None = None) -> PublishReport:
    """Bring the output folder to what the state says: topic feeds, event pages, index, OPML and status.

    Raises FeedsvcError where the output folder cannot be written.
    """
    status = watching.service_status(config, database, watching.published_status(config))
    output = Output(storage.opened(config.service.output, config.freshness), {})
    basis = digest(program(), repr(config))
    if missing := watching.missing(config, status.sources):
        # status.json stays: it knows what there was. People are told all the same.
        from feedsvc import render  # noqa: PLC0415

        output.write_all(render.render_troubles(status, config.service.base_url))
        output.finish()
        return PublishReport(0, tuple(output.written), missing)
    with database.reading() as connection:
        whole, unpublished = published.whole(connection), changes.waiting(connection)
        looked = checking.look(connection, output, whole.checked if whole else "")
    same = whole and (whole.inputs, whole.status) == (basis, digest(repr(status)))
    if whole and same and not unpublished.last and not looked.lost:
        return PublishReport(whole.shown, ())
    # Half of the program is for making documents: imported only where there is one to make.
    from feedsvc.publishing.publication import Publication  # noqa: PLC0415

    return Publication(config, database, progress, output, basis).bring_out(looked, status, now)


def remember(database: Database, report: PublishReport) -> None:
    """What was published need not be made again. To be called once all that follows from it is stored."""
    if memory := report.memory:
        with database.writing() as connection:
            if memory.everything:
                published.remember_all(connection, memory.made)
            else:
                published.remember(connection, memory.made, memory.gone)
            published.remember_folders(connection, memory.folders)
            published.remember_whole(connection, memory.whole)
            told.remember_shown(connection, memory.shown)
            told.remember_pages(connection, memory.pages, memory.gone)
            told.keep_only(connection, memory.feeds)
            changes.forget(connection, memory.last)
