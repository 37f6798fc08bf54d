"""The hub is no amplifier: how often anybody can be made to hear from it, and how many may subscribe, is bounded."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.hub.limits import Limits, Rate
from tests.hub.running import hub
from tests.hub.subscriber import Subscribers, answer
from tests.web.serving import BASE


def test_so_many_at_once_then_one_each_so_many_seconds() -> None:
    rate = Rate(at_once=3, every_s=10.0)
    assert [rate.wait_s("a", 100.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert rate.wait_s("a", 100.0) == 10.0
    assert rate.wait_s("b", 100.0) == 0.0
    assert rate.wait_s("a", 104.0) == 6.0
    assert rate.wait_s("a", 110.0) == 0.0
    assert rate.wait_s("a", 110.0) == 10.0
    assert [rate.wait_s("a", 1000.0) for _ in range(3)] == [0.0, 0.0, 0.0]


def test_who_is_at_rest_is_forgotten() -> None:
    rate = Rate(at_once=2, every_s=10.0)
    for name in ("a", "a", "b"):
        rate.wait_s(name, 100.0)
    rate.forget(115.0)
    assert list(rate._next) == ["a"]
    assert rate.wait_s("a", 115.0) == 0.0
    assert rate.wait_s("a", 115.0) > 0.0


@pytest.mark.parametrize(
    ("failures", "asked_s", "shortest_s"),
    [(1, 0, 10), (2, 0, 20), (3, 0, 40), (9, 0, 2560), (11, 0, 7200), (10_000, 0, 7200), (1, 60, 60), (1, 1e9, 7200)],
)
def test_waits_double_up_to_two_hours(failures: int, asked_s: float, shortest_s: float) -> None:
    waits = [Limits().retry_s(failures, asked_s) for _ in range(50)]
    assert shortest_s <= min(waits) < max(waits) <= shortest_s * 1.25


@pytest.mark.parametrize(
    ("wanted_s", "granted"),
    [(None, timedelta(days=10)), (1, timedelta(minutes=5)), (86_400, timedelta(days=1)), (10**12, timedelta(days=30))],
)
def test_leases(wanted_s: int | None, granted: timedelta) -> None:
    assert Limits().lease_for(wanted_s) == granted


def test_no_line_of_verifications_grows() -> None:
    """Should every callback take all the time there is, as many end as may begin."""
    limits = Limits()
    assert limits.verifying_at_once_per_host / limits.answer_s >= 1 / limits.verification_every_s
    assert limits.verifying_at_once / limits.answer_s >= 1 / limits.any_verification_every_s


def test_a_host_is_asked_so_often_and_no_more(tmp_path: Path, reader: Subscribers) -> None:
    """Whoever the requests come from, and whatever they ask: a refusal is heard by nobody but the one who asks."""
    with hub(tmp_path, verifications_per_host=3, verification_every_s=3600.0) as running:
        reader.confirming.update({f"/{n}": answer(404) for n in range(6)})
        topics = [f"{BASE}harbour.atom", f"{BASE}lighthouse.atom"] * 3
        responses = [running.ask("subscribe", reader.url(f"/{n}"), topic) for n, topic in enumerate(topics)]
        assert [response.status_code for response in responses] == [202, 202, 202, 429, 429, 429]
        assert 3500 < int(responses[-1].headers["retry-after"]) <= 3600
        running.subscribe(reader.url("/other", "localhost"))  # another host has a rate of its own
        assert len([visit for visit in reader.asked() if visit.path != "/other"]) == 3


def test_all_hosts_together_are_bounded_too(tmp_path: Path, reader: Subscribers) -> None:
    with hub(tmp_path, verifications=1, any_verification_every_s=3600.0) as running:
        assert running.ask("subscribe", reader.url("/a")).status_code == 202
        response = running.ask("subscribe", reader.url("/b", "localhost"))
        assert response.status_code == 503 and "retry-after" in response.headers


def test_so_many_subscriptions_of_a_host(tmp_path: Path, reader: Subscribers) -> None:
    with hub(tmp_path, subscriptions_per_host=2) as running:
        running.subscribe(reader.url("/a"), reader.url("/b"))
        assert running.ask("subscribe", reader.url("/c")).status_code == 202
        running.until("feedsvc_hub_verifications_total", 1, "denied")
        assert reader.asked("/c")[0].said("hub.reason").startswith("the host of the callback has")
        running.subscribe(reader.url("/a"))  # a renewal is none more
        running.subscribe(reader.url("/d", "localhost"))
        running.ask("unsubscribe", reader.url("/b"))
        running.until("feedsvc_hub_subscriptions", 2)
        running.subscribe(reader.url("/c"))


def test_so_many_subscriptions_in_all(tmp_path: Path, reader: Subscribers) -> None:
    with hub(tmp_path, subscriptions=1) as running:
        running.subscribe(reader.url("/a"))
        running.ask("subscribe", reader.url("/b", "localhost"))
        running.until("feedsvc_hub_verifications_total", 1, "denied")
        assert reader.asked("/b")[0].said("hub.reason") == "the hub has no room for more subscriptions"
        running.stop()
        running.start()
        assert running.metric("feedsvc_hub_subscriptions") == 1
