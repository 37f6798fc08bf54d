"""When matching begins, what is published once for several reasons, how far apart a host is asked."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.store.held import MANY, ONE, UPDATE, Held
from feedsvc.worker.jobs import Job, share_of, streams
from feedsvc.worker.work import MATCHING
from tests.worker.newsroom import Newsroom, connected
from tests.worker.press import Press

SLOW, QUICK = 0, (1, 2, 3)


def waits_for(newsroom: Newsroom, query: str) -> None:
    """Until the query finds something; each look is a question to the database, which is what takes the time."""
    while not newsroom.ask(query):
        pass


@pytest.mark.slow
def test_matching_waits_for_all_of_its_round_but_not_for_ever(newsroom: Newsroom, press: Press) -> None:
    newsroom.read_from(press, [SLOW, *QUICK])
    press.slow.add(SLOW)
    slow = share_of("paper-0", press.url(SLOW))
    working = threading.Thread(target=newsroom.drain, args=[Job("scan")])
    working.start()
    try:
        press.wait_for([SLOW, *QUICK])
        waits_for(newsroom, "SELECT 1 FROM share HAVING count(*) = 4 AND count(since) = 1")
        waits_for(newsroom, "SELECT 1 FROM procrastinate_jobs HAVING count(*) = 1")
        assert newsroom.jobs() == [(f"fetch {slow}", "doing")]
        assert newsroom.ask("SELECT count(*) FROM membership") == [(0,)]
        newsroom.send(Job("scan"))  # the next, a minute later: the others' news need not wait any longer
        waits_for(newsroom, "SELECT 1 FROM membership HAVING count(*) = 6")
        assert (f"fetch {slow}", "doing") in newsroom.jobs()
    finally:
        press.slow.clear()
        working.join()
    assert newsroom.ask("SELECT count(*) FROM membership") == [(8,)]
    assert len(press.log) == 4


@pytest.mark.slow
def test_many_reasons_to_publish_are_one_publication(newsroom: Newsroom, press: Press) -> None:
    newsroom.read_from(press, QUICK)
    newsroom.drain(Job("scan"))
    other = Held(newsroom.address)
    with other.holding({UPDATE: MANY, MATCHING: ONE}):
        newsroom.send(Job("publish"))
        working = threading.Thread(target=newsroom.drain)
        working.start()
        waits_for(newsroom, "SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'")
        newsroom.send(*[Job("publish")] * 5)
        assert newsroom.jobs() == [("publish", "doing"), ("publish", "todo")]
    other.close()
    working.join()


def test_a_host_is_asked_at_its_distance_by_all_together(newsroom: Newsroom, press: Press) -> None:
    newsroom.read_from(press, QUICK)

    async def asked_by(workers: int) -> list[float]:
        async with AsyncExitStack() as stack:
            held = [await stack.enter_async_context(connected(newsroom, ThreadPoolExecutor(1))) for _ in range(workers)]
            loop = asyncio.get_running_loop()
            hosts = ["a.example", "b.example", "a.example"]
            waits = await asyncio.gather(*(loop.run_in_executor(None, q.reserve, hosts) for q in held))
        assert max(wait[1] for wait in waits) < workers
        return sorted(wait for first, _, second in waits for wait in (first, second))

    waits_s = asyncio.run(asked_by(3))
    assert waits_s == [pytest.approx(turn, abs=0.9) for turn in range(6)]


@given(st.lists(st.sampled_from(["en", "de", "zh", "fr"]), max_size=4))
def test_each_language_that_waits_is_in_one_stream(waiting: list[str]) -> None:
    tied = {frozenset(("en", "de")), frozenset(("de", "fr"))}
    found = [set(stream.split("+")) for stream in streams(set(waiting), tied, together=False)]
    assert sorted(language for stream in found for language in stream if language in waiting) == sorted(set(waiting))
    assert all(stream in ({"zh"}, {"en", "de", "fr"}) for stream in found)
    assert streams(set(waiting), tied, together=True) == (["*"] if waiting else [])


def test_a_host_has_one_share() -> None:
    shares = {share_of(f"paper-{n}", f"https://www.paper.example/{n}.rss") for n in range(50)}
    assert len(shares) == 1
    assert len({share_of("paper", f"https://paper{n}.example/") for n in range(50)}) > 25
