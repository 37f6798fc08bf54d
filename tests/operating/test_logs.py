"""What is said on standard error: for people, with a time where the process runs on, or as JSON lines."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from feedsvc import logs
from feedsvc.web.log import AccessLog, Exchange
from tests.commands import feedsvc
from tests.saved import configuration, small_archive, write


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write(tmp_path / "articles", small_archive())
    (tmp_path / "articles" / "bad.md").write_bytes(b"")
    configuration(tmp_path)
    return tmp_path


@pytest.fixture
def own_logs() -> Iterator[None]:
    root = logging.getLogger()
    before, levels = root.handlers[:], (root.level, logs.logger.level)
    yield
    logs.ask("", "")
    root.handlers[:] = before
    root.setLevel(levels[0])
    logs.logger.setLevel(levels[1])


def test_cron_gets_a_line_without_a_time(place: Path) -> None:
    assert re.fullmatch(r"feedsvc: source saved: articles/bad\.md: .*\n", feedsvc(place, "update").stderr)


@pytest.mark.parametrize("way", ["option", "configuration"])
def test_a_collector_gets_json(place: Path, way: str) -> None:
    options = ["--log-format", "json"] if way == "option" else []
    if way == "configuration":
        path = place / "config.toml"
        path.write_text(path.read_text().replace("[service]\n", '[service]\nlog = "json"\n'))
    said = json.loads(feedsvc(place, *options, "update").stderr)
    assert (said["level"], said["logger"], said["source"]) == ("error", "feedsvc", "saved")
    assert said["message"].startswith("source saved: articles/bad.md: ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", said["time"])


def test_the_command_line_counts_more_than_the_configuration(place: Path) -> None:
    path = place / "config.toml"
    path.write_text(path.read_text().replace("[service]\n", '[service]\nlog = "json"\n'))
    assert feedsvc(place, "--log-format", "plain", "update").stderr.startswith("feedsvc: source saved")


def test_errors_that_end_a_command_are_json_too(tmp_path: Path) -> None:
    done = feedsvc(tmp_path, "--log-format", "json", "update")
    assert done.returncode == 2
    assert "config.toml" in json.loads(done.stderr)["message"]


@pytest.mark.parametrize("form", ["plain", "json"])
def test_strangers_words_stay_on_their_line(
    own_logs: None, capsys: pytest.CaptureFixture[str], form: logs.Form
) -> None:
    logs.set_up(form)
    logs.tell("a\nfeedsvc: b \x1b[31m \u202ec", "harbour")
    (line,) = capsys.readouterr().err.splitlines()
    assert "\x1b" not in line
    assert line == "feedsvc: a feedsvc: b [31m c" if form == "plain" else json.loads(line)["source"] == "harbour"


@pytest.mark.parametrize("form", ["plain", "json"])
def test_a_traceback_is_kept(own_logs: None, capsys: pytest.CaptureFixture[str], form: logs.Form) -> None:
    logs.set_up(form)
    try:
        raise ValueError("of ours")
    except ValueError:
        logging.getLogger("feedsvc.x").exception("failed")
    said = capsys.readouterr().err
    if form == "json":
        assert "ValueError: of ours" in json.loads(said)["traceback"]
    else:
        assert said.startswith("feedsvc: failed\nTraceback") and said.endswith("ValueError: of ours\n")


@pytest.mark.parametrize(("level", "said"), [("", "wi"), ("error", ""), ("warning", "w"), ("debug", "wi")])
def test_levels(own_logs: None, capsys: pytest.CaptureFixture[str], level: str, said: str) -> None:
    logs.ask("", level)
    logs.set_up(timed=True)
    logs.tell("w", level=logging.WARNING)
    logs.tell("i", level=logging.INFO)
    logging.getLogger("httpcore").info("of another library")
    err = capsys.readouterr().err
    assert [line[-1] for line in err.splitlines()] == list(said)
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ feedsvc: ", line) for line in err.splitlines())


def test_an_unknown_format_is_a_mistake(place: Path) -> None:
    assert feedsvc(place, "--log-format", "xml", "check").returncode == 2
    path = place / "config.toml"
    path.write_text(path.read_text().replace("[service]\n", '[service]\nlog = "xml"\n'))
    done = feedsvc(place, "check")
    assert done.returncode == 2 and 'log: "xml" is not allowed; write "plain" or "json"' in done.stderr


def test_requests_as_json() -> None:
    stream = StringIO()
    log = AccessLog(stream, "json")
    log.note(Exchange("203.0.113.7", "GET", b"/harbour.atom", 'reader/1 "\x1b[31m', 200, 1234, 0.0021))
    log.note(Exchange("2001:db8::1", "HEAD", b"/\xe6\x96\xb0", "", 404, 0, 0.0))
    log.flush()
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["logger"], first["client"], first["path"]) == ("feedsvc.access", "203.0.113.7", "/harbour.atom")
    assert (first["status"], first["bytes"], first["ms"]) == (200, 1234, 2.1)
    assert first["agent"] == 'reader/1 "\x1b[31m' and "\x1b" not in stream.getvalue()
    assert (second["method"], second["status"]) == ("HEAD", 404)
