"""The queues, in PostgreSQL by Procrastinate: what follows from what, when matching may begin, whose turn it is.

Procrastinate carries messages; it decides nothing and remembers nothing that the state does not tell again at the next
look. Async, for it is; what jobs do runs in threads (`work`). Called by `service`.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from typing import Any, TypeVar

import psycopg
from procrastinate import App, PsycopgConnector, RetryStrategy, exceptions
from procrastinate.jobs import Status
from psycopg import conninfo

from feedsvc.daemon.saying import one_line
from feedsvc.daemon.work import RETRY_MOST_S, RETRY_S, Stopped
from feedsvc.errors import NewerError
from feedsvc.place import Address
from feedsvc.sources.fetch import DEFAULTS
from feedsvc.store import postgresql
from feedsvc.store.held import BusyError
from feedsvc.store.jobs import FORGOTTEN_AFTER, GONE_AFTER_S
from feedsvc.worker.jobs import KINDS, Job
from feedsvc.worker.work import Work

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

CONNECTIONS = 2  # of a worker to its queues, besides the one that listens
# When by the clock; whoever of all workers comes first sends it, once.
EVERY_MINUTE, EVERY_TEN_SECONDS = "* * * * *", "* * * * * */10"
# The longest that corrections by hand and the state of sources wait to be published, as for the daemon.
EVERY_FIVE_MINUTES = "*/5 * * * *"
AGAIN_S = 2  # until a lock that others hold is tried again
EVERY_HOUR = "7 * * * *"
KEPT_HOURS = 24 * 7  # jobs that Procrastinate gave up; those that came to their end are removed at once

BEGUN = """
    INSERT INTO share (number, since) SELECT number, now() FROM unnest(%(numbers)s::int[]) number
    ON CONFLICT (number) DO UPDATE SET since = coalesce(share.since, excluded.since)"""
READ = "SELECT share_read(%(number)s, %(news)s) AS last"
NEWS = "SELECT EXISTS (SELECT FROM share WHERE news) AS found"
TAKEN = "UPDATE share SET news = false WHERE news RETURNING number"
# By the server's clock. A host's first turn of several is told; the others follow at the same distance.
RESERVED = """
    INSERT INTO turn AS known (host, free_at, taken)
    SELECT host, clock_timestamp() + times * make_interval(secs => %(spacing_s)s), times
    FROM unnest(%(hosts)s::text[], %(times)s::int[]) AS wanted (host, times) ORDER BY host
    ON CONFLICT (host) DO UPDATE SET taken = excluded.taken, free_at =
        greatest(known.free_at, clock_timestamp()) + excluded.taken * make_interval(secs => %(spacing_s)s)
    RETURNING host, extract(epoch FROM free_at - clock_timestamp())::float8 - taken * %(spacing_s)s AS wait_s"""
SIGNED = """
    INSERT INTO worker VALUES (%(name)s, %(queues)s, clock_timestamp(), clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET seen = excluded.seen, queues = excluded.queues"""
LEFT = "DELETE FROM worker WHERE name = %(name)s"
FORGOTTEN = (
    f"DELETE FROM worker WHERE seen < now() - interval '{FORGOTTEN_AFTER}'",  # noqa: S608
    "DELETE FROM turn WHERE free_at < now() - interval '1 hour'",
)


def plainly(error: Exception) -> str:
    """In one line. Procrastinate says of the database that it failed; why is behind that."""
    if isinstance(error, exceptions.ConnectorException):
        return f"the queues: {postgresql.plainly(error.__cause__ or error)}"
    if isinstance(error, psycopg.Error):
        return f"the queues: {postgresql.plainly(error)}"
    return one_line(error)


def _options(address: Address, schema: str) -> str:
    """What the address asks for, and tables of this schema; the last word counts. Escaped as libpq wants it."""
    stated = conninfo.conninfo_to_dict(address.url).get("options") or ""
    name = '"' + schema.replace('"', '""') + '"'
    escaped = re.sub(r"([ \\])", r"\\\1", name)
    return f"{stated} -c search_path={escaped}".strip()


class Queues:
    """Of one worker, while it is connected."""

    def __init__(
        self, address: Address, schema: str, threads: Executor, refuse: Callable[[NewerError], None] = lambda _: None
    ) -> None:
        """`refuse` is called where no job can be done here any more."""
        path = conninfo.make_conninfo(address.url, options=_options(address, schema))
        settings = postgresql.SETTINGS | {"application_name": "feedsvc worker"}
        self.app = App(
            connector=PsycopgConnector(
                conninfo=conninfo.make_conninfo("", **settings | conninfo.conninfo_to_dict(path)),
                min_size=1,
                max_size=CONNECTIONS,
            )
        )
        self._threads = threads
        self._refuse = refuse
        self._loop = asyncio.get_running_loop()
        self._work: Work | None = None
        self.running: set[str] = set()  # jobs, in threads

    def take_up(self, work: Work) -> None:
        """Know the jobs, and do them with this."""
        self._work = work
        # Procrastinate tries again only what could not even be sent again by ourselves.
        again = RetryStrategy(wait=int(RETRY_S))
        tasks = {
            name: self.app.task(name=name, queue=kind.queue, priority=kind.priority, retry=again)(self._runner(name))
            for name, kind in KINDS.items()
        }
        by_the_clock = {
            "scan": EVERY_MINUTE,
            "look_after": EVERY_TEN_SECONDS,
            "show": EVERY_FIVE_MINUTES,
            "tell": EVERY_MINUTE,
            "tidy": EVERY_HOUR,
        }
        for kind, cron in by_the_clock.items():
            job = Job(kind)
            self.app.periodic(cron=cron, lock=job.lock_while_running, queueing_lock=job.lock)(tasks[kind])

    def _runner(self, kind: str) -> Callable[..., Awaitable[None]]:
        async def run(subject: str = "", attempt: int = 0, timestamp: int = 0) -> None:
            await self._run(Job(kind, subject, attempt))

        return run

    async def _run(self, job: Job) -> None:
        """What goes wrong is tried again, for ever: a job's own failures are no failures of Procrastinate's, which
        would give a message back that waits already.
        """
        try:
            await getattr(self, f"_{job.kind}")(job)
        except Stopped:
            await self.send(job)
        except BusyError:
            await self.send(job, AGAIN_S)
        except NewerError as error:
            self._refuse(error)
            await self.send(job)  # for a worker of the other version
        except Exception as error:  # a bulkhead: a full disk, a lost connection and our own mistakes cost one job
            wait_s = min(RETRY_S * 2.0**job.attempt, RETRY_MOST_S)
            logger.error("%s: %s; next try in %.0f s", job.lock, plainly(error), wait_s)
            await self.send(job._replace(attempt=min(job.attempt + 1, 30)), wait_s)

    async def send(self, job: Job, after_s: float = 0.0) -> None:
        """Once: one that waits already will do."""
        message = self.app.configure_task(
            job.kind,
            lock=job.lock_while_running,
            queueing_lock=job.lock,
            schedule_in={"seconds": after_s} if after_s else None,
        )
        try:
            await message.defer_async(subject=job.subject, attempt=job.attempt)
        except exceptions.AlreadyEnqueued:
            logger.debug("%s waits already", job.lock)

    # What follows from what

    async def _scan(self, _job: Job) -> None:
        """Whatever the round before has brought waits no longer, even if a share of it is still being read."""
        shares, unmatched = await self._in_thread(self._bodies.due_shares)
        if unmatched or (await self._rows(NEWS))[0]["found"]:
            await self.send(Job("sort"))
        await self._do(BEGUN, numbers=shares)
        for share in shares:
            await self.send(Job("fetch", str(share)))

    async def _fetch(self, job: Job) -> None:
        read = await self._in_thread(self._bodies.fetch, job.subject)
        if read.more:
            await self.send(job._replace(attempt=0))
            return
        (row,) = await self._rows(READ, number=int(job.subject), news=read.news)
        if row["last"]:
            await self.send(Job("sort"))

    async def _sort(self, _job: Job) -> None:
        news = await self._rows(TAKEN)
        result = await self._in_thread(self._bodies.sort)
        for stream in result.streams:
            await self.send(Job("match", stream))
        if not result.streams and (news or result.to_be_told):
            await self.send(Job("publish"))

    async def _match(self, job: Job) -> None:
        await self._in_thread(self._bodies.match, job.subject)
        await self.send(Job("publish"))

    async def _publish(self, _job: Job) -> None:
        await self._in_thread(self._bodies.publish)
        await self.send(Job("tell"))

    async def _show(self, _job: Job) -> None:
        """Not before the first round was matched: it would empty what is published."""
        if await self._in_thread(self._bodies.was_published):
            await self.send(Job("publish"))

    async def _tell(self, _job: Job) -> None:
        await self._in_thread(self._bodies.tell)

    async def _look_after(self, _job: Job) -> None:
        """Give the jobs of workers that are gone to others."""
        jobs = self.app.job_manager
        for stalled in await jobs.get_stalled_jobs(seconds_since_heartbeat=GONE_AFTER_S):
            logger.warning("%s: its worker is gone; another takes it over", stalled.queueing_lock)
            try:
                await jobs.retry_job(stalled)
            except exceptions.UniqueViolation:  # the same waits already
                await jobs.finish_job(stalled, Status.ABORTED, delete_job=True)
            except exceptions.ConnectorException:
                logger.debug("%s was taken over, or has come to its end", stalled.queueing_lock)
        await jobs.prune_stalled_workers(GONE_AFTER_S)

    async def _tidy(self, _job: Job) -> None:
        await self.app.job_manager.delete_old_jobs(
            nb_hours=KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
        )
        for statement in FORGOTTEN:
            await self._do(statement)

    # Who works, and whose turn it is at a host

    async def sign(self, name: str, queues: Sequence[str]) -> None:
        await self._do(SIGNED, name=name, queues=",".join(queues))

    async def leave(self, name: str) -> None:
        await self._do(LEFT, name=name)

    def reserve(self, hosts: Sequence[str]) -> list[float]:
        """As `politeness.Reserve`: called from the threads of jobs."""
        return asyncio.run_coroutine_threadsafe(self._reserve(hosts), self._loop).result()

    async def _reserve(self, hosts: Sequence[str]) -> list[float]:
        spacing_s = DEFAULTS.spacing_s
        times = Counter(hosts)
        rows = await self._rows(RESERVED, hosts=list(times), times=list(times.values()), spacing_s=spacing_s)
        free_s = {row["host"]: row["wait_s"] for row in rows}
        waits_s = []
        for host in hosts:
            waits_s.append(max(0.0, free_s[host]))
            free_s[host] += spacing_s
        return waits_s

    @property
    def _bodies(self) -> Work:
        assert self._work
        return self._work

    async def _in_thread(self, do: Callable[[str], Result], subject: str = "") -> Result:
        name = f"{do.__name__} {subject}".strip()

        def run() -> Result:
            self.running.add(name)
            try:
                return do(subject)
            finally:
                self.running.discard(name)

        return await self._loop.run_in_executor(self._threads, run)

    async def _rows(self, query: Any, **values: Any) -> list[dict[str, Any]]:
        return await self.app.connector.execute_query_all_async(query, **values)

    async def _do(self, query: Any, **values: Any) -> None:
        await self.app.connector.execute_query_async(query, **values)
