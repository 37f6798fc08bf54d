"""A service on PostgreSQL, and workers: in this process to their last job, or as processes of their own."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg
from procrastinate.jobs import DeleteJobCondition
from procrastinate.worker import Worker

from feedsvc.daemon import Settings
from feedsvc.place import Address
from feedsvc.store.jobs import QUEUES
from feedsvc.worker import ground
from feedsvc.worker.jobs import SCHEDULE, Job
from feedsvc.worker.queues import Queues
from feedsvc.worker.work import Work
from tests.worker.press import Press

ALL = """
[[feed]]
slug = "all"
"""
# What tells when something was published last, by whose clock: all else is the same of the same news.
ABOUT_TIME = ("status.json", "status.html")


@dataclass
class Newsroom:
    folder: Path
    address: Address

    def configure(self, sources: str, feeds: str = ALL, service: str = "") -> None:
        said = f'[service]\nstate = "{self.address.url}"\nbase_url = "https://news.example/"\n{service}\n'
        (self.folder / "config.toml").write_text(said + sources + feeds, encoding="utf-8")

    def read_from(self, press: Press, sources: Sequence[int], every: str = "1h") -> None:
        tables = (f'[[source]]\nid = "paper-{n}"\nurl = "{press.url(n)}"\nevery = "{every}"\n' for n in sources)
        self.configure("".join(tables), service="allow_private = true")

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def published(self) -> dict[str, bytes]:
        output = self.folder / "output"
        found = {str(p.relative_to(output)): p.read_bytes() for p in sorted(output.rglob("*")) if p.is_file()}
        return {name: content for name, content in found.items() if name not in ABOUT_TIME}

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.address.url, autocommit=True) as connection:
            connection.execute("SET search_path = public, public_jobs")
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def jobs(self) -> list[tuple[object, ...]]:
        """Lock and status of each, in order."""
        return self.ask("SELECT lock, status::text FROM procrastinate_jobs ORDER BY id")

    def send(self, *jobs: Job) -> None:
        async def send() -> None:
            async with connected(self, ThreadPoolExecutor(1)) as queues:
                for job in jobs:
                    await queues.send(job)

        asyncio.run(send())

    def drain(self, *first: Job, workers: int = 4) -> None:
        """Do these jobs, and all that follows from them, with so many workers at once."""
        asyncio.run(_drained(self, first, workers))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "feedsvc", "worker", "--config", str(self.config), *arguments]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONWARNINGS": ""})


class connected:  # noqa: N801 - reads like the function that it is
    """The queues, as a worker has them; the clock sends nothing."""

    def __init__(self, newsroom: Newsroom, threads: ThreadPoolExecutor) -> None:
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        schema = ground.prepare(newsroom.address)
        self.threads = threads
        self.queues = Queues(newsroom.address, schema, threads)
        self.work = Work(Settings(newsroom.config, lambda _: {}), newsroom.address, self.queues.reserve)
        self.queues.take_up(self.work)
        self.queues.app.periodic_registry.periodic_tasks.clear()

    async def __aenter__(self) -> Queues:
        await self.queues.app.open_async()
        return self.queues

    async def __aexit__(self, *_: object) -> None:
        await self.queues.app.close_async()
        self.threads.shutdown()
        self.work.close()


async def _drained(newsroom: Newsroom, first: Sequence[Job], workers: int) -> None:
    async with connected(newsroom, ThreadPoolExecutor(1)) as queues:
        for job in first:
            await queues.send(job)
    await asyncio.gather(*(_work(newsroom, number) for number in range(workers)))


async def _work(newsroom: Newsroom, number: int) -> None:
    async with connected(newsroom, ThreadPoolExecutor(2)) as queues:
        while True:
            worker = Worker(
                queues.app, [*QUEUES, SCHEDULE], f"worker {number}", 2, wait=False, install_signal_handlers=False,
                delete_jobs=DeleteJobCondition.SUCCESSFUL,
            )  # fmt: skip
            await worker.run()  # type: ignore[no-untyped-call]
            left = await queues.app.connector.execute_query_all_async(
                "SELECT lock, args, status FROM procrastinate_jobs"
            )
            assert not [job for job in left if job["args"]["attempt"]], left
            if not left:
                return
            await asyncio.sleep(0.02)
