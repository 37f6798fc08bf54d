"""The simulated year is fed by real answers, measures a real state, and its verdict can be a bad one."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bench.year import report
from bench.year.life import Week, configure, live
from bench.year.origin import LAP, LAPS, START, Publishers, Told, readdressed, year
from feedsvc.model import Article
from tests.loopback import conversing

ROWS = {"article": 1000, "event": 800, "past_article": 1, "past_event": 100, "trouble": 3}
LEVEL = [Week(n, 10.0, 90.0, 0.5, 0.6, 1.0, float(n), {**ROWS, "past_article": 1000 * n}, 5) for n in range(1, 53)]


def article(number: int) -> Article:
    time = START + timedelta(hours=5 * number)
    return Article(
        key=f"paper:{number}", publisher="paper.example", publisher_name="Paper", source="s", origin="",
        url=f"https://paper.example/news/{number}", title=f"Harbour pier {number} opens", lead="", html="",
        text=f"Pier {number} of the harbour opens to ferries.", language="en", published=time, modified=None,
        first_seen=time, captured=time,
    )  # fmt: skip


def test_each_lap_tells_another_article() -> None:
    told = [Told(article(1), lap, START + lap * LAP) for lap in range(LAPS)]
    assert len({one.item().split("<pubDate>")[0] for one in told}) == LAPS
    assert len({readdressed("https://www.dw.com/zh/x/a-17", lap) for lap in range(LAPS)}) == LAPS


def test_a_year_has_as_many_as_are_wanted_in_all_of_it() -> None:
    (told,) = year([article(n) for n in range(280)], 560).values()
    assert 500 < len(told) < 620
    assert {one.lap for one in told} == set(range(LAPS))
    assert [one.time for one in told] == sorted(one.time for one in told)


@pytest.mark.slow
def test_weeks_are_measured_on_what_was_served(tmp_path: Path) -> None:
    told = {"paper.example": [Told(article(n), 0, START + timedelta(hours=12 * n)) for n in range(40)]}
    publishers = Publishers(told)
    ports: list[int] = []

    async def begin() -> list[asyncio.Server]:
        server = await asyncio.start_server(publishers.converse, "0.0.0.0", 0)
        ports.append(server.sockets[0].getsockname()[1])
        return [server]

    with conversing(begin):
        config = configure(tmp_path, ports[0], list(told), "24h", "60d")
        end, day = START + timedelta(days=7), timedelta(days=1)
        (week,) = live(config, START, end, day, lambda now: moved(publishers, now))
    assert week.new == week.rows["article"] == sum(one.time <= end for one in told["paper.example"]) == 15
    assert week.state_mib > 0 < week.cycle_s <= week.longest_s
    assert week.memory_mib > 10
    assert week.past_mib > 0 < week.live_mib


def moved(publishers: Publishers, now: datetime) -> None:
    publishers.now = now


def test_what_stays_level_is_no_growth_and_what_ever_grows_is_stated() -> None:
    assert report.growing(LEVEL) == {}


def test_a_table_that_others_bound_may_grow_up_to_there() -> None:
    assert report.growing([replace(w, rows={**w.rows, "past_event": 180 * w.number}) for w in LEVEL]) == {}


@pytest.mark.parametrize(
    ("name", "grown"),
    [
        ("state, MiB", lambda week: replace(week, state_mib=float(week.number))),
        ("memory, MiB", lambda week: replace(week, memory_mib=90 + 2.0 * week.number)),
        ("CPU of a cycle, s", lambda week: replace(week, cycle_s=week.number / 50)),
        ("rows of past_event", lambda week: replace(week, rows={**week.rows, "past_event": 600 * week.number})),
        ("rows of article", lambda week: replace(week, rows={**week.rows, "article": 40 * week.number})),
    ],
)
def test_growth_is_noticed(name: str, grown: Callable[[Week], Week]) -> None:
    assert list(report.growing([grown(week) for week in LEVEL])) == [name]


def test_the_same_figures_give_the_same_picture(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        report.picture(LEVEL, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
