"""What the log gets to read of the work: one line for a turn that did something, one for each new trouble.

The same trouble is said again after a day at the earliest: sources are asked for years. Called by `work`.
"""

from __future__ import annotations

import logging
import time

from feedsvc.errors import ConfigError, FeedsvcError
from feedsvc.ingest import IngestReport
from feedsvc.publish import PublishReport

logger = logging.getLogger(__name__)

SAID_AGAIN_S = 24 * 3600.0


class Saying:
    def __init__(self) -> None:
        self._said: dict[tuple[str, str, str], float] = {}  # when, in seconds of the monotonic clock

    def turn(self, ingested: IngestReport, published: PublishReport | None, took_s: float) -> None:
        for fault in ingested.faults:
            if self._is_new(fault.source, fault.origin, fault.problem):
                logger.warning("source %s: %s: %s", fault.source, fault.origin, fault.problem)
        for id_ in published.held_for if published else ():
            if self._is_new(id_, "", "held"):
                why = "failed before this state knew its articles; the feeds stay as they were"
                logger.warning("source %s: %s", id_, why)
        written = len(published.written) if published else 0
        if ingested.feeds_asked or ingested.documents_parsed or written:
            logger.info("%s; %d files changed; %.1f s", _words(ingested), written, took_s)

    def _is_new(self, *said: str) -> bool:
        now_s = time.monotonic()
        self._said = {known: at_s for known, at_s in self._said.items() if now_s - at_s < SAID_AGAIN_S}
        source, origin, problem = said
        return self._said.setdefault((source, origin, problem), now_s) == now_s

    def failure(self, error: Exception, wait_s: float) -> str:
        """Log it; gives what was said."""
        if isinstance(error, ConfigError):
            said = "; ".join(error.mistakes)
        elif isinstance(error, FeedsvcError):
            said = str(error)
        else:
            said = f"an error that nobody foresaw, please report it: {error!r}"
            logger.debug("where it happened", exc_info=error)
        logger.error("%s; next try in %.0f s", " ".join(said.split()), wait_s)
        return said


def _words(ingested: IngestReport) -> str:
    counted = {
        "feeds asked": ingested.feeds_asked,
        "unchanged": ingested.feeds_unchanged,
        "documents read": ingested.documents_parsed,
        "pages": ingested.pages_read,
        "articles new": ingested.articles_new,
        "revised": ingested.articles_revised,
        "events new": ingested.events_founded,
        "absorbed": ingested.events_absorbed,
    }
    return ", ".join(f"{count} {what}" for what, count in counted.items() if count) or "published"
