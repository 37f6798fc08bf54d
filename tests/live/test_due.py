"""When a live source is asked again, where, and what is told of that."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from tests.commands import feedsvc
from tests.hostile_origin import response
from tests.live.newsstand import Story, configuration, rss, sent, source
from tests.live.service import SIX, Service, the_fault


def test_only_what_is_due_is_asked(paper: Service) -> None:
    configuration(paper.folder, source("harbour", paper.origin.url("news"), every='"30m"'))
    assert [paper.update().feeds_asked for _ in range(2)] == [1, 0]
    paper.now += timedelta(minutes=26)
    assert paper.update().feeds_asked == 0
    paper.now += timedelta(minutes=4)
    assert paper.update().feeds_asked == 1
    assert paper.update("harbour").feeds_asked == 1


@pytest.mark.parametrize(
    ("channel", "headers"),
    [
        ("<ttl>600</ttl>", {}),
        ("", {"Cache_Control": "max-age=36000"}),
        (
            '<sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">daily</sy:updatePeriod>',
            {},
        ),
    ],
)
def test_a_feed_that_asks_for_patience_gets_some(paper: Service, channel: str, headers: dict[str, str]) -> None:
    configuration(paper.folder, source("harbour", paper.origin.url("news"), every='"15m"'))
    paper.serve(rss(SIX, channel), **headers)
    paper.update()
    waits = [(datetime.fromisoformat(str(paper.row()["due"])) - paper.now) / timedelta(minutes=1)]
    paper.now += timedelta(minutes=61)
    paper.update("harbour")
    waits.append((datetime.fromisoformat(str(paper.row()["due"])) - paper.now) / timedelta(minutes=1))
    assert all(50 < wait <= 60 for wait in waits), waits


def test_410_is_the_end_until_the_address_changes(paper: Service) -> None:
    paper.update()
    paper.misbehave("status?code=410")
    assert "410 Gone" in the_fault(paper.update()).problem
    paper.now += timedelta(days=400)
    assert paper.update().feeds_asked == 0
    assert paper.row()["due"] is None
    paper.origin.served["moved-here"] = sent(rss(SIX))
    configuration(paper.folder, source("harbour", paper.origin.url("moved-here")))
    report = paper.update()
    assert (report.feeds_asked, report.articles_new, report.faults) == (1, 0, ())


def test_failures_are_asked_again_later_and_later(paper: Service) -> None:
    paper.update()
    paper.misbehave("status?code=500")
    waits = []
    for _ in range(4):
        paper.update("harbour")
        due = datetime.fromisoformat(str(paper.row()["due"]))
        waits.append((due - paper.now) / timedelta(minutes=1))
        assert paper.update().feeds_asked == 0
        paper.now = due + timedelta(seconds=1)
    assert waits == sorted(waits)
    assert waits[0] >= 5
    assert waits[-1] <= 24 * 60
    paper.serve(rss(SIX))
    assert paper.update().faults == ()
    assert paper.row()["failures"] == 0


def test_retry_after_is_heeded(paper: Service) -> None:
    paper.misbehave("status?code=429&after=36000")
    paper.update()
    paper.now += timedelta(hours=9)
    assert paper.update().feeds_asked == 0
    paper.now += timedelta(hours=1, seconds=1)
    assert paper.update().feeds_asked == 1


def test_a_move_for_good_is_followed_once_it_has_held(paper: Service) -> None:
    paper.origin.served["new"] = sent(rss(SIX))
    paper.misbehave(f"redirect?code=301&to={paper.origin.url('new')}")
    before = {}
    for turn in range(5):
        assert paper.update().faults == ()
        before = before or paper.published()
        assert len(paper.origin.visited("news")) == min(turn + 1, 3)
    assert paper.published() == before
    assert "write that into its url" in str(paper.row()["remarks"])
    paper.origin.served["new"] = response("404 Not Found")
    for _ in range(3):
        paper.update("harbour")
    paper.serve(rss(SIX))
    assert paper.update("harbour").faults == ()
    assert len(paper.origin.visited("news")) == 4


def test_sources_tell_how_they_are_and_warn_of_slow_polling(paper: Service) -> None:
    configuration(paper.folder, source("harbour", paper.origin.url("news"), every='"6h"'))
    paper.serve(rss(SIX[:1] + [Story(n, link="mailto:desk@harbour.example") for n in (20, 21)] + SIX[1:]))
    paper.update()
    row = paper.row()
    assert (row["entries"], row["entries_per_day"], row["hours_held"]) == (6, 24.0, 5.0)
    assert 'every = "150m"' in str(row["warning"])
    assert "2 of 8 entries left out" in str(row["remarks"])
    status = json.loads((paper.folder / "output" / "status.json").read_text())
    assert "2 of 8 entries left out" in str(status["sources"][0]["remarks"])


def test_sources_and_check_as_a_user_sees_them(paper: Service) -> None:
    configuration(paper.folder, source("harbour", paper.origin.url("news"), every='"6h"'))
    assert "source harbour: 6 entries" in feedsvc(paper.folder, "check", "--live").stdout
    assert not (paper.folder / "state").exists()
    done = feedsvc(paper.folder, "update")
    assert (done.returncode, done.stderr) == (0, "")
    assert "feeds: 1 asked, 0 unchanged; articles: 6 new" in done.stdout
    table = feedsvc(paper.folder, "sources").stdout.splitlines()
    assert {"24", "5", "h", "ok"} <= set(table[1].split())
    assert table[2].startswith("harbour: its feed holds the news of 5.0 hours")
    paper.misbehave("status?code=410")
    done = feedsvc(paper.folder, "check", "--live")
    assert done.returncode == 3
    assert "410 Gone" in done.stderr
