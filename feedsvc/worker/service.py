"""The process: connected to its queues, again and again if need be, until it is asked to end.

Called by the command line, in the main thread.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import DeleteJobCondition
from procrastinate.worker import Worker

from feedsvc.daemon import systemd
from feedsvc.daemon.saying import one_line
from feedsvc.daemon.service import DRAIN_S, FAILED, OK, SAME_S
from feedsvc.daemon.settings import Settings
from feedsvc.daemon.systemd import Systemd
from feedsvc.errors import FeedsvcError, NewerError
from feedsvc.place import Address
from feedsvc.store import open_database
from feedsvc.store.jobs import GONE_AFTER_S
from feedsvc.worker import ground
from feedsvc.worker.jobs import SCHEDULE
from feedsvc.worker.queues import Queues, plainly
from feedsvc.worker.work import Work

logger = logging.getLogger(__name__)

BEAT_S = 5.0  # from one sign of life to the next
LOOK_S = (
    2.0  # from one look for jobs to the next; new ones announce themselves, those that waited for their time do not
)
AGAIN_S, AGAIN_MOST_S = 1.0, 60.0  # until a lost server is tried again
LOST = (ProcrastinateException, psycopg.Error, FeedsvcError, OSError)
END = (signal.SIGTERM, signal.SIGINT)


class WorkerProcess:
    def __init__(self, settings: Settings, address: Address, queues: Sequence[str], concurrency: int) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._settings = settings
        self._address = address
        self._queues = queues
        self._concurrency = concurrency
        self._systemd = Systemd()
        self._asked_s: float | None = None  # to end, by the monotonic clock
        self._ending = asyncio.Event()
        self._stop: tuple[Callable[[], None], ...] = ()
        self._at: Queues | None = None
        self._code = OK

    def run(self) -> int:
        """Exit code. Raises StateError where the state cannot be used at the very beginning."""
        ground.prepare(self._address)  # says no while others of another version are at work
        open_database(self._address).close()
        for noisy in ("procrastinate", "psycopg"):  # this module says it in one line
            logging.getLogger(noisy).setLevel(logging.CRITICAL)
        asyncio.run(self._run())
        if self._at and self._at.running:
            unfinished = ", ".join(sorted(self._at.running))
            logger.warning("%s: not done within %.0f s; ends anyway, another worker takes over", unfinished, DRAIN_S)
            logging.shutdown()
            os._exit(self._code)  # a thread that hangs would keep the process from ending
        return self._code

    def _end(self, number: int) -> None:
        """Whatever is under way gets `DRAIN_S`; a second signal ends at once. The state bears both."""
        if self._asked_s is not None and time.monotonic() > self._asked_s + SAME_S:
            os._exit(128 + number)
        if self._asked_s is None:
            logger.info("asked to end")
            self._asked_s = time.monotonic()
            self._begin_to_end()

    def _refuse(self, error: NewerError) -> None:
        """The state is of a newer feedsvc, which no other try would change."""
        if self._code == OK:
            logger.error("%s", one_line(error))
            self._code = FAILED
            self._begin_to_end()

    def _begin_to_end(self) -> None:
        self._systemd.tell(systemd.STOPPING)
        self._ending.set()
        for stop in self._stop:
            stop()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in END:
            loop.add_signal_handler(number, self._end, number)
        loop.add_signal_handler(signal.SIGHUP, self._settings.reload)
        loop.set_exception_handler(self._unforeseen)
        failures = 0
        while not self._ending.is_set():
            began_s = time.monotonic()
            try:
                await self._connected()
                lost = "the connection to the queues is lost"
            except LOST as error:
                lost = plainly(error)
            if self._ending.is_set():
                break
            failures = 0 if time.monotonic() - began_s > AGAIN_MOST_S else failures + 1
            wait_s = min(AGAIN_S * 2.0**failures, AGAIN_MOST_S)
            logger.error("%s; next try in %.0f s", lost, wait_s)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), wait_s)
        logger.info("ended")

    def _unforeseen(self, _loop: asyncio.AbstractEventLoop, found: dict[str, Any]) -> None:
        """A job is done and that could not be written down: it would count as running for as long as this worker is
        alive. Under another name, what it leaves is taken over.
        """
        error = found.get("exception")
        if isinstance(error, ProcrastinateException) and isinstance(error.__cause__, psycopg.errors.RaiseException):
            logger.warning("a job was given to another worker before it was done here; this one was thought to be gone")
            return
        logger.error("%s; begins anew", plainly(error) if isinstance(error, Exception) else found["message"])
        for stop in self._stop:
            stop()

    async def _connected(self) -> None:
        """Until asked to end, or the connection is lost."""
        schema = await asyncio.to_thread(ground.prepare, self._address)
        threads = ThreadPoolExecutor(self._concurrency, "job")
        queues = self._at = Queues(self._address, schema, threads, self._refuse)
        work = Work(self._settings, self._address, queues.reserve)
        queues.take_up(work)
        worker = self._worker(queues)
        try:
            async with queues.app.open_async(), self._signing(queues):
                if not self._ending.is_set():
                    self._stop = (work.stop, worker.stop)
                    await worker.run()  # type: ignore[no-untyped-call]
        finally:
            self._stop = ()
            work.stop()
            threads.shutdown(wait=False, cancel_futures=True)
            if not queues.running:
                work.close()

    def _worker(self, queues: Queues) -> Worker:
        return Worker(
            queues.app,
            queues=[*self._queues, SCHEDULE],
            name=self.name,
            concurrency=self._concurrency,
            fetch_job_polling_interval=LOOK_S,
            shutdown_graceful_timeout=DRAIN_S,
            delete_jobs=DeleteJobCondition.SUCCESSFUL,
            install_signal_handlers=False,
            update_heartbeat_interval=BEAT_S,
            stalled_worker_timeout=GONE_AFTER_S,
        )

    @asynccontextmanager
    async def _signing(self, queues: Queues) -> AsyncIterator[None]:
        """Say who is here, for as long as that is so."""
        await queues.sign(self.name, self._queues)
        logger.info("at work on %s, %d jobs at once", ", ".join(self._queues), self._concurrency)
        self._systemd.tell(systemd.READY)
        beat = asyncio.create_task(self._beat(queues))
        try:
            yield
        finally:
            beat.cancel()
            with suppress(*LOST):
                await queues.leave(self.name)

    async def _beat(self, queues: Queues) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            self._systemd.tell(systemd.ALIVE)
            if self._settings.changed():
                self._settings.reload()
            with suppress(*LOST):  # Procrastinate's own sign of life fails too, and ends the worker
                await queues.sign(self.name, self._queues)
