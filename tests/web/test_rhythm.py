"""How long answers keep follows how often sources are read, within bounds; memory is bounded too."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.web import freshness
from feedsvc.web.folder import Folder


@pytest.mark.parametrize(
    ("minutes", "seconds"),
    [([], 300), ([0], 300), ([30], 300), ([0, 60, 30], 300), ([1], 60), ([60], 600), ([60 * 24], 900)],
)
def test_feeds_keep_for_a_sixth_of_the_shortest_time_between_readings(minutes: list[int], seconds: int) -> None:
    assert freshness(timedelta(minutes=each) for each in minutes).feeds_s == seconds


def test_memory_holds_what_was_asked_for_last(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / f"{number}.atom").write_bytes(bytes([number]) * 1000)
    folder = Folder(tmp_path, memory=3500)

    async def ask() -> None:
        for number in [*range(10), 7, 9, 8]:
            version = await folder.version(f"{number}.atom")
            assert version and await folder.content(version, "identity") == bytes([number]) * 1000
            assert sum(held.size for held in folder._versions.values()) <= 3500
            await folder.content(version, "gzip")

    asyncio.run(ask())
    assert list(folder._versions) == ["7.atom", "9.atom", "8.atom"]


def test_a_version_is_read_and_packed_once_for_all_who_ask_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedsvc.web import folder as module

    (tmp_path / "a.atom").write_bytes(b"a" * 100_000)
    folder = Folder(tmp_path)
    packed = []
    pack = module.pack
    monkeypatch.setattr(module, "pack", lambda content, coding: packed.append(coding) or pack(content, coding))

    async def one() -> bytes:
        version = await folder.version("a.atom")
        assert version
        return await folder.content(version, "gzip")

    async def all_at_once() -> list[bytes]:
        return await asyncio.gather(*(one() for _ in range(20)))

    answers = asyncio.run(all_at_once())
    assert packed == ["gzip"] and len({id(answer) for answer in answers}) == 1
