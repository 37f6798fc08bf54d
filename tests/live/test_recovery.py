"""A state is lost, and its live source has forgotten what was published: no entry vanishes, and none comes twice."""

from __future__ import annotations

import json
import re
import shutil
from datetime import timedelta

import pytest
from lxml import etree

from feedsvc import paging
from feedsvc.config import load
from feedsvc.store import articles, open_database
from tests.live.newsstand import Story, rss, stories
from tests.live.service import ATOM, NOW, Service

# What is taken over has no source, and yet goes on standing in the feed that asks for one.
RULES = '[[feed]]\nslug = "some"\nsources = ["harbour"]\nlimit = 2\n'


@pytest.fixture
def lost(paper: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    """Nine stories were published; the source still has the last four, and the state is gone."""
    monkeypatch.setattr(paging, "MOST_EVENTS", 3)
    config = paper.folder / "config.toml"
    config.write_text(config.read_text().replace('title = "全部"', 'title = "全部"\nlimit = 6') + RULES)
    paper.update()
    paper.serve(rss(stories(range(4, 10))))
    paper.now = NOW + timedelta(hours=1)
    paper.update()
    paper.serve(rss(stories(range(6, 10))))
    shutil.rmtree(paper.folder / "state")
    paper.now = NOW + timedelta(hours=2)
    return paper


def entries(service: Service, slug: str = "all") -> list[dict[str, object]]:
    return json.loads((service.folder / "output" / f"{slug}.json").read_text())["items"]


def archived(service: Service, slug: str = "all") -> set[str]:
    pages = (service.folder / "output" / "archive" / slug).glob("*.atom")
    return {e.findtext(f"{ATOM}id") for page in pages for e in etree.parse(page).findall(f"{ATOM}entry")}


@pytest.mark.parametrize("slug", ["all", "some"])
def test_the_feeds_are_as_they_were(lost: Service, slug: str) -> None:
    before, reached = entries(lost, slug), archived(lost, slug)
    live = {name: lost.tree()[name] for name in (f"{slug}.atom", f"{slug}.rss")}
    lost.update()
    assert entries(lost, slug) == before
    assert {item["id"] for item in before} | archived(lost, slug) >= reached
    assert {name: lost.tree()[name] for name in live} == live
    published = lost.published()
    lost.update()
    assert lost.published() == published


def test_what_the_source_lists_again_comes_back_to_its_entry(lost: Service) -> None:
    before = [item["id"] for item in entries(lost)]
    lost.update()
    lost.serve(rss(stories(range(4, 11))))
    lost.update()
    after = [item["id"] for item in entries(lost)]
    assert after[1:] == before[:-1] and after[0] not in before


def test_an_entry_that_had_moved_stays_where_it_was(paper: Service) -> None:
    paper.update()
    paper.now = NOW + timedelta(hours=1)
    letters = "".join(chr(0x4E00 + 50 * 80 + step) for step in range(80))
    paper.serve(rss([Story(6, title=letters[:12], summary=letters[12:]), *stories(range(2, 6))]))
    paper.update()
    before = entries(paper)
    assert before[0]["date_modified"] > before[0]["date_published"]
    shutil.rmtree(paper.folder / "state")
    paper.serve(rss(stories([7])))
    paper.update()
    assert entries(paper)[1:] == before


def test_a_published_file_that_is_broken_costs_its_own_entries_alone(
    lost: Service, caplog: pytest.LogCaptureFixture
) -> None:
    path = lost.folder / "output" / "all.json"
    document = json.loads(path.read_text())
    whole = [item["id"] for item in document["items"]]
    document["items"][-1] = {"id": 7}
    document["items"].append("nonsense")
    path.write_text(json.dumps(document))
    lost.update()
    assert [item["id"] for item in entries(lost)] == whole[:-1]
    assert "an entry is left out" in caplog.text
    shutil.rmtree(lost.folder / "state")
    path.write_text("{")
    (lost.folder / "output" / "some.json").write_text("[]")
    lost.update()
    assert len(entries(lost)) == 4


@pytest.mark.parametrize(
    "items", [None, 7, {"a": 1}, [None], [{"id": 7, "url": 1, "date_published": "2024-03-04T00:00:00"}]]
)
def test_a_live_feed_of_any_shape_is_survived(lost: Service, items: object) -> None:
    (lost.folder / "output" / "all.json").write_text(json.dumps({"items": items}))
    (lost.folder / "output" / "some.json").write_text("[]")
    lost.update()
    assert len(entries(lost)) == 4


def test_a_page_of_the_archive_without_a_time_is_survived(lost: Service) -> None:
    before = entries(lost)
    for page in (lost.folder / "output" / "archive" / "all").glob("*.atom"):
        page.write_text(re.sub("<published>[^<]*", "<published>in spring", page.read_text()))
    lost.update()
    assert entries(lost) == before


def test_nothing_is_taken_over_twice_nor_into_a_state_that_published(lost: Service) -> None:
    lost.update()
    config = load(lost.folder / "config.toml")
    shutil.copy(lost.folder / "output" / "all.json", lost.folder / "before.json")
    with_stranger = json.loads((lost.folder / "before.json").read_text())
    with_stranger["items"].append(with_stranger["items"][0] | {"id": "urn:uuid:stranger", "url": "https://x.example/1"})
    (lost.folder / "output" / "all.json").write_text(json.dumps(with_stranger))
    lost.update()
    assert (lost.folder / "output" / "all.json").read_bytes() == (lost.folder / "before.json").read_bytes()
    database = open_database(config.service.state)
    with database.reading() as connection:
        assert articles.unplaced(connection) == []
    database.close()


def test_a_source_that_is_down_when_the_state_begins_anew_takes_nothing_away(lost: Service) -> None:
    before = entries(lost)
    lost.misbehave("500")
    lost.update()
    assert entries(lost) == before
    lost.serve(rss(stories(range(6, 10))))
    lost.now = NOW + timedelta(days=1)
    lost.update()
    assert [item["id"] for item in entries(lost)] == [item["id"] for item in before]
