"""Each version once to each subscriber, the newest one, again after failures; what was delivered outlasts a restart."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.hub import Hub
from feedsvc.store import open_database
from feedsvc.store.hub import Subscription
from tests.hub.running import ATOM, RSS, Running, all_but_inner, hub, prepared
from tests.hub.subscriber import Answer, Subscribers, answer, signed, subscribers
from tests.web.serving import BASE

FIRST, SECOND, THIRD = (f"<feed>edition {n}</feed>".encode() for n in (1, 2, 3))
LATER = datetime.now(UTC) + timedelta(days=1)


def bodies(reader: Subscribers, path: str) -> list[bytes]:
    return [visit.body for visit in reader.sent(path)]


def test_every_version_once_to_everybody(running: Running, reader: Subscribers) -> None:
    paths = [f"/{n}" for n in range(20)]
    running.subscribe(*(reader.url(path) for path in paths))
    for edition in (FIRST, SECOND, THIRD):
        running.publish(edition)
        reader.wait(lambda: all(edition in bodies(reader, path) for path in paths))  # noqa: B023 - called at once
        running.until("feedsvc_hub_behind", 0)
    assert [bodies(reader, path) for path in paths] == [[FIRST, SECOND, THIRD]] * 20


def test_only_what_was_subscribed_to(running: Running, reader: Subscribers) -> None:
    running.subscribe(reader.url("/atom"))
    running.subscribe(reader.url("/rss"), topic=RSS)
    running.publish(FIRST)
    running.publish(SECOND, "harbour.rss")
    reader.wait(lambda: len(reader.sent()) == 2)
    assert (bodies(reader, "/atom"), bodies(reader, "/rss")) == ([FIRST], [SECOND])


def test_the_same_bytes_written_again_are_no_news(running: Running, reader: Subscribers) -> None:
    running.subscribe(reader.url("/a"))
    running.publish(FIRST)
    reader.wait(lambda: reader.sent("/a"))
    running.publish(FIRST)
    running.post({"hub.mode": "publish", "hub.url": ATOM})
    running.publish(SECOND)
    reader.wait(lambda: SECOND in bodies(reader, "/a"))
    assert bodies(reader, "/a") == [FIRST, SECOND]


@pytest.mark.parametrize(
    "failure",
    [answer(500), answer(404), answer(302, Location="/elsewhere"), "silence", "reset", b"no http at all\r\n\r\n"],
    ids=["500", "404", "redirect", "silence", "reset", "no http"],
)
def test_what_fails_is_tried_again(tmp_path: Path, reader: Subscribers, failure: Answer) -> None:
    with hub(tmp_path, answer_s=0.3) as running:
        running.subscribe(reader.url("/a"), reader.url("/b"))
        reader.taking["/a"].extend([failure, failure])
        running.publish(FIRST)
        reader.wait(lambda: len(reader.sent("/a")) == 3)
        running.until("feedsvc_hub_behind", 0)
        assert (bodies(reader, "/a"), bodies(reader, "/b")) == ([FIRST] * 3, [FIRST])
        assert running.metric("feedsvc_hub_deliveries_total", "failed") == 2


def test_an_answer_counts_by_its_status_whatever_its_body_does(tmp_path: Path, reader: Subscribers) -> None:
    with hub(tmp_path, answer_s=0.5) as running:
        running.subscribe(reader.url("/a"))
        reader.taking["/a"].append(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf of it")
        running.publish(FIRST)
        running.until("feedsvc_hub_deliveries_total", 1, "delivered")


def test_a_newer_version_takes_the_place_of_one_that_failed(tmp_path: Path, reader: Subscribers) -> None:
    with hub(tmp_path, first_retry_s=3600.0) as running:
        running.subscribe(reader.url("/a"), reader.url("/b"))
        reader.taking["/a"].append(answer(503))
        running.publish(FIRST)
        running.until("feedsvc_hub_deliveries_total", 1, "failed")
        running.publish(SECOND)
        reader.wait(lambda: bodies(reader, "/b") == [FIRST, SECOND])
        assert bodies(reader, "/a") == [FIRST]  # it is left alone for an hour, whatever is published
        running.subscribe(reader.url("/a"))  # who renews is well again
        reader.wait(lambda: bodies(reader, "/a") == [FIRST, SECOND])


def test_what_changes_while_it_is_sent_is_sent_next(tmp_path: Path) -> None:
    with subscribers(together=2) as reader, hub(tmp_path) as running:
        running.subscribe(reader.url("/a"))
        running.publish(FIRST)
        reader.wait(lambda: reader.sent("/a"))  # and nobody answers before another asks
        running.publish(SECOND)
        running.subscribe(reader.url("/b"), topic=RSS)
        running.publish(THIRD, "harbour.rss")
        reader.wait(lambda: reader.sent("/b"))
        running.publish(SECOND, "harbour.rss")
        reader.wait(lambda: len(reader.sent()) == 4)
        assert (bodies(reader, "/a"), bodies(reader, "/b")) == ([FIRST, SECOND], [THIRD, SECOND])


def test_a_version_that_is_taken_back_is_not_sent(tmp_path: Path, reader: Subscribers) -> None:
    with hub(tmp_path, at_once=1) as running:
        before = (running.output / "harbour.atom").read_bytes()
        running.subscribe(reader.url("/first"))
        running.subscribe(reader.url("/second"))
        reader.taking["/first"].append("held")
        running.publish(FIRST)
        reader.wait(lambda: reader.sent("/first"))
        running.until("feedsvc_hub_behind", 2)  # the second waits for its turn
        running.publish(before)
        reader.release()
        reader.wait(lambda: bodies(reader, "/first") == [FIRST, before])
        running.until("feedsvc_hub_behind", 0)
        assert not reader.sent("/second")


def test_410_ends_a_subscription(running: Running, reader: Subscribers) -> None:
    running.subscribe(reader.url("/a"), reader.url("/b"))
    reader.taking["/a"].append(answer(410))
    running.publish(FIRST)
    running.until("feedsvc_hub_subscriptions", 1)
    running.publish(SECOND)
    reader.wait(lambda: bodies(reader, "/b")[-1:] == [SECOND])
    assert bodies(reader, "/a") == [FIRST]
    running.stop()
    assert [s.callback for s in running.remembered()] == [reader.url("/b")]
    running.start()


def test_a_restart_keeps_subscriptions_and_what_was_delivered(tmp_path: Path, reader: Subscribers) -> None:
    with prepared(tmp_path, first_retry_s=3600.0) as running:
        running.start()
        running.subscribe(reader.url("/has"), reader.url("/lacks"), secret="s")
        reader.taking["/lacks"].append(answer(500))
        running.publish(FIRST)
        running.until("feedsvc_hub_deliveries_total", 1, "delivered")
        running.until("feedsvc_hub_deliveries_total", 1, "failed")
        running.stop()
        has, lacks = running.remembered()
        assert (has.callback, has.failures, has.next_attempt) == (reader.url("/has"), 0, None)
        assert lacks.failures == 1 and lacks.next_attempt
        assert lacks.next_attempt > datetime.now(UTC) + timedelta(minutes=50)

        running.remember(replace(lacks, next_attempt=None))  # as if the hour were over
        running.start()
        reader.wait(lambda: bodies(reader, "/lacks") == [FIRST, FIRST])
        running.publish(SECOND)
        reader.wait(lambda: bodies(reader, "/lacks") == [FIRST, FIRST, SECOND] and SECOND in bodies(reader, "/has"))
        assert bodies(reader, "/has") == [FIRST, SECOND]
        assert all(signed(visit, "s") for visit in reader.sent())


def test_what_was_published_while_the_hub_was_away_is_sent(tmp_path: Path, reader: Subscribers) -> None:
    with prepared(tmp_path) as running:
        running.start()
        running.subscribe(reader.url("/a"))
        running.stop()
        running.publish(FIRST)
        running.start()
        reader.wait(lambda: bodies(reader, "/a") == [FIRST])


def test_a_delivery_under_way_is_finished_before_the_end(tmp_path: Path, reader: Subscribers) -> None:
    """It is answered after the hub was told to end, and what was answered is remembered."""
    with prepared(tmp_path, drain_s=20.0) as running:
        running.remember(Subscription("harbour.atom", reader.url("/a"), "", LATER, "an old one"))
        reader.taking["/a"].append("held")

        async def live(hub: Hub) -> None:
            async with hub.running():
                await asyncio.to_thread(reader.wait, reader.sent)
                asyncio.get_running_loop().call_later(0.1, reader.release)

        with closing(open_database(tmp_path / "state.sqlite")) as database:
            asyncio.run(live(Hub(database, running.output, BASE, may_reach=all_but_inner, limits=running.limits)))
        (known,) = running.remembered()
        assert known.delivered == hashlib.sha256((running.output / "harbour.atom").read_bytes()).hexdigest()


def test_an_ended_lease_is_not_served_after_a_restart(tmp_path: Path, reader: Subscribers) -> None:
    with prepared(tmp_path) as running:
        ended = datetime.now(UTC) - timedelta(seconds=1)
        running.remember(
            Subscription("harbour.atom", reader.url("/ended"), "", ended, "an old one"),
            Subscription("harbour.atom", reader.url("/stands"), "", LATER, "an old one"),
        )
        running.start()
        reader.wait(lambda: reader.sent("/stands"))
        running.until("feedsvc_hub_subscriptions", 1)
        assert not reader.sent("/ended")


def test_those_that_fail_hold_up_nobody_else(tmp_path: Path, reader: Subscribers) -> None:
    """One place for all, one for those that failed last time: three silent ones sit in the latter."""
    with prepared(tmp_path, at_once=1, failing_at_once=1, at_once_per_host=9, drain_s=0.0) as running:
        silent = [f"/dead-{n}" for n in range(3)]
        for path in silent:
            reader.taking[path].append("silence")
        running.remember(
            *(Subscription("harbour.atom", reader.url(path), "", LATER, "", failures=1) for path in silent),
            Subscription("harbour.atom", reader.url("/well"), "", LATER, ""),
        )
        running.start()
        reader.wait(lambda: reader.sent("/well"))
        running.until("feedsvc_hub_deliveries_total", 1, "delivered")
        assert len([visit for visit in reader.sent() if visit.path in silent]) <= 1


def test_so_many_at_once_for_one_host(tmp_path: Path) -> None:
    with subscribers(together=2) as reader, hub(tmp_path, at_once_per_host=2) as running:
        running.subscribe(*(reader.url(f"/{n}") for n in range(10)))
        running.publish(FIRST)
        reader.wait(lambda: len(reader.sent()) == 10)
        running.until("feedsvc_hub_behind", 0)
        assert reader.peak == 2


def test_a_file_that_is_away_for_a_moment_ends_nothing(running: Running, reader: Subscribers) -> None:
    running.subscribe(reader.url("/a"))
    (running.output / "harbour.atom").unlink()
    running.subscribe(reader.url("/b"), topic=RSS)
    running.publish(FIRST)
    reader.wait(lambda: bodies(reader, "/a") == [FIRST])


@pytest.mark.parametrize("loss", [Path.unlink, lambda path: (path.unlink(), path.symlink_to("nowhere"))])
def test_a_file_that_is_gone_when_a_delivery_is_due_again_holds_up_nobody(
    tmp_path: Path, reader: Subscribers, loss: Callable[[Path], object]
) -> None:
    with hub(tmp_path, first_retry_s=0.2) as running:
        running.subscribe(reader.url("/a"))
        reader.taking["/a"].append(answer(500))
        running.publish(FIRST)
        reader.wait(lambda: reader.sent("/a"))
        path = running.output / "harbour.atom"
        loss(path)
        running.until("feedsvc_hub_behind", 0)
        path.unlink(missing_ok=True)
        running.publish(SECOND)
        reader.wait(lambda: SECOND in bodies(reader, "/a"))
        assert bodies(reader, "/a") == [FIRST, SECOND]


def test_a_link_is_no_document(running: Running, reader: Subscribers) -> None:
    secret = running.folder / "secret.atom"
    secret.write_text("nobody's business")
    (running.output / "linked.atom").symlink_to(secret)
    running.ask("subscribe", reader.url("/a"), "https://news.example/linked.atom")
    running.until("feedsvc_hub_verifications_total", 1, "denied")


@contextmanager
def busy(state: Path) -> Iterator[None]:
    """Another process in a long transaction, as an update has them."""
    with closing(sqlite3.connect(state, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")


def test_deliveries_do_not_wait_for_the_state(running: Running, reader: Subscribers) -> None:
    running.subscribe(reader.url("/a"))
    with busy(running.folder / "state.sqlite"):
        running.publish(FIRST)
        reader.wait(lambda: reader.sent("/a"))
        running.publish(SECOND)
        reader.wait(lambda: bodies(reader, "/a") == [FIRST, SECOND])
        running.subscribe(reader.url("/b"))
        assert running.get("/harbour.atom").content == SECOND
    running.stop()
    assert [s.callback for s in running.remembered()] == [reader.url("/a"), reader.url("/b")]
    assert len({s.delivered for s in running.remembered()}) == 1
    running.start()


def test_a_state_that_could_not_be_written_is_written_later(
    running: Running, reader: Subscribers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("feedsvc.hub.hub.AGAIN_S", 0.01)
    with closing(sqlite3.connect(running.folder / "state.sqlite", isolation_level=None, timeout=30)) as connection:
        connection.execute("ALTER TABLE hub_subscription RENAME TO away")
        running.subscribe(reader.url("/a"))
        while "no such table: hub_subscription" not in caplog.text:
            pass
        connection.execute("ALTER TABLE away RENAME TO hub_subscription")
        while not connection.execute("SELECT 1 FROM hub_subscription").fetchall():
            pass
    running.publish(FIRST)
    reader.wait(lambda: bodies(reader, "/a") == [FIRST])
