"""Sources with `full_text = true`: each article's page is fetched once, politely; what fails leaves the summary."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.model import Fault
from feedsvc.publishers.protocol import PageAddress
from feedsvc.publishers.rfi import RFI
from feedsvc.reading import pages
from tests.hostile_origin import Origin, response
from tests.live.newsstand import Story, configuration, rss, sent, source
from tests.live.service import FEEDS, NOW, Service, stored
from tests.publishers.test_pages import BODY, LEAD, paragraphs, rfi

PAGE = f"<html><body><nav><p>首页</p></nav><article><h1>渔港</h1>{paragraphs(LEAD, *BODY)}</article></body></html>"


@pytest.fixture
def paper(tmp_path: Path, origin: Origin) -> Service:
    configuration(tmp_path, source("harbour", origin.url("news"), full_text="true", content='"full"'))
    service = Service(tmp_path, origin, NOW)
    service.serve(rss(linked(origin, 1, 2)))
    for n in (1, 2):
        origin.served[f"story-{n}"] = response("200 OK", PAGE.replace("渔港", f"渔港{n}").encode())
    return service


def linked(origin: Origin, *numbers: int) -> list[Story]:
    return [Story(n, link=origin.url(f"story-{n}")) for n in numbers]


def test_an_article_is_read_in_full_before_it_is_matched(paper: Service) -> None:
    report = paper.update()
    assert (report.articles_new, report.articles_revised, report.pages_read, report.faults) == (2, 0, 2, ())
    for revisions in stored(paper).values():
        (only,) = revisions
        assert only.text.endswith(BODY[-1])
        assert not only.lead.startswith(LEAD)  # the summary is the feed's
    assert BODY[-1] in (paper.folder / "output" / "all.atom").read_text()


def test_a_page_is_fetched_once(paper: Service) -> None:
    paper.update()
    before = paper.tree()
    paper.serve(rss(linked(paper.origin, 2, 1)))
    assert (paper.update().pages_read, paper.tree()) == (0, before)
    changed = replace(
        linked(paper.origin, 1)[0], title="港口重新开放", summary="渡轮周三恢复通航，港务局公布了时间表。"
    )
    paper.serve(rss([changed]))
    report = paper.update()
    assert (report.articles_revised, report.pages_read) == (1, 0)
    last = stored(paper)["harbour-1"][-1]
    assert (last.title, last.text.endswith(BODY[-1])) == ("港口重新开放", True)
    assert [len(paper.origin.visited(f"story-{n}")) for n in (1, 2)] == [1, 1]


@pytest.mark.parametrize(
    "misdeed",
    ["status?code=404", "status?code=403", "reset", "endless", "loop", pytest.param("drip", marks=pytest.mark.slow)],
)
def test_a_page_that_fails_leaves_the_summary_and_is_tried_a_few_times(paper: Service, misdeed: str) -> None:
    paper.origin.instead["story-1"] = misdeed
    faults = []
    for hours in (0, 0, 1, 2, 4, 8):
        paper.now = NOW + timedelta(hours=hours)
        faults.append(paper.update().faults)
    assert [len(found) for found in faults] == [0, 0, 0, 0, 0, 1]
    assert faults[-1][0].origin == paper.origin.url("story-1") or misdeed == "loop"
    assert "the summary stays" in faults[-1][0].problem
    assert len(paper.origin.visited("story-1")) == len(pages.TRIED_AFTER) or misdeed == "loop"
    assert [len(revisions) for revisions in stored(paper).values()] == [1, 1]
    assert paper.row()["outcome"] == "ok"


@pytest.mark.parametrize("body", [b"", b"<html><p>Please log in.</p></html>", os.urandom(2000), b"{" * 9999])
def test_a_page_that_does_not_fit_is_said_so(paper: Service, body: bytes) -> None:
    paper.origin.served["story-1"] = response("200 OK", body)
    assert [pages.UNLIKE in fault.problem for fault in faults_of_days(paper)] == [True]


def faults_of_days(service: Service) -> list[Fault]:
    """In updates that are a day apart."""
    found: list[Fault] = []
    for _ in range(5):
        found += service.update().faults
        service.now += timedelta(days=1)
    return found


def test_a_page_that_comes_late_is_a_revision(paper: Service) -> None:
    paper.origin.instead["story-1"] = "status?code=503"
    paper.update()
    before = paper.titles()
    del paper.origin.instead["story-1"]
    paper.now = paper.now.replace(hour=20)
    report = paper.update()
    assert (report.pages_read, report.articles_revised) == (1, 1)
    assert [len(stored(paper)[f"harbour-{n}"]) for n in (1, 2)] == [2, 1]
    assert paper.titles() == before


def test_robots_txt_is_respected(paper: Service) -> None:
    paper.origin.served["robots.txt"] = response("200 OK", b"User-agent: feedsvc\nDisallow: /story-1\n")
    faults = faults_of_days(paper)
    assert paper.origin.visited("story-1") == []
    assert len(paper.origin.visited("story-2")) == 1
    assert ["set full_text = false" in fault.problem for fault in faults] == [True]


@pytest.mark.slow
def test_pages_of_one_run_are_bounded(paper: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_PER_HOST", 3)
    paper.serve(rss(linked(paper.origin, *range(1, 8))))
    for n in range(3, 8):
        paper.origin.served[f"story-{n}"] = response("200 OK", PAGE.encode())
    assert [paper.update().pages_read for _ in range(4)] == [3, 3, 1, 0]


def test_a_feed_that_has_it_all_needs_no_page(paper: Service) -> None:
    paper.serve(rss([replace(story, summary="港口重新开放。" * 200) for story in linked(paper.origin, 1, 2)]))
    assert paper.update().pages_read == 0
    assert paper.origin.visited("story-1") == []


def test_without_full_text_no_page_is_asked_for(paper: Service) -> None:
    configuration(paper.folder, source("harbour", paper.origin.url("news")))
    paper.update()
    assert {visit.target for visit in paper.origin.visits} == {"/news"}


def test_rfi_in_full(tmp_path: Path, origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RFI, "page_addresses", lambda *_: (PageAddress(origin.url("rfi-page")),))
    origin.served["news"] = sent((FEEDS / "rfi.rss").read_bytes())
    origin.served["rfi-page"] = response("200 OK", rfi().encode(), Content_Type="text/html")
    configuration(tmp_path, source("rfi", origin.url("news"), full_text="true"))
    service = Service(tmp_path, origin, NOW)
    assert service.update().pages_read == 2
    assert all(revision.text.endswith(BODY[-1]) for (revision,) in stored(service).values())
