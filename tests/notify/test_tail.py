"""`feedsvc tail`: lines of JSON that another program can resume from, and wait for."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from feedsvc.cli import notifications  # noqa: F401 - brings its commands
from feedsvc.cli.commands import app
from feedsvc.errors import ConfigError
from tests.notify.newsroom import (
    ELECTION_TITLE,
    MARKETS_TITLE,
    QUAKE_TITLE,
    Newsroom,
    election,
    markets,
    quake_elsewhere,
)


def command(newsroom: Newsroom, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "feedsvc", "tail", *arguments, "--config", str(newsroom.folder / "config.toml")]


def tail(newsroom: Newsroom, *arguments: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, ["tail", *arguments, "--config", str(newsroom.folder / "config.toml")])
    assert (done.exit_code, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def following(newsroom: Newsroom, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command(newsroom, *arguments, "--follow"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            assert stream
            stream.close()


def titles(rows: list[dict[str, Any]]) -> list[str]:
    return [row["title"] for row in rows]


def test_everything_that_became_news_in_order(newsroom: Newsroom) -> None:
    newsroom.publish(quake_elsewhere())
    newsroom.publish(election(), markets())
    rows = tail(newsroom, "all")
    assert titles(rows) == [QUAKE_TITLE, QUAKE_TITLE, ELECTION_TITLE, MARKETS_TITLE]
    assert [row["happened"] for row in rows] == ["new", "joined", "new", "new"]
    cursors = [row["cursor"] for row in rows]
    assert cursors == sorted(set(cursors))


def test_it_resumes_after_a_cursor(newsroom: Newsroom) -> None:
    newsroom.publish(election())
    (first, second) = tail(newsroom, "all")
    newsroom.publish(markets())
    assert titles(tail(newsroom, "all", "--after", str(first["cursor"]))) == [ELECTION_TITLE, MARKETS_TITLE]
    assert titles(tail(newsroom, "all", "--after", str(second["cursor"]))) == [MARKETS_TITLE]


def test_since_is_when_it_was_published_by_the_clock(newsroom: Newsroom) -> None:
    newsroom.now = newsroom.now.replace(hour=12)
    newsroom.publish(election())
    assert titles(tail(newsroom, "all", "--since", "2024-03-10T12:00Z")) == [ELECTION_TITLE]
    assert titles(tail(newsroom, "all", "--since", "2024-03-10T00:00")) == [QUAKE_TITLE, ELECTION_TITLE]
    assert tail(newsroom, "all", "--since", "2h") == []


def test_the_journal_ends_after_a_month(newsroom: Newsroom) -> None:
    begun = newsroom.now
    for days, found in ((29, [QUAKE_TITLE, ELECTION_TITLE]), (31, [ELECTION_TITLE]), (80, [])):
        newsroom.now = begun + timedelta(days=days)
        newsroom.publish(election())
        assert titles(tail(newsroom, "all")) == found


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("some",), 'no feed "some"'),
        (("all", "--since", "yesterday"), '"yesterday" is no time; write e.g. 2h'),
        (("all", "--since", "2h", "--after", "3"), "give one"),
    ],
)
def test_mistakes_are_told_in_a_line(newsroom: Newsroom, arguments: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(app, ["tail", *arguments, "--config", str(newsroom.folder / "config.toml")])
    assert isinstance(done.exception, ConfigError)
    (mistake,) = done.exception.mistakes
    assert said in mistake


def test_it_follows_what_another_process_publishes_and_ends_quietly(newsroom: Newsroom) -> None:
    with following(newsroom, "all") as process:
        assert process.stdout and process.stderr
        assert json.loads(process.stdout.readline())["title"] == QUAKE_TITLE
        newsroom.publish(election())
        row = json.loads(process.stdout.readline())
        assert (row["title"], row["happened"]) == (ELECTION_TITLE, "new")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stderr.read() == ""


def test_it_ends_when_nobody_reads_any_more(newsroom: Newsroom) -> None:
    with following(newsroom, "all") as process:
        assert process.stdout and process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == 0
        assert process.stderr.read() == ""


def test_a_cursor_of_another_state_begins_anew(newsroom: Newsroom) -> None:
    done = subprocess.run(command(newsroom, "all", "--after", "999"), capture_output=True, text=True, check=False)
    assert "another state" in done.stderr
    assert titles([json.loads(line) for line in done.stdout.splitlines()]) == [QUAKE_TITLE]
