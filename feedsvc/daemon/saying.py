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


class Said:
    def __init__(self) -> None:
        self._at_s: dict[tuple[str, ...], float] = {}  # of the monotonic clock

    def is_new(self, *words: str) -> bool:
        now_s = time.monotonic()
        self._at_s = {known: at_s for known, at_s in self._at_s.items() if now_s - at_s < SAID_AGAIN_S}
        new = words not in self._at_s
        self._at_s.setdefault(words, now_s)
        return new


class Saying:
    def __init__(self) -> None:
        self._said = Said()

    def turn(self, ingested: IngestReport, published: PublishReport | None, took_s: float) -> None:
        for fault in ingested.faults:
            if self._said.is_new(fault.source, fault.origin, fault.problem):
                words = f"source {fault.source}: {fault.origin}: {fault.problem}"
                logger.warning("%s", words, extra={"source": fault.source})
        for id_ in published.held_for if published else ():
            words = f"source {id_}: failed before this state knew its articles; the feeds stay as they were"
            if self._said.is_new(words):
                logger.warning("%s", words, extra={"source": id_})
        written = len(published.written) if published else 0
        if ingested.feeds_asked or ingested.documents_parsed or written:
            logger.info("%s; %d files changed; %.1f s", _words(ingested), written, took_s)

    def problem(self, words: str) -> None:
        if self._said.is_new(words):
            logger.warning("%s", words)


def one_line(error: Exception) -> str:
    if isinstance(error, ConfigError):
        return "; ".join(error.mistakes)
    if isinstance(error, FeedsvcError):
        return " ".join(str(error).split())
    logger.debug("where it happened", exc_info=error)
    return f"an error that nobody foresaw, please report it: {error!r}"


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
