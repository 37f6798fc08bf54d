"""Deliveries: at least once, in order, retried and given up, whatever a target does; and in nobody's way."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest

from feedsvc.errors import StateError
from feedsvc.notify import retrying
from feedsvc.notify.sending import AT_ONCE, SendReport
from feedsvc.sources.posting import Receipt
from feedsvc.store import try_lock
from feedsvc.store.outbox import TargetState
from tests.notify import receiver as manners
from tests.notify.newsroom import ELECTION_TITLE, MARKETS_TITLE, NOW, Newsroom, election, markets
from tests.notify.receiver import Manner, status

MINUTE = timedelta(minutes=1)
FAILURES: dict[str, Manner] = {
    "500": status(500),
    "404": status(404),
    "reset": manners.reset,
    "redirect": status(308, Location="/elsewhere"),
    "hang": manners.hang,
}


def keys(newsroom: Newsroom, path: str = "/hook") -> list[str]:
    return [delivery.json["key"] for delivery in newsroom.receiver.at(path)]


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_what_fails_is_sent_again_under_the_same_key(newsroom: Newsroom, failure: Manner) -> None:
    newsroom.configure(f'url = "{newsroom.receiver.url("/hook")}"\ntimeout = "1s"')
    newsroom.publish(election(), markets())
    newsroom.receiver.manners["/hook"] = failure
    report = newsroom.send()
    assert (report.delivered, report.waiting, report.given_up) == (0, 2, 0)
    (problem,) = report.problems
    assert problem.startswith(f"all: json at {newsroom.receiver.url('')}: ")
    del newsroom.receiver.manners["/hook"]
    assert newsroom.send().delivered == 0, "it is left alone for a while"
    assert newsroom.send(after=MINUTE).delivered == 2
    assert newsroom.receiver.titles("/hook")[-2:] == [ELECTION_TITLE, MARKETS_TITLE]
    *tried, first, second = keys(newsroom)
    assert set(tried) == {first} != {second}
    assert newsroom.receiver.at("/elsewhere") == []


def test_nothing_overtakes_what_fails(newsroom: Newsroom) -> None:
    newsroom.publish(election(), markets())
    newsroom.receiver.manners["/hook"] = status(503)
    newsroom.send()
    newsroom.send(after=MINUTE)
    assert set(newsroom.receiver.titles("/hook")) == {ELECTION_TITLE}


@pytest.mark.slow
def test_a_target_that_hangs_costs_the_others_nothing(newsroom: Newsroom) -> None:
    newsroom.configure(f'url = "{newsroom.receiver.url("/silent")}"\ntimeout = "1s"', "/hook")
    newsroom.publish(election(), markets())
    newsroom.receiver.manners["/silent"] = manners.hang
    assert newsroom.send().delivered == 2
    assert newsroom.receiver.titles("/hook") == [ELECTION_TITLE, MARKETS_TITLE]
    assert len(newsroom.receiver.at("/silent")) == 1


def test_what_is_taken_is_taken_however_long_the_reply(newsroom: Newsroom) -> None:
    newsroom.publish(election())
    newsroom.receiver.manners["/hook"] = manners.babble
    assert newsroom.send().delivered == 1


def test_targets_are_served_at_the_same_time(newsroom: Newsroom) -> None:
    paths = [f"/hook{number}" for number in range(AT_ONCE)]
    newsroom.configure(*paths)
    newsroom.publish(election())
    wait = manners.together(AT_ONCE)
    newsroom.receiver.manners.update(dict.fromkeys(paths, wait))
    assert newsroom.send().delivered == AT_ONCE


@pytest.mark.slow
def test_many_targets_that_hang_use_up_the_budget_and_no_more(newsroom: Newsroom) -> None:
    paths = [f"/hook{number}" for number in range(AT_ONCE + 1)]
    newsroom.configure(*(f'url = "{newsroom.receiver.url(path)}"\ntimeout = "1s"' for path in paths))
    newsroom.publish(election())
    newsroom.receiver.manners.update(dict.fromkeys(paths, manners.hang))
    assert newsroom.send(budget=timedelta(seconds=0.9)).waiting == AT_ONCE + 1
    assert len(newsroom.receiver.deliveries) <= AT_ONCE


@pytest.mark.parametrize(
    ("asked", "soonest"), [("7200", timedelta(hours=2)), ("1", timedelta(seconds=24)), ("9999999", timedelta(days=1))]
)
def test_retry_after_is_heeded(newsroom: Newsroom, asked: str, soonest: timedelta) -> None:
    newsroom.publish(election())
    newsroom.receiver.manners["/hook"] = status(429, Retry_After=asked)
    newsroom.send()
    del newsroom.receiver.manners["/hook"]
    assert newsroom.send(after=soonest - timedelta(seconds=1)).delivered == 0
    assert newsroom.send(after=MINUTE).delivered == 1


def test_410_ends_it_until_someone_says_otherwise(newsroom: Newsroom) -> None:
    newsroom.publish(election(), markets())
    newsroom.receiver.manners["/hook"] = status(410)
    report = newsroom.send()
    assert (report.given_up, report.waiting) == (2, 0)
    assert "410 Gone" in report.problems[0]
    assert "feedsvc webhooks --retry" in report.problems[0]
    assert newsroom.send(after=timedelta(days=1)).delivered == 0
    assert len(newsroom.receiver.deliveries) == 1
    (row,) = newsroom.rows()
    assert (row["gone"], row["given_up"], row["waiting"]) == (True, 2, 0)


@pytest.mark.parametrize("code", [400, 413, 422])
def test_a_message_that_is_refused_does_not_stop_the_next(newsroom: Newsroom, code: int) -> None:
    newsroom.publish(election(), markets())

    def refuse_the_first(conversation: manners.Conversation) -> None:
        conversation.answer(code if len(newsroom.receiver.deliveries) == 1 else 200)

    newsroom.receiver.manners["/hook"] = refuse_the_first
    report = newsroom.send()
    assert (report.delivered, report.given_up) == (1, 1)
    assert newsroom.receiver.titles("/hook") == [ELECTION_TITLE, MARKETS_TITLE]
    assert newsroom.rows()[0]["given_up"] == 1


def test_after_three_days_of_failure_it_is_given_up_and_told_once(newsroom: Newsroom) -> None:
    newsroom.publish(election())
    newsroom.receiver.manners["/hook"] = status(500)
    reports = [newsroom.send(after=timedelta(hours=7)) for _ in range(12)]
    newsroom.publish(markets())
    assert [report.given_up for report in reports].count(1) == 1
    assert [len(report.problems) for report in reports] == [1, *[0] * 10, 1]
    del newsroom.receiver.manners["/hook"]
    newsroom.send(after=timedelta(hours=7))
    assert newsroom.receiver.titles("/hook")[-1] == MARKETS_TITLE


def test_a_pause_of_ours_gives_nothing_up(newsroom: Newsroom) -> None:
    newsroom.publish(election())
    newsroom.receiver.manners["/hook"] = status(500)
    assert newsroom.send(after=timedelta(days=20)).given_up == 0
    del newsroom.receiver.manners["/hook"]
    assert newsroom.send(after=MINUTE).delivered == 1


def test_without_time_nothing_is_begun_and_nothing_lost(newsroom: Newsroom) -> None:
    newsroom.publish(election())
    assert newsroom.send(budget=timedelta()).waiting == 1
    assert newsroom.receiver.deliveries == []
    assert newsroom.send().delivered == 1


def test_only_one_process_sends(newsroom: Newsroom) -> None:
    newsroom.publish(election())
    with try_lock(newsroom.folder / "state/feedsvc.sqlite", "sending") as ours:
        assert ours
        assert newsroom.send().waiting == 1
    assert newsroom.receiver.deliveries == []
    assert newsroom.send().delivered == 1


def test_publishing_goes_on_while_something_is_being_sent(newsroom: Newsroom) -> None:
    newsroom.publish(election())
    asked, published = threading.Event(), threading.Event()

    def wait(conversation: manners.Conversation) -> None:
        asked.set()
        conversation.answer(200 if published.wait(manners.PATIENCE_S) else 500)

    newsroom.receiver.manners["/hook"] = wait
    sending = threading.Thread(target=newsroom.send)
    sending.start()
    assert asked.wait(manners.PATIENCE_S)
    newsroom.publish(markets())
    published.set()
    sending.join()
    newsroom.send()
    assert newsroom.receiver.titles("/hook") == [ELECTION_TITLE, MARKETS_TITLE]


def test_private_addresses_are_refused_unless_allowed(newsroom: Newsroom) -> None:
    config = newsroom.folder / "config.toml"
    config.write_text(config.read_text("utf-8").replace("allow_private = true", ""), "utf-8")
    newsroom.publish(election())
    (problem,) = newsroom.send().problems
    assert "127.0.0.1, which is no public address" in problem
    assert newsroom.receiver.deliveries == []


def test_an_address_that_is_missing_in_the_environment_is_named_and_its_messages_wait(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.configure('url_env = "DESK_HOOK"')
    newsroom.publish(election())
    (problem,) = newsroom.send().problems
    assert problem == "all: json at DESK_HOOK: the environment variable DESK_HOOK holds no web address; set it"
    monkeypatch.setenv("DESK_HOOK", newsroom.receiver.url("/hook"))
    assert newsroom.send().delivered == 1


def test_what_is_told_of_a_target_holds_nothing_secret(newsroom: Newsroom) -> None:
    newsroom.configure("/services/T0/B0/s3cr3t")
    newsroom.publish(election())
    newsroom.receiver.manners["/services/T0/B0/s3cr3t"] = status(404)
    report = newsroom.send()
    kept = [path.read_bytes() for path in (newsroom.folder / "state").iterdir()]
    assert any(b"webhook:all:" in content for content in kept)
    for told in (str(report.problems), str(newsroom.rows()), *map(str, kept)):
        assert "s3cr3t" not in told


def test_a_state_that_fails_meanwhile_is_said_plainly(newsroom: Newsroom) -> None:
    newsroom.publish(election())

    def ruin(conversation: manners.Conversation) -> None:
        with closing(sqlite3.connect(newsroom.folder / "state/feedsvc.sqlite")) as state:
            state.execute("DROP TABLE target")
        conversation.answer(200)

    newsroom.receiver.manners["/hook"] = ruin
    with pytest.raises(StateError, match="no such table: target"):
        newsroom.send()


def test_waits_double_up_to_a_bound_and_are_not_all_the_same() -> None:
    def waits(chance: Callable[[], float]) -> list[timedelta]:
        state, found = TargetState("hook"), []
        for _ in range(14):
            state = retrying.after_failure(state, Receipt(500, None, "answers 500"), NOW, chance)
            assert state.next_due is not None
            found.append(state.next_due - NOW)
        return found

    longest, shortest = waits(lambda: 0.0), waits(lambda: 0.999)
    assert longest[:3] == [timedelta(seconds=30), MINUTE, 2 * MINUTE]
    assert longest[-1] == timedelta(hours=6)
    assert all(a * 0.8 <= b < a for a, b in zip(longest, shortest, strict=True))


def test_nothing_is_opened_where_nobody_is_to_be_told(newsroom: Newsroom) -> None:
    newsroom.configure()
    newsroom.publish(election())
    assert newsroom.send() == SendReport()
