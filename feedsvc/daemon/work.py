"""The work: turn after turn, whatever is due is read and, where that changed something, published.

A turn that fails is said in one line and tried again later; nothing that happens in one ends the process, but a state
that only a newer program can use. What is due is in the state and judged under its lock, so that any number of
processes may take turns. Called by `service`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta

from feedsvc.config import Config
from feedsvc.cycle import at_work, bring_out, gather
from feedsvc.daemon.pulse import Pulse, utc_now
from feedsvc.daemon.saying import Saying, one_line
from feedsvc.daemon.settings import Settings
from feedsvc.errors import NewerError
from feedsvc.ingest import IngestReport, next_due
from feedsvc.mending import despite_damage
from feedsvc.publishers import adopt

logger = logging.getLogger(__name__)

LOOK_S = 60.0  # the longest from one turn to the next: clocks are moved, other processes read and correct
REST_S = 1.0  # the shortest; and never less than the turn took, so that half of the machine stays free
SHOW_S = 300.0  # the longest that corrections by hand and the state of sources wait to be published
LOCK_WAIT_S = 60.0
RETRY_S, RETRY_MOST_S = 10.0, 600.0
# After a long pause, or where the clock jumped ahead, everything is due. In portions, each of which is published.
MOST_SOURCES = 500
SHORTEST_EVERY = timedelta(minutes=1)  # what "at every update" means to a daemon
# Of a report, what readers and operators see no difference for.
NO_NEWS = {"documents_seen", "documents_parsed", "feeds_asked", "feeds_unchanged", "faults"}


class Stopped(Exception):  # noqa: N818 - no error: someone asked for it
    """The turn ends here; what it has done so far is stored."""


class Work:
    def __init__(self, settings: Settings, pulse: Pulse, now: Callable[[], datetime] = utc_now) -> None:
        self.status = "has only just begun"  # for people
        self._settings = settings
        self._pulse = pulse
        self._now = now
        self._config: Config | None = None  # of the latest turn
        self._saying = Saying()
        self._unpublished = True
        self._publish_by_s = 0.0
        self._failures = 0
        self._stopping = False
        self._stop: Future[None] = Future()
        self._stopping_or_starting = threading.Lock()

    def stop(self) -> None:
        """Have the turn under way end at the next point where nothing is lost, from any thread."""
        with self._stopping_or_starting:
            self._stopping = True
            if not self._stop.done():
                self._stop.set_result(None)

    def turn(self) -> float:
        """Do what is due; seconds until the next turn. Raises NewerError alone: after that, no other would do."""
        with self._stopping_or_starting:
            if self._stopping:
                return 0.0
            self._stop = Future()  # one for each turn: it remembers whoever waited for it
        self._pulse.beat()
        wait_s = 0.0
        try:
            wait_s = despite_damage(self._settings.config, self._turn, self._now, LOCK_WAIT_S)
            self._failures = 0
        except Stopped:
            logger.info("stopped in the middle of an update: what was read is kept, the rest stays due")
        except NewerError:
            raise
        except Exception as error:  # a bulkhead: a daemon outlives a full disk, a locked database and our own mistakes
            wait_s = self._failed(error)
        self._pulse.beat(wait_s)
        return wait_s

    def _turn(self) -> float:
        config = self._settings.config
        if config is not self._config:
            adopt(config.service.adapters, config.path.parent)
            self._config, self._unpublished = config, True
        schedule = for_a_daemon(config)
        began_s = time.monotonic()
        with at_work(config, self._progress, LOCK_WAIT_S) as database:
            now = self._now()
            ingested = gather(
                config, database, now, self._progress, schedule=schedule, most=MOST_SOURCES, stop=self._stop
            )
            self._unpublished |= any(getattr(ingested, n) for n in ingested.__slots__ if n not in NO_NEWS)
            self._progress("", 0, 0)
            published = None
            if self._unpublished or time.monotonic() >= self._publish_by_s:
                published = bring_out(config, database, now, self._progress)
                self._unpublished, self._publish_by_s = False, time.monotonic() + SHOW_S
            due = next_due(schedule, database)
        took_s = time.monotonic() - began_s
        self._saying.turn(ingested, published, took_s)
        wait_s = _until(due, self._now(), took_s)
        self.status = _status(config, ingested, now, wait_s)
        return wait_s

    def _progress(self, _step: str, _done: int, _total: int) -> None:
        self._pulse.beat()
        if self._stopping:
            raise Stopped

    def _failed(self, error: Exception) -> float:
        self._unpublished = True  # nobody knows how far it came
        wait_s = min(RETRY_S * 2.0**self._failures, RETRY_MOST_S)
        self._failures = min(self._failures + 1, 30)
        self.status = f"the last update failed: {(said := one_line(error))}"
        logger.error("%s; next try in %.0f s", said, wait_s)
        return wait_s


def for_a_daemon(config: Config) -> Config:
    """To find out what is due, and nothing else: who publishes what it says tells something else than updates do."""
    return replace(config, sources=tuple(replace(s, every=s.every or SHORTEST_EVERY) for s in config.sources))


def _until(due: datetime | None, now: datetime, took_s: float) -> float:
    """Seconds to the next turn."""
    rest_s = min(max(REST_S, took_s), LOOK_S)
    if due is None:
        return LOOK_S
    return min(max((due - now).total_seconds(), rest_s), LOOK_S)


def _status(config: Config, ingested: IngestReport, now: datetime, wait_s: float) -> str:
    sources = sum(source.enabled for source in config.sources)
    new = ingested.articles_new + ingested.articles_revised
    return f"{sources} sources; looked at {now:%H:%M:%S} UTC: {new} articles new or revised; next in {wait_s:.0f} s"
