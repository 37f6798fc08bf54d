"""Entries with other ids, feeds that empty, articles that come again: nothing is doubled, nothing lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.live.newsstand import Story, rss
from tests.live.service import SIX, Service, the_fault


def test_one_guid_twice_is_one_article(paper: Service) -> None:
    paper.serve(rss([*SIX, replace(SIX[0], title="港口更正", date="Tue, 05 Mar 2024 08:00:00 GMT")]))
    assert paper.update().articles_new == 6
    assert "港口更正" in paper.titles()


def test_guids_that_change_at_every_fetch_double_nothing(paper: Service) -> None:
    paper.update()
    before = paper.published()
    held = []
    for fetch in range(8):
        paper.serve(rss(replace(s, guid=f"{fetch}-{s.n}") for s in SIX))
        held.append(len(paper.update().faults))
    assert held == [1, 1, 0, 0, 0, 0, 0, 0]
    assert paper.published() == before
    paper.serve(rss(replace(s, guid=f"x-{s.n}") for s in [*SIX, Story(9)]))
    assert paper.update().articles_new == 1


def test_a_new_system_with_new_ids_is_believed_in_the_end(paper: Service) -> None:
    paper.update()
    before = paper.published()
    paper.serve(rss(replace(s, guid=f"new-{s.n}") for s in SIX))
    assert [len(paper.update().faults) for _ in range(4)] == [1, 1, 0, 0]
    assert paper.published() == before


def test_a_single_new_id_at_a_known_address_is_the_same_article(paper: Service) -> None:
    paper.update()
    before = paper.published()
    paper.serve(rss([replace(SIX[0], guid="https://harbour.example/?p=1"), *SIX[1:]]))
    assert paper.update().articles_new == 0
    assert paper.published() == before


def test_an_emptied_feed_is_believed_in_the_end_and_takes_nothing_away(paper: Service) -> None:
    paper.update()
    before = paper.published()
    paper.serve(rss([]))
    assert [len(paper.update().faults) for _ in range(4)] == [1, 1, 0, 0]
    assert paper.row()["entries"] == 0
    assert paper.published() == before


def test_what_is_held_back_is_taken_when_someone_asks(paper: Service) -> None:
    paper.update()
    paper.serve(rss([Story(7)]))
    assert "feedsvc update --source harbour" in the_fault(paper.update()).problem
    assert paper.update("harbour").articles_new == 1
    assert paper.row()["outcome"] == "ok"


def test_doubt_ends_when_the_feed_is_as_it_was(paper: Service) -> None:
    paper.update()
    held = []
    for body in (rss([]), rss(SIX), rss([]), rss([]), rss([])):
        paper.serve(body)
        held.append(len(paper.update().faults))
    assert held == [1, 0, 1, 1, 0]


def test_after_a_long_pause_all_is_new_and_believed(paper: Service) -> None:
    paper.update()
    paper.now += timedelta(days=9)
    paper.serve(rss(replace(s, n=s.n + 30, date="Mon, 18 Mar 2024 08:00:00 GMT") for s in SIX))
    report = paper.update()
    assert (report.articles_new, report.faults) == (6, ())
    assert len(paper.titles()) == 12


def test_reordered_and_vanished_entries_change_nothing(paper: Service) -> None:
    paper.update()
    before = paper.published()
    for body in (rss(reversed(SIX)), rss(SIX[2:]), rss(SIX)):
        paper.serve(body)
        assert (paper.update().articles_revised, paper.published()) == (0, before)
