"""What a later poll may change of an article, and what not: times above all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc.model import Article, Draft, Fault
from feedsvc.normalise import normalise
from tests.live.newsstand import Story, rss
from tests.live.service import SIX, Service, stored


def test_changed_words_are_a_revision(paper: Service) -> None:
    paper.update()
    paper.serve(
        rss([replace(SIX[0], summary="救援队清晨抵达，港口重新开放，渡轮恢复通航。", title="港口重新开放"), *SIX[1:]])
    )
    report = paper.update()
    assert (report.articles_new, report.articles_revised) == (0, 1)
    assert "港口重新开放" in paper.titles()


def test_only_what_is_stated_otherwise_than_before_is_read(paper: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    paper.update()
    read: list[str] = []

    def watched(draft: Draft) -> Article | Fault:
        read.append(draft.guid)
        return normalise(draft)

    monkeypatch.setattr("feedsvc.reading.entries.normalise", watched)
    paper.now += timedelta(hours=1)
    paper.serve(rss([Story(7), replace(SIX[0], title="港口重新开放"), *SIX[1:]]))
    report = paper.update()
    assert (report.articles_new, report.articles_revised, sorted(read)) == (1, 1, ["harbour-1", "harbour-7"])
    assert paper.row()["entries"] == 7


def test_what_says_nothing_new_is_no_revision(paper: Service) -> None:
    def illustrated(token: int) -> bytes:
        summary = f"<p>{'港口' * 30}。</p><img src='https://p.example/a.jpg?token={token}'><p class='x{token}'>完。</p>"
        return rss([replace(SIX[0], summary=summary)])

    paper.serve(illustrated(1))
    paper.update()
    paper.serve(illustrated(2))
    assert paper.update().articles_revised == 0


@pytest.mark.parametrize(
    "date",
    [
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Thu, 31 Dec 2099 00:00:00 GMT",
        "Wed, 13 Mar 2024 10:00:00 GMT",  # to come, at the first poll
        "2024-03-10",  # only the day, today
        "2024-03-08",  # only the day, past
        "",
    ],
)
def test_odd_dates_are_settled_once(paper: Service, date: str) -> None:
    paper.serve(rss(replace(s, date=date) for s in SIX))
    assert paper.update().articles_new == 6
    before = paper.tree()
    paper.now += timedelta(days=5)
    for body in (
        rss([replace(s, date=date) for s in SIX[:3]]),
        rss([replace(s, date=date) for s in SIX], "<ttl>9</ttl>"),
    ):
        paper.serve(body)
        assert paper.update().articles_revised == 0
    assert paper.tree() == before


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ("2024-03-10", "2024-03-10"),  # only a day, which is over at the second poll
        ("Wed, 13 Mar 2024 10:00:00 GMT", "Wed, 13 Mar 2024 10:00:00 GMT"),  # to come at the first, past at the second
        ("Sun, 10 Mar 2024 10:00:00 GMT", "Fri, 15 Mar 2024 10:00:00 GMT"),  # dated anew
        ("Sun, 10 Mar 2024 10:00:00 GMT", ""),
    ],
)
def test_a_revision_keeps_the_time_that_was_settled(paper: Service, first: str, later: str) -> None:
    paper.serve(rss([replace(SIX[0], date=first)]))
    paper.update()
    paper.now += timedelta(days=5)
    paper.serve(rss([replace(SIX[0], date=later, title="港口重新开放", summary="渡轮恢复通航，码头仍关闭。")]))
    assert paper.update().articles_revised == 1
    once, again = stored(paper)["harbour-1"]
    assert (again.published, again.time) == (once.published, once.time)
    assert again.title == "港口重新开放"


def test_a_time_that_is_stated_later_is_taken_where_there_was_none(paper: Service) -> None:
    paper.serve(rss([replace(SIX[0], date="")]))
    paper.update()
    paper.serve(rss([replace(SIX[0], date="Sun, 10 Mar 2024 10:00:00 GMT", title="港口重新开放")]))
    paper.update()
    assert [article.published is None for article in stored(paper)["harbour-1"]] == [True, False]


def test_entries_dated_anew_at_each_fetch_stay_where_they_were(paper: Service) -> None:
    paper.update()
    before = paper.published()
    paper.now += timedelta(days=1)
    paper.serve(rss(replace(s, date="Mon, 11 Mar 2024 11:59:00 GMT") for s in SIX))
    assert (paper.update().articles_revised, paper.published()) == (0, before)


def atom(updated: str, title: str = "渡轮恢复通航") -> bytes:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title><entry><id>urn:harbour:1</id>'
        f"<title>{title}</title><link href='https://harbour.example/story/1'/><updated>{updated}</updated>"
        "<summary>风暴过后的第一班渡轮周二早晨离港，船上有二百名乘客。</summary></entry></feed>"
    ).encode()


def test_atom_with_updated_only_keeps_its_first_time(paper: Service) -> None:
    paper.serve(atom("2024-03-09T10:00:00Z"))
    paper.update()
    before = paper.tree()
    assert b"<published>2024-03-09T10:00:00" in before["all.atom"]
    paper.serve(atom("2024-03-10T11:00:00Z"))
    assert (paper.update().articles_revised, paper.tree()) == (0, before)
    paper.serve(atom("2024-03-10T11:30:00Z", "渡轮恢复通航，码头仍关闭"))
    assert paper.update().articles_revised == 1
    assert b"<published>2024-03-09T10:00:00" in paper.tree()["all.atom"]
