"""One host is not bothered more often than the settings say."""

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.sources.politeness import Hosts, Spacing


def test_starts_keep_their_distance() -> None:
    spacing = Spacing(2.0)
    assert [spacing.wait_s(10.0), spacing.wait_s(10.0), spacing.wait_s(13.0), spacing.wait_s(99.0)] == [0, 2, 1, 0]


@given(st.floats(0, 10), st.lists(st.floats(0, 20), min_size=2))
def test_no_two_starts_are_closer(spacing_s: float, gaps_s: list[float]) -> None:
    spacing, now_s, starts_s = Spacing(spacing_s), 0.0, []
    for gap_s in gaps_s:
        now_s += gap_s
        starts_s.append(now_s + spacing.wait_s(now_s))
    distances = [later - earlier for earlier, later in itertools.pairwise(starts_s)]
    assert min(distances) == pytest.approx(spacing_s) or min(distances) > spacing_s


def test_each_host_has_its_own_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    waits_s: list[float] = []

    async def no_sleep(seconds: float) -> None:
        waits_s.append(seconds)

    async def visit(hosts: Hosts, host: str) -> None:
        async with hosts.turn(host):
            pass

    async def round_trip() -> None:
        hosts = Hosts(at_once=2, spacing_s=1000)
        for host in ("a.example", "b.example", "a.example", "a.example"):
            await visit(hosts, host)

    monkeypatch.setattr(asyncio, "sleep", no_sleep)
    asyncio.run(round_trip())
    assert waits_s == [pytest.approx(1000, abs=100), pytest.approx(2000, abs=100)]
