"""What the hub knows: which documents were written, and who is subscribed, in memory and in the state."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedsvc.errors import StateError
from feedsvc.hub import documents
from feedsvc.hub.documents import Documents
from feedsvc.hub.register import Register
from feedsvc.store import Database, hub, open_database
from feedsvc.store.hub import Subscription
from tests.hub.running import example
from tests.web.serving import replace as put

NOW = datetime(2024, 3, 4, 8, 0, tzinfo=UTC)
ONE = Subscription("a.atom", "https://one.example/", "s", NOW + timedelta(days=1), "d")
TWO = Subscription("a.atom", "https://two.example/?x=1", "", NOW + timedelta(days=2), "d", 3, NOW)
THREE = Subscription("b.atom", "https://two.example/", "", NOW, "d")


def changes(known: Documents, *names: str) -> list[str]:
    return asyncio.run(known.changed(names))


def test_a_document_is_told_of_once_for_each_time_that_it_is_written(tmp_path: Path) -> None:
    known = Documents(tmp_path)
    put(tmp_path / "a.atom", b"one")
    assert changes(known, "a.atom", "b.atom") == ["a.atom"]
    assert changes(known, "a.atom", "b.atom") == []
    put(tmp_path / "a.atom", b"two")
    put(tmp_path / "b.atom", b"two")
    assert changes(known, "a.atom", "b.atom") == ["a.atom", "b.atom"]
    assert changes(known, "a.atom", "b.atom") == []
    assert known.digest("a.atom") == known.digest("b.atom") != ""
    (tmp_path / "a.atom").unlink()
    assert changes(known, "a.atom", "b.atom") == []


def test_what_is_no_document_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST", 3)
    (tmp_path / "folder.atom").mkdir()
    (tmp_path / "large.atom").write_bytes(b"long")
    (tmp_path / "small.atom").write_bytes(b"abc")
    (tmp_path / "link.atom").symlink_to(tmp_path / "small.atom")
    assert changes(Documents(tmp_path), "folder.atom", "large.atom", "small.atom", "link.atom") == ["small.atom"]


def test_all_who_send_a_version_share_its_bytes(tmp_path: Path) -> None:
    async def story() -> None:
        known = Documents(tmp_path)
        put(tmp_path / "a.atom", b"one")
        first, second = await asyncio.gather(known.read("a.atom"), known.read("a.atom"))
        assert first is second is not None
        put(tmp_path / "a.atom", b"two")
        third = await known.read("a.atom")
        assert first and third and (first.content, third.content) == (b"one", b"two")

    asyncio.run(story())


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    shutil.copy(example() / "state.sqlite", tmp_path)
    with closing(open_database(tmp_path / "state.sqlite")) as own:
        yield own


def stored(database: Database) -> list[Subscription]:
    with database.reading() as connection:
        return hub.load(connection)


def test_the_state_follows_what_is_in_memory(database: Database) -> None:
    async def story() -> None:
        register = Register(database)
        for each in (ONE, TWO, THREE):
            register.put(each)
        register.put(replace(ONE, delivered="e"))
        register.remove(TWO.key)
        register.remove(("c.atom", "never there"))
        await register.write()

    asyncio.run(story())
    assert stored(database) == [replace(ONE, delivered="e"), THREE]


def test_counts_are_those_of_what_stands(database: Database) -> None:
    with database.writing() as connection:
        hub.remember(connection, [ONE, TWO, THREE])
    register = Register(database)
    assert len(register) == 3
    assert (register.of_host("two.example"), sorted(register.documents())) == (2, ["a.atom", "b.atom"])
    register.put(replace(TWO, failures=0))
    assert register.of_host("two.example") == 2
    assert register.remove_expired(NOW) == 1
    assert (register.of_host("two.example"), register.documents()) == (1, ["a.atom"])
    register.remove(TWO.key)
    assert (register.of_host("two.example"), [s.key for s in register.of_document("a.atom")]) == (0, [ONE.key])


def test_what_could_not_be_written_is_written_later(database: Database) -> None:
    def rename(table: str, name: str) -> None:
        with database.writing() as connection:
            connection.execute(sa.text(f"ALTER TABLE {table} RENAME TO {name}"))

    async def story() -> None:
        register = Register(database)
        register.put(ONE)
        register.put(TWO)
        rename("hub_subscription", "away")
        with pytest.raises(StateError):
            await register.write()
        register.put(replace(TWO, failures=4))
        rename("away", "hub_subscription")
        await register.write()

    asyncio.run(story())
    assert stored(database) == [ONE, replace(TWO, failures=4)]
