"""`feedsvc serve` as a hub: a process of its own, beside updates, ended and killed and begun again."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.hub.running import ATOM
from tests.hub.subscriber import Subscribers
from tests.web.serving import BASE, CONFIGURATION, publish, replace

FIRST, SECOND = b"<feed>edition 1</feed>", b"<feed>edition 2</feed>"


def configured(folder: Path, hub: str = '["built-in"]', private: bool = True) -> Path:
    publish(folder / "output")
    service = f"[service]\nhub = {hub}\nallow_private = {str(private).lower()}"
    (folder / "config.toml").write_text(CONFIGURATION.replace("[service]", service))
    return folder


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "feedsvc", *arguments]


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the hub's address."""
    process = subprocess.Popen(
        command("serve", "--port", "0"),
        cwd=folder,
        env=os.environ | {"PYTHONWARNINGS": "error"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        said = re.search(r"at (http://\S+/);", process.stdout.readline())
        assert said, process.communicate()[1]
        yield process, f"{said[1]}hub"
    finally:
        process.kill()
        process.communicate()


def subscribe(hub: str, callback: str, topic: str = ATOM) -> int:
    fields = {"hub.mode": "subscribe", "hub.topic": topic, "hub.callback": callback}
    return httpx.post(hub, data=fields, trust_env=False).status_code


def rows(folder: Path) -> list[tuple[str, str]]:
    """Callbacks and digests in the state, as another process sees them."""
    with closing(sqlite3.connect(folder / "state" / "feedsvc.sqlite", timeout=30)) as connection:
        return connection.execute("SELECT callback, delivered FROM hub_subscription").fetchall()


@pytest.mark.slow
def test_subscriptions_outlast_an_end_and_a_kill(tmp_path: Path, reader: Subscribers) -> None:
    folder = configured(tmp_path)
    callback = reader.url("/a?token=hidden")
    with serving(folder) as (process, hub):
        assert subscribe(hub, callback) == 202
        while not rows(folder):
            pass
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0
        assert "hub: harbour.atom: subscribed until 20" in err
        assert "hidden" not in out + err  # whoever knows a callback's address can send to it
    ((known, before),) = rows(folder)
    assert known == callback

    with serving(folder) as (process, _):
        replace(folder / "output" / "harbour.atom", FIRST)
        reader.wait(reader.sent)
        while rows(folder) == [(callback, before)]:  # until it is written that it was delivered
            pass
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)

    with serving(folder):
        replace(folder / "output" / "harbour.atom", SECOND)
        reader.wait(lambda: SECOND in [visit.body for visit in reader.sent()])
    assert [visit.body for visit in reader.sent()] == [FIRST, SECOND]


@pytest.mark.slow
def test_it_may_begin_before_the_first_update(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    configured(tmp_path)
    text = (tmp_path / "config.toml").read_text().replace('url = "https://a.example/feed"', 'path = "articles"')
    (tmp_path / "config.toml").write_text(text)
    with serving(tmp_path) as (process, _):
        update = subprocess.run(command("update"), cwd=tmp_path, capture_output=True, text=True, check=False)
        assert update.returncode == 0, update.stderr
        assert process.poll() is None


@pytest.mark.slow
def test_two_hubs_of_one_state_would_send_all_twice(tmp_path: Path) -> None:
    folder = configured(tmp_path)
    with serving(folder) as (first, _):
        second = subprocess.run(
            command("serve", "--port", "0"), cwd=folder, capture_output=True, text=True, check=False, timeout=60
        )
        assert first.poll() is None
    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert f"another hub is at work (process {first.pid}" in second.stderr


def test_without_a_hub_no_state_is_opened(tmp_path: Path) -> None:
    folder = configured(tmp_path, hub="[]")
    with serving(folder) as (_, hub):
        assert subscribe(hub, "https://reader.example/") in (404, 405)
    assert not (folder / "state").exists()


def test_private_callbacks_are_refused_unless_allowed(tmp_path: Path, reader: Subscribers) -> None:
    with serving(configured(tmp_path, private=False)) as (_, hub):
        assert subscribe(hub, reader.url("/a")) == 400
    assert reader.connections == 0


def test_a_private_feed_is_to_the_hub_not_there(tmp_path: Path, reader: Subscribers) -> None:
    """Whoever guesses its address learns no more than that of a feed that is none."""
    folder = configured(tmp_path)
    slug = "desk-0a9a0e9af10e66dc0fcc801d76c6af4d"
    with (folder / "config.toml").open("a") as handle:
        handle.write(f'[[feed]]\nslug = "{slug}"\nprivate = true\n')
    replace(folder / "output" / f"{slug}.atom", FIRST)
    with serving(folder) as (_, hub):
        assert subscribe(hub, reader.url("/a"), f"{BASE}{slug}.atom") == 202
        reader.wait(reader.asked)
    assert [question.said("hub.reason") for question in reader.asked()] == ["no such feed is published"]
