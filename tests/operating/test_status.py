"""What status.html, status.json and status.atom say of a source in trouble, after real updates from a real server."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree, html

from feedsvc import watching
from feedsvc.config import load
from feedsvc.cycle import run_cycle
from feedsvc.store import open_database, outbox
from feedsvc.store.outbox import TargetState
from tests.live.newsstand import configuration, rss, sent, source, stories
from tests.live.service import ATOM, NOW, SIX, Service
from tests.render.rules.atom import SCHEMA

HOUR = timedelta(hours=1)


def told(service: Service) -> list[tuple[str, str]]:
    """Title and content of each entry of the operator's feed, the latest first."""
    entries = etree.parse(service.folder / "output" / "status.atom").findall(f"{ATOM}entry")
    return [(e.findtext(f"{ATOM}title") or "", e.findtext(f"{ATOM}content") or "") for e in entries]


def page(service: Service) -> Any:
    return html.parse(service.folder / "output" / "status.html").getroot()


def of_source(service: Service, id_: str = "harbour") -> str:
    """All words that the page has on a source."""
    return " ".join(page(service).get_element_by_id(f"source-{id_}").text_content().split())


def status(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((service.folder / "output" / "status.json").read_bytes())
    return found


@pytest.fixture
def fresh(paper: Service) -> Service:
    """One whose newest entry is of today, so that nothing is odd about it."""
    paper.now = NOW - timedelta(days=5, hours=20)
    paper.update()
    return paper


def test_a_source_that_is_well(fresh: Service) -> None:
    assert told(fresh) == []
    assert "well" in of_source(fresh) and "6 articles" in of_source(fresh)
    assert "Nothing does." in page(fresh).text_content()
    said = status(fresh)
    assert (said["articles"], said["events"], said["merged"], said["troubles"]) == (6, 6, 0, [])
    assert said["published"] == "2024-03-04T16:00:00Z"
    (source,) = said["sources"]
    assert (sum(source["days"]), source["days"][-1], len(source["days"])) == (6, 6, 30)


def test_what_has_a_bar_for_the_eye_has_words_for_the_ear(fresh: Service) -> None:
    (bars,) = page(fresh).xpath("//*[local-name()='svg']")
    words = bars.get("aria-label")
    assert bars.get("role") == "img" and words.startswith("Articles a day in the 30 days until 2024-03-04")
    assert words.endswith(", 0, 6")
    assert len(bars.xpath("./*[local-name()='rect']")) == 1


def test_a_failure_stands_on_the_page_at_once_and_in_the_feed_once_it_lasts(fresh: Service) -> None:
    fresh.misbehave("status?code=503")
    for turn in range(3):
        fresh.now += HOUR
        fresh.update("harbour")
        assert "cannot be read" in of_source(fresh) and "503" in of_source(fresh)
        assert "Its last good answer came 2024-03-04 16:00 UTC" in of_source(fresh)
        assert len(told(fresh)) == (turn == 2)
    ((title, words),) = told(fresh)
    assert title == "harbour cannot be read"
    assert words.startswith("Since 2024-03-04 17:00 UTC: answers 503")
    assert [trouble["kind"] for trouble in status(fresh)["troubles"]] == ["failing"]
    fresh.serve(rss(SIX))
    fresh.now += HOUR
    fresh.update("harbour")
    ((title, words),) = told(fresh)
    assert title == "Over: harbour cannot be read" and words.endswith("Over since 2024-03-04 20:00 UTC.")
    assert "well" in of_source(fresh) and status(fresh)["troubles"] == []


def moved(service: Service) -> None:
    service.origin.served["new"] = sent(rss(SIX))
    service.misbehave(f"redirect?code=301&to={service.origin.url('new')}")
    for _ in range(2):
        service.update("harbour")


def asked_seldom(service: Service) -> None:
    configuration(service.folder, source("harbour", service.origin.url("news"), every='"6h"'))


TROUBLES: dict[str, tuple[Callable[[Service], object], str, str]] = {
    "gone": (lambda s: s.misbehave("status?code=410"), "harbour has ended", "remove the source"),
    "held": (lambda s: s.serve(rss([])), "What harbour serves is held back", "feedsvc update --source harbour"),
    "renamed": (
        lambda s: s.serve(rss(replace(story, guid=f"new-{story.n}") for story in SIX)),
        "What harbour serves is held back",
        "new ids",
    ),
    "moved": (moved, "harbour has moved", "write that into its url"),
    "seldom": (asked_seldom, "harbour is asked too seldom", 'every = "150m"'),
    "silent": (lambda s: setattr(s, "now", NOW), "harbour has gone silent", "see whether the publisher still writes"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_each_trouble_is_one_entry_that_says_what_to_do(fresh: Service, trouble: str) -> None:
    make, title, words = TROUBLES[trouble]
    make(fresh)
    fresh.now += HOUR
    fresh.update(*([] if trouble in ("held", "renamed") else ["harbour"]))
    assert [(t, words in w) for t, w in told(fresh)] == [(title, True)]
    assert words in of_source(fresh)
    before = fresh.tree()
    fresh.now += HOUR / 4
    run_cycle(load(fresh.folder / "config.toml"), fresh.now, lambda *_: None, ["harbour"] * (trouble == "moved"))
    if trouble not in ("held", "renamed"):  # those are believed in the end: that is a change
        assert fresh.tree() == before


def test_why_a_removed_folder_brings_nothing(tmp_path: Path, fresh: Service) -> None:
    (fresh.folder / "saved").mkdir()
    configuration(fresh.folder, '[[source]]\nid = "saved"\npath = "saved"\n')
    fresh.update()
    shutil.rmtree(fresh.folder / "saved")
    fresh.update()
    assert "the folder does not exist: create it or correct `path`" in of_source(fresh, "saved")
    assert told(fresh)[0][0] == "saved cannot be read"


def test_a_source_that_is_taken_out_is_in_no_trouble_any_more(fresh: Service) -> None:
    fresh.misbehave("status?code=410")
    fresh.update("harbour")
    configuration(fresh.folder, source("harbour", fresh.origin.url("news"), enabled="false"))
    fresh.now += HOUR
    fresh.update()
    assert [title for title, _ in told(fresh)] == ["Over: harbour has ended"]
    assert "switched off" in of_source(fresh)


def test_a_disk_that_is_nearly_full(fresh: Service) -> None:
    config = load(fresh.folder / "config.toml")
    database = open_database(config.service.state)
    assert watching.note(config, database, fresh.now, free=lambda _: watching.LEAST_FREE - 1) == 2
    assert watching.note(config, database, fresh.now, free=lambda _: watching.LEAST_FREE - 1) == 0
    database.close()
    assert watching.note.__defaults__ == (watching.free_bytes,) and watching.free_bytes(fresh.folder) > 0


def test_messages_that_were_given_up(fresh: Service) -> None:
    database = open_database(load(fresh.folder / "config.toml").service.state)
    with database.writing() as connection:
        outbox.remember(connection, TargetState("hub:https://hub.example/", problem="answers 410 Gone", gone=True))
    database.close()
    fresh.update()
    ((title, words),) = told(fresh)
    assert title == "Messages to hub:https://hub.example/ were given up"
    assert "answers 410 Gone; mend it, then run `feedsvc webhooks --retry`" in words


def test_an_article_of_tomorrow_tells_of_a_clock_that_was_wrong(fresh: Service) -> None:
    fresh.now -= timedelta(days=30)
    fresh.update()
    assert told(fresh)[0][0] == "The clock was wrong"


def test_the_operators_feed_keeps_the_rules_of_atom(fresh: Service) -> None:
    configuration(
        fresh.folder,
        "".join(source(f"s{n}", fresh.origin.url("status?code=410"), name=f'"A & <b> {n}"') for n in range(5))
        + source("harbour", fresh.origin.url("news")),
    )
    fresh.update()
    feed = etree.fromstring((fresh.folder / "output" / "status.atom").read_bytes())
    assert len(told(fresh)) == 5
    assert SCHEMA.validate(feed), SCHEMA.error_log
    for name in ("id", "updated"):
        assert len({entry.findtext(f"{ATOM}{name}") for entry in feed.findall(f"{ATOM}entry")}) == 5
    updated = [entry.findtext(f"{ATOM}updated") for entry in feed.findall(f"{ATOM}entry")]
    assert feed.findtext(f"{ATOM}updated") == max(filter(None, updated))
    assert {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")} == {
        "self": "https://news.example/status.atom",
        "alternate": "https://news.example/status.html",
    }
    (linked, *_) = (link.get("href") for link in feed.findall(f"{ATOM}entry/{ATOM}link"))
    assert page(fresh).get_element_by_id(str(linked).partition("#")[2]) is not None


def test_no_secret_of_an_address_is_told(fresh: Service) -> None:
    address = fresh.origin.url("gone?token=geheim").replace("http://", "http://reader:geheim@")
    configuration(fresh.folder, source("harbour", address))
    fresh.origin.served["gone"] = sent(b"<html>", Content_Type="text/html")
    for _ in range(3):
        fresh.update("harbour")
    assert told(fresh)
    assert not any(b"geheim" in content for content in fresh.tree().values())


def test_where_a_source_moved_to_is_told_without_its_query(fresh: Service) -> None:
    fresh.origin.served["new"] = sent(rss(SIX))
    fresh.misbehave(f"redirect?code=301&to={fresh.origin.url('new')}?token=geheim")
    for _ in range(3):
        fresh.update("harbour")
    assert fresh.origin.url("new") in told(fresh)[0][1]
    assert not any(b"geheim" in content for content in fresh.tree().values())


def test_a_feed_whose_news_others_brought_first_is_not_silent(fresh: Service) -> None:
    twice = source("harbour", fresh.origin.url("news")) + source("copy", fresh.origin.url("news"))
    configuration(fresh.folder, twice)
    fresh.update("copy")
    assert "0 articles" in of_source(fresh, "copy") and told(fresh) == []


def test_hostile_words_stay_words(fresh: Service) -> None:
    name = "<script>alert(1)</script>\u202e&"
    configuration(fresh.folder, source("harbour", fresh.origin.url("status?code=410"), name=json.dumps(name)))
    fresh.update("harbour")
    assert told(fresh)[0][0] == f"{name} has ended"
    assert page(fresh).xpath("//script") == []


def test_more_news_moves_the_last_publication_and_nothing_new_does_not(fresh: Service) -> None:
    fresh.now += HOUR
    fresh.update("harbour")
    assert status(fresh)["published"] == "2024-03-04T16:00:00Z"
    fresh.serve(rss(stories(range(1, 8))))
    fresh.update("harbour")
    assert status(fresh)["published"] == "2024-03-04T17:00:00Z"
