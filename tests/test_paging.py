"""Pages of an archive: nothing lost, none too long, and one event more or less moves no other page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc import paging
from feedsvc.model import Event
from tests.render.examples import START, article, event


def newest_first(count: int) -> list[Event]:
    return [event(article("dw", n, published=START + timedelta(hours=n))) for n in range(count, 0, -1)]


EVENTS = newest_first(600)


def test_every_event_stands_in_one_page_in_order() -> None:
    pages = paging.cut("all", EVENTS)
    assert [e for page in reversed(pages) for e in page.events] == EVENTS
    assert max(len(page.events) for page in pages) <= paging.MOST_EVENTS
    assert len({page.path for page in pages}) == len(pages) > 4


def test_a_page_is_bounded_where_no_event_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "EVENTS_TO_AN_END", 10**12)
    assert [len(page.events) for page in paging.cut("all", EVENTS)] == [128, 128, 128, 128, 88]


@given(st.integers(0, 599))
@settings(max_examples=40, deadline=None)
def test_an_event_that_leaves_moves_only_the_pages_beside_it(gone: int) -> None:
    before = {page.path: page.events for page in paging.cut("all", EVENTS)}
    after = {page.path: page.events for page in paging.cut("all", EVENTS[:gone] + EVENTS[gone + 1 :])}
    assert sum(after.get(path) != events for path, events in before.items()) <= 3


@given(st.integers(0, 620))
@settings(max_examples=40, deadline=None)
def test_what_the_live_feed_does_not_show_stands_in_a_needed_page(shown: int) -> None:
    live = {e.id for e in EVENTS[:shown]}
    needed = paging.needed(paging.cut("all", EVENTS), live)
    assert {e.id for page in needed for e in page.events} | live == {e.id for e in EVENTS}
    assert all({e.id for e in page.events} - live for page in needed)


def test_an_old_event_that_the_live_feed_leaves_out_has_its_page_though_older_ones_are_shown() -> None:
    live = {e.id for e in EVENTS} - {EVENTS[300].id}
    needed = paging.needed(paging.cut("all", EVENTS), live)
    assert EVENTS[300].id in {e.id for e in needed[-1].events}


def test_a_page_keeps_its_name_and_events_as_news_comes() -> None:
    then, now = paging.cut("all", EVENTS[100:]), paging.cut("all", EVENTS)
    assert now[: len(then) - 1] == then[:-1]


def test_a_feed_without_events_has_no_page() -> None:
    assert paging.needed(paging.cut("all", []), ()) == []
