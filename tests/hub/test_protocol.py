"""The story of a subscription over HTTP, as the Recommendation tells it. Numbers are those of the hub tests of
https://websub.rocks/hub.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.hub.running import ADDRESS, ATOM, JSON, RSS, Running, hub
from tests.hub.subscriber import Subscribers, answer, signed
from tests.web.serving import BASE, replace

NEWS = b"<feed>what is new in the harbour</feed>"


def test_100_a_typical_subscription(running: Running, reader: Subscribers) -> None:
    response = running.ask("subscribe", reader.url("/a"))
    assert response.status_code == 202
    running.until("feedsvc_hub_subscriptions", 1)
    (question,) = reader.asked("/a")
    said = dict(question.query)
    assert set(said) == {"hub.mode", "hub.topic", "hub.challenge", "hub.lease_seconds"}
    assert (said["hub.mode"], said["hub.topic"]) == ("subscribe", ATOM)
    assert said["hub.lease_seconds"] == str(10 * 24 * 3600)
    assert len(said["hub.challenge"]) > 30

    running.publish(NEWS)
    reader.wait(lambda: reader.sent("/a"))
    (delivery,) = reader.sent("/a")
    assert delivery.body == NEWS
    assert "x-hub-signature" not in delivery.headers
    assert delivery.headers["link"] == f'<{ADDRESS}>; rel="hub", <{ATOM}>; rel="self"'
    assert delivery.headers["user-agent"].startswith("feedsvc/")


def test_101_a_subscription_with_a_secret(running: Running, reader: Subscribers) -> None:
    secret = "sésame, " + "x" * 190  # 199 bytes, the most that is allowed
    running.subscribe(reader.url("/a"), secret=secret)
    running.publish(NEWS)
    reader.wait(lambda: reader.sent("/a"))
    (delivery,) = reader.sent("/a")
    assert delivery.headers["x-hub-signature"].startswith("sha256=")
    assert signed(delivery, secret)
    assert not signed(delivery, "another")


def test_102_what_the_hub_does_not_know_is_ignored(running: Running, reader: Subscribers) -> None:
    running.subscribe(reader.url("/a"), foo="hub.bar", verify="async", verify_token="x")
    assert "hub.foo" not in dict(reader.asked("/a")[0].query)
    running.publish(NEWS)
    reader.wait(lambda: reader.sent("/a"))


def test_103_a_renewal_replaces_lease_and_secret(running: Running, reader: Subscribers) -> None:
    running.subscribe(reader.url("/a"), secret="first", lease_seconds="3600")
    running.subscribe(reader.url("/a"), secret="second", lease_seconds="7200")
    assert [question.said("hub.lease_seconds") for question in reader.asked("/a")] == ["3600", "7200"]
    running.until("feedsvc_hub_subscriptions", 1)
    running.publish(NEWS)
    reader.wait(lambda: reader.sent("/a"))
    running.until("feedsvc_hub_behind", 0)
    (delivery,) = reader.sent("/a")
    assert signed(delivery, "second")


def test_103_a_renewal_that_is_not_confirmed_changes_nothing(running: Running, reader: Subscribers) -> None:
    running.subscribe(reader.url("/a"), secret="first")
    reader.confirming["/a"] = answer(404)
    running.ask("subscribe", reader.url("/a"), secret="of somebody else")
    running.until("feedsvc_hub_verifications_total", 1, "failed")
    running.publish(NEWS)
    reader.wait(lambda: reader.sent("/a"))
    assert signed(reader.sent("/a")[0], "first")


def test_104_an_unsubscription_is_verified_and_holds(running: Running, reader: Subscribers) -> None:
    running.subscribe(reader.url("/a"), reader.url("/b"))
    assert running.ask("unsubscribe", reader.url("/a"), lease_seconds="ignored").status_code == 202
    running.until("feedsvc_hub_subscriptions", 1)
    question = reader.asked("/a")[1]
    assert (question.said("hub.mode"), question.said("hub.topic")) == ("unsubscribe", ATOM)
    running.publish(NEWS)
    reader.wait(lambda: reader.sent("/b"))
    running.until("feedsvc_hub_behind", 0)
    assert not reader.sent("/a")


def test_104_an_unsubscription_that_is_not_confirmed_changes_nothing(running: Running, reader: Subscribers) -> None:
    running.subscribe(reader.url("/a"))
    reader.confirming["/a"] = answer(404)
    running.ask("unsubscribe", reader.url("/a"))
    running.until("feedsvc_hub_verifications_total", 1, "failed")
    running.publish(NEWS)
    reader.wait(lambda: reader.sent("/a"))


@pytest.mark.parametrize("topic", [ATOM, RSS, JSON], ids=["atom", "rss", "106 json"])
def test_105_106_any_content_with_its_own_type(running: Running, reader: Subscribers, topic: str) -> None:
    name = topic.removeprefix(BASE)
    content = f"plain text, as 105 wants it, in {name}".encode()
    running.subscribe(reader.url("/a"), topic=topic)
    running.publish(content, name)
    reader.wait(lambda: reader.sent("/a"))
    served = running.get(f"/{name}")
    (delivery,) = reader.sent("/a")
    assert (delivery.body, delivery.headers["content-type"]) == (served.content, served.headers["content-type"])


def test_the_feed_leads_to_the_hub(running: Running, reader: Subscribers) -> None:
    """Discovery (section 4): what a subscriber finds in `Link` is what it subscribes with."""
    found = re.findall(r'<([^>]+)>; rel="(hub|self)"', running.get("/harbour.atom").headers["link"])
    assert {rel: address for address, rel in found} == {"hub": ADDRESS, "self": ATOM}


@pytest.mark.parametrize(
    ("callback", "kept"),
    [
        ("/a?foo=bar&red=fish", [("foo", "bar"), ("red", "fish")]),
        ("/a?", []),
        ("/a?x=1&", [("x", "1")]),
        ("/a?hub.mode=denied&empty=", [("hub.mode", "denied"), ("empty", "")]),
        ("/a?x=%26%3D%C3%A9+1", [("x", "&=é 1")]),
    ],
)
def test_a_callback_keeps_its_own_query(
    running: Running, reader: Subscribers, callback: str, kept: list[tuple[str, str]]
) -> None:
    running.subscribe(reader.url(callback))
    question = reader.asked("/a")[0]
    assert question.target.startswith(callback)
    assert question.query[: len(kept)] == kept
    assert question.said("hub.mode") == "subscribe"
    running.publish(NEWS)
    reader.wait(lambda: reader.sent("/a"))
    assert reader.sent("/a")[0].target == callback


@pytest.mark.parametrize(
    "said",
    [
        answer(404),
        answer(200, b"another challenge"),
        answer(200),
        answer(500),
        answer(302, Location="/confirms"),
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000,
        b"",
    ],
    ids=["404", "another", "empty", "500", "redirect", "no http", "endless", "nothing"],
)
def test_what_does_not_confirm_is_not_subscribed(running: Running, reader: Subscribers, said: bytes) -> None:
    reader.confirming["/a"] = said or b"HTTP/1.1 "
    running.ask("subscribe", reader.url("/a"))
    running.until("feedsvc_hub_verifications_total", 1, "failed")
    assert running.metric("feedsvc_hub_subscriptions") == 0
    assert not reader.asked("/confirms")


def test_a_challenge_is_never_used_twice(running: Running, reader: Subscribers) -> None:
    for _ in range(3):
        running.subscribe(reader.url("/a"))
    assert len({question.said("hub.challenge") for question in reader.asked("/a")}) == 3


def test_a_feed_that_is_not_there_is_denied(running: Running, reader: Subscribers) -> None:
    topic = f"{BASE}lighthouse.atom"
    assert running.ask("subscribe", reader.url("/a?own=1"), topic).status_code == 202
    running.until("feedsvc_hub_verifications_total", 1, "denied")
    (denial,) = reader.asked("/a")
    assert denial.query == [
        ("own", "1"),
        ("hub.mode", "denied"),
        ("hub.topic", topic),
        ("hub.reason", "no such feed is published"),
    ]


def test_nobody_is_asked_about_a_subscription_that_is_not(running: Running, reader: Subscribers) -> None:
    assert running.ask("unsubscribe", reader.url("/a")).status_code == 202
    running.until("feedsvc_hub_verifications_total", 1, "verified")
    assert reader.connections == 0


def test_topics_that_differ_in_encoding_are_one(running: Running, reader: Subscribers) -> None:
    spelled = "HTTPS://news.example:443/%68arbour.atom"
    running.subscribe(reader.url("/a"), topic=spelled)
    assert reader.asked("/a")[0].said("hub.topic") == spelled
    running.subscribe(reader.url("/a"))
    assert running.metric("feedsvc_hub_subscriptions") == 1


@pytest.mark.parametrize(
    ("wanted", "granted"), [("1", 300), ("00007200", 7200), ("9" * 400, 30 * 24 * 3600), ("", 864000)]
)
def test_leases_are_bounded(running: Running, reader: Subscribers, wanted: str, granted: int) -> None:
    running.subscribe(reader.url("/a"), lease_seconds=wanted)
    assert reader.asked("/a")[0].said("hub.lease_seconds") == str(granted)


def test_a_lease_ends(tmp_path: Path, reader: Subscribers) -> None:
    with hub(tmp_path, shortest_lease=timedelta(seconds=1), purge_every_s=0.05) as running:
        running.subscribe(reader.url("/a"), lease_seconds="1")
        running.subscribe(reader.url("/b"))
        running.until("feedsvc_hub_subscriptions", 1)
        running.publish(NEWS)
        reader.wait(lambda: reader.sent("/b"))
        running.until("feedsvc_hub_behind", 0)
        assert not reader.sent("/a")


@pytest.mark.parametrize("field", ["hub.url", "hub.topic"])
def test_a_publisher_may_say_so(tmp_path: Path, reader: Subscribers, field: str) -> None:
    with hub(tmp_path, look_every_s=3600.0) as running:
        running.subscribe(reader.url("/a"))
        content = b"<feed>looked at because somebody said so</feed>"
        replace(running.output / "harbour.atom", content)
        assert running.post({"hub.mode": "publish", field: ATOM}).status_code == 202
        reader.wait(lambda: reader.sent("/a"))
        assert reader.sent("/a")[0].body == content
