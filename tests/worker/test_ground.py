"""The tables of the queues: in a schema beside the state's, whatever that is called, and of one version at a time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import psycopg
import pytest

from feedsvc.daemon import Settings
from feedsvc.errors import StateError
from feedsvc.place import Address
from feedsvc.store import open_database
from feedsvc.worker import ground
from feedsvc.worker.jobs import Job
from feedsvc.worker.service import WorkerProcess
from tests.worker.newsroom import Newsroom, connected

AT_WORK = "INSERT INTO worker VALUES ('there:2', 'fetch', now(), now())"


@pytest.fixture
def another_version(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> str:
    """Its workers were here first: name of the schema of their queues."""
    with monkeypatch.context() as patch:
        patch.setattr(ground, "SCHEMA_VERSION", "an older one")
        return ground.prepare(newsroom.address)


def test_the_schema_is_made_once(newsroom: Newsroom) -> None:
    assert ground.prepare(newsroom.address) == "public_jobs"
    newsroom.ask(AT_WORK)
    assert ground.prepare(newsroom.address) == "public_jobs"
    assert newsroom.ask("SELECT name FROM worker") == [("there:2",)]


def test_queues_of_another_version_are_made_anew(newsroom: Newsroom, another_version: str) -> None:
    newsroom.ask("INSERT INTO worker VALUES ('there:2', 'fetch', now(), now() - interval '1 hour')")
    assert ground.prepare(newsroom.address) == another_version
    assert newsroom.ask("SELECT name FROM worker") == []


@pytest.mark.usefixtures("another_version")
def test_nothing_is_brought_up_to_date_under_workers_of_another_version(newsroom: Newsroom) -> None:
    newsroom.configure('[[source]]\nid = "saved"\npath = "saved"\n')
    newsroom.ask(AT_WORK)
    newsroom.ask("UPDATE alembic_version SET version_num = '0012'")
    newsroom.ask("ALTER TABLE outline DROP COLUMN language")
    worker = WorkerProcess(Settings(newsroom.config, lambda _: {}), newsroom.address, ["fetch"], 1)
    with pytest.raises(StateError, match=r"another version of feedsvc are at work \(there:2\); end them first") as said:
        worker.run()
    assert "\n" not in str(said.value)
    assert newsroom.ask("SELECT version_num FROM alembic_version") == [("0012",)]
    assert newsroom.ask("SELECT name FROM worker") == [("there:2",)]


@pytest.mark.parametrize(
    "schema",
    [
        "The-News",
        *(pytest.param(n, marks=pytest.mark.slow) for n in ("two words", 'quo"ted', "back\\slash", "$user, public")),
    ],
)
def test_a_schema_of_any_name_has_its_queues_beside_it(newsroom: Newsroom, schema: str) -> None:
    quoted = '"' + schema.replace('"', '""') + '"'
    with psycopg.connect(newsroom.address.url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {quoted}".encode())
    path = quoted.replace("\\", "\\\\").replace(" ", "\\ ")
    newsroom.address = Address(f"{newsroom.address.url}&options={quote(f'-csearch_path={path}')}")
    open_database(newsroom.address).close()
    newsroom.configure('[[source]]\nid = "saved"\npath = "saved"\n')

    async def send() -> None:
        async with connected(newsroom, ThreadPoolExecutor(1)) as queues:
            await queues.send(Job("scan"))

    asyncio.run(send())
    beside = '"' + f"{schema}_jobs".replace('"', '""') + '"'
    assert newsroom.ask(f"SELECT count(*) FROM {beside}.procrastinate_jobs") == [(1,)]
    assert newsroom.ask(f"SELECT count(*) FROM {quoted}.article") == [(0,)]
