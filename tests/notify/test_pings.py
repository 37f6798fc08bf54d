"""Hubs are told which documents changed: once for each version, however long they were away."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from tests.notify.newsroom import Newsroom, election, markets
from tests.notify.receiver import status

DOCUMENTS = [f"https://news.example/all.{suffix}" for suffix in ("atom", "rss", "json")]


@pytest.fixture
def hub(newsroom: Newsroom) -> Newsroom:
    """It knows the documents as they are."""
    newsroom.configure(service=f'hub = ["{newsroom.receiver.url("/hub")}", "built-in"]')
    newsroom.publish()
    newsroom.send()
    newsroom.receiver.deliveries.clear()
    return newsroom


def pinged(newsroom: Newsroom) -> Counter[str]:
    return Counter(topic for delivery in newsroom.receiver.at("/hub") for topic in delivery.form["hub.topic"])


def test_a_hub_is_told_of_each_document_that_changed(hub: Newsroom) -> None:
    hub.publish(election())
    assert hub.send().delivered == 3
    for delivery in hub.receiver.at("/hub"):
        assert delivery.headers["content-type"] == "application/x-www-form-urlencoded"
        assert delivery.form["hub.mode"] == ["publish"]
        assert delivery.form["hub.url"] == delivery.form["hub.topic"]
    assert pinged(hub) == Counter(DOCUMENTS)


def test_what_did_not_change_is_not_told(hub: Newsroom) -> None:
    hub.publish()
    assert hub.send(after=timedelta(days=1)).delivered == 0


def test_a_new_hub_is_told_of_every_document(hub: Newsroom) -> None:
    other = hub.receiver.url("/other")
    hub.configure(service=f'hub = ["{hub.receiver.url("/hub")}", "{other}"]')
    hub.publish()
    hub.send()
    assert len(hub.receiver.at("/other")) == 3
    assert len(hub.receiver.at("/hub")) == 3, "the feeds name another hub now"


def test_nobody_is_told_where_a_private_feed_is(hub: Newsroom) -> None:
    private = '[[feed]]\nslug = "desk-7f3a9c1e5b2d8f604a17c3e9"\nprivate = true\n'
    config = hub.folder / "config.toml"
    config.write_text(config.read_text("utf-8") + private, "utf-8")
    hub.publish(election())
    hub.send()
    assert pinged(hub) == Counter(DOCUMENTS)


def test_a_newer_ping_takes_the_place_of_one_that_waits(hub: Newsroom) -> None:
    hub.receiver.manners["/hub"] = status(503)
    hub.publish(election())
    hub.send()
    hub.publish(markets())
    del hub.receiver.manners["/hub"]
    hub.receiver.deliveries.clear()
    assert hub.send(after=timedelta(minutes=2)).delivered == 3
    assert pinged(hub) == Counter(DOCUMENTS)


def test_a_hub_and_a_webhook_do_not_wait_for_each_other(newsroom: Newsroom) -> None:
    newsroom.configure("/hook", service=f'hub = ["{newsroom.receiver.url("/hub")}"]')
    newsroom.receiver.manners["/hub"] = status(500)
    newsroom.publish(election())
    report = newsroom.send()
    assert (report.delivered, report.waiting) == (1, 3)
    (problem,) = report.problems
    assert problem.startswith(f"hub {newsroom.receiver.url('')}: answers 500")
