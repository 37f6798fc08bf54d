"""Callbacks lead to the public internet and nowhere else, whenever they are looked at."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest

from feedsvc.sources.addresses import is_public
from tests.hub.running import INNER, Running, all_but_inner, hub, prepared
from tests.hub.subscriber import Subscribers, answer

OUTER = ip_address("127.0.0.1")


def test_a_name_of_a_private_address_is_never_asked(running: Running, reader: Subscribers) -> None:
    running.names["inner.example"] = [INNER]
    response = running.ask("subscribe", reader.url("/a", "inner.example"))
    assert response.status_code == 202  # what a name leads to is told to nobody
    running.until("feedsvc_hub_verifications_total", 1, "failed")
    assert reader.connections == 0


def test_with_the_rule_that_is_shipped_this_machine_is_private(tmp_path: Path, reader: Subscribers) -> None:
    with prepared(tmp_path) as running:
        running.may_reach = is_public
        running.start()
        assert running.ask("subscribe", reader.url("/a")).status_code == 400
        assert running.ask("subscribe", reader.url("/a", "localhost")).status_code == 202
        running.until("feedsvc_hub_verifications_total", 1, "failed")
    assert reader.connections == 0


def test_a_name_that_moves_inside_is_not_followed(running: Running, reader: Subscribers) -> None:
    running.names["moves.example"] = [OUTER]
    running.subscribe(reader.url("/a", "moves.example"))
    running.names["moves.example"] = [INNER]
    running.publish(b"<feed>for the outside only</feed>")
    running.until("feedsvc_hub_behind", 1)
    while not running.metric("feedsvc_hub_deliveries_total", "failed"):
        pass
    running.names["moves.example"] = [OUTER]
    reader.wait(lambda: reader.sent("/a"))
    assert {visit.address for visit in reader.visits} == {"127.0.0.1"}


def test_denials_are_checked_too(running: Running, reader: Subscribers) -> None:
    running.names["inner.example"] = [INNER]
    running.ask("subscribe", reader.url("/a", "inner.example"), "https://news.example/lighthouse.atom")
    running.until("feedsvc_hub_verifications_total", 1, "denied")
    assert reader.connections == 0


def test_no_proxy_is_asked_to_go_there_instead(
    tmp_path: Path, reader: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One would look up the name itself, and may reach what strangers must not."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, reader.url("", str(INNER)))
    with hub(tmp_path) as running:
        running.names["reader.example"] = [OUTER]
        running.subscribe(reader.url("/a", "reader.example"))
    (question,) = reader.visits
    assert question.address == "127.0.0.1" and question.target.startswith("/a?")


def test_redirects_are_not_followed(tmp_path: Path, reader: Subscribers) -> None:
    with hub(tmp_path) as running:
        running.subscribe(reader.url("/a"))
        inside = reader.url("/inside", str(INNER))
        reader.taking["/a"].append(answer(307, Location=inside))
        running.publish(b"<feed>redirected once</feed>")
        reader.wait(lambda: len(reader.sent("/a")) == 2)
    assert not reader.sent("/inside")
    assert not all_but_inner(INNER)
