"""The process: its scheduler, its signals, its end. What it does is up to `work`, what it serves to whoever starts it.

Called by the command line, in the main thread.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Protocol

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from feedsvc.daemon import systemd
from feedsvc.daemon.pulse import Pulse, Wall
from feedsvc.daemon.saying import one_line
from feedsvc.daemon.settings import Settings
from feedsvc.daemon.systemd import Systemd
from feedsvc.daemon.telling import Telling
from feedsvc.daemon.work import LOOK_S, REST_S, Work
from feedsvc.errors import NewerError

logger = logging.getLogger(__name__)

BEAT_S = 1.0  # how often the main thread looks whether anything is to be told
DRAIN_S = 20.0  # for the work and the answers under way, when asked to end
SAME_S = (
    1.0  # Ctrl+C and `timeout` signal the process and its whole group: so soon after the first, it is no second one
)
OK, FAILED = 0, 1
END = (signal.SIGTERM, signal.SIGINT)
SERVER = "serving"
TELLING = "telling others"
TURN = "the update under way"
REFUSED = "the state is of a newer feedsvc"


class Server(Protocol):
    """What serves the output folder beside the work; `feedsvc.web.Server` is one."""

    def run(self) -> None: ...

    def stop(self) -> None: ...


class Daemon:
    def __init__(self, settings: Settings, server: Server | None = None) -> None:
        self._settings = settings
        self._pulse = Pulse()
        self._work = Work(settings, self._pulse)
        self._telling = Telling(settings)
        self._server = server
        self._systemd = Systemd()
        self._wall = Wall()
        # What signal handlers and threads have to say to the main thread. Unlike an Event's, its `put` may be called
        # from a handler that interrupts its `get`.
        self._words: SimpleQueue[int | str] = SimpleQueue()
        self._busy: set[str] = set()  # what is under way
        self._refusal = ""  # why no other turn would do
        self._beat_s = min(BEAT_S, self._systemd.watchdog_s / 2 or BEAT_S)
        self._beat_at_s = 0.0
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )

    def run(self) -> int:
        """Until SIGTERM or SIGINT, or a newer feedsvc takes over the state; gives the exit code."""
        # A turn may well last longer than a minute: that the next one is left out then is no news.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        with self._signals():
            self._start()
            self._systemd.tell(systemd.READY)
            while (word := self._listen(self._beat_s)) not in (*END, SERVER, REFUSED):
                if word == signal.SIGHUP:
                    self._reload()
                elif time.monotonic() >= self._beat_at_s:
                    self._look_around()
            return self._end(word)

    def _look_around(self) -> None:
        self._beat_at_s = time.monotonic() + self._beat_s
        if self._systemd.watchdog_s and self._pulse.alive:
            self._systemd.tell(systemd.ALIVE)
        if moved := self._wall.moved():
            logger.warning("the clock was moved by %+.0f s", moved.total_seconds())
            self._at(TURN, 0.0)  # what the scheduler waits for may be far away now
            self._at(TELLING, 0.0)
        if self._settings.changed():
            self._reload()

    def _reload(self) -> None:
        self._systemd.tell_reloading()
        if self._settings.reload():
            self._at(TURN, 0.0)
        self._systemd.tell(systemd.READY)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        before = {number: signal.signal(number, lambda n, _: self._words.put(n)) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start(self) -> None:
        for name, job in ((TURN, self._turn), (TELLING, self._tell)):
            self._scheduler.add_job(job, "interval", seconds=LOOK_S, id=name, next_run_time=datetime.now(UTC))
        self._scheduler.start()
        if self._server:
            threading.Thread(target=self._serve, args=[self._server], name=SERVER, daemon=True).start()

    def _serve(self, server: Server) -> None:
        with self._under_way(SERVER):
            try:
                server.run()
            except Exception as error:  # a bulkhead: the main thread ends the rest in order
                logger.error("serving failed: %s", one_line(error))

    @contextmanager
    def _under_way(self, name: str) -> Iterator[None]:
        self._busy.add(name)
        try:
            yield
        finally:
            self._busy.discard(name)
            self._words.put(name)

    def _turn(self) -> None:
        with self._under_way(TURN):
            config = self._settings.config
            try:
                wait_s = self._work.turn()
            except NewerError as error:
                self._refusal = one_line(error)
                self._words.put(REFUSED)
                return
            self._systemd.tell_status(self._work.status)
            self._at(TURN, wait_s if self._settings.config is config else 0.0)
            self._at(TELLING, 0.0)

    def _tell(self) -> None:
        with self._under_way(TELLING):
            self._telling.tell()

    def _at(self, job: str, wait_s: float) -> None:
        """Sooner than the minute that the scheduler waits by itself."""
        at = datetime.now(UTC) + timedelta(seconds=max(wait_s, REST_S))
        with suppress(JobLookupError):  # the scheduler has ended meanwhile
            self._scheduler.modify_job(job, next_run_time=at)

    def _listen(self, wait_s: float) -> int | str:
        """The next word; empty if there is none for so long."""
        try:
            return self._words.get(timeout=max(0.0, wait_s))
        except Empty:
            return ""

    def _end(self, word: int | str) -> int:
        """Whatever is under way gets `DRAIN_S`; a second signal ends at once. The state bears both."""
        self._systemd.tell(systemd.STOPPING)
        if word == REFUSED:
            logger.error("%s", self._refusal)
        else:
            logger.info("asked to end" if word in END else "no longer serving: ends, so that it is started again")
        self._work.stop()
        if self._server:
            self._server.stop()
        self._scheduler.shutdown(wait=False)
        code = OK if word in END else FAILED
        asked_s = time.monotonic()
        while self._busy and (left_s := asked_s + DRAIN_S - time.monotonic()) > 0:
            word = self._listen(left_s)
            if word in END and time.monotonic() > asked_s + SAME_S:
                os._exit(128 + int(word))
        if self._busy:
            unfinished = " and ".join(sorted(self._busy))
            logger.warning("%s: not done within %.0f s; ends anyway, nothing is lost", unfinished, DRAIN_S)
            logging.shutdown()
            os._exit(code)  # a thread that hangs would keep the process from ending
        logger.info("ended")
        return code
