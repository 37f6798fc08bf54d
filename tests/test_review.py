"""The commands that correct by hand, as a user types them; review on a real terminal of its own."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console

from feedsvc import inquiry
from feedsvc.cli import tables
from feedsvc.cli.review import review_pairs
from feedsvc.config import Config, load
from feedsvc.corrections import desk
from feedsvc.model import Question
from feedsvc.store import borderline, open_database, sole_writer
from feedsvc.text import event_id
from tests.commands import feedsvc
from tests.correcting import grouped, key_of, said
from tests.saved import ELECTION, START, configuration, dw, small_archive, write
from tests.test_cycle import update

HOSTILE = "[bold]选举[/nonsense] \x1b[2J\x9b31m\u202e结果[link=https://bad.example]"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write(tmp_path / "articles", small_archive())
    update(configuration(tmp_path))
    return tmp_path


@pytest.fixture
def config(place: Path) -> Config:
    return load(place / "config.toml")


def leave_open(config: Config, *questions: tuple[str, str, float]) -> None:
    """Have pairs of articles wait for a person, as the matcher leaves them."""
    with closing(open_database(config.service.state)) as database, database.writing() as connection:
        borderline.record(connection, [Question(one, (other,), (score,)) for one, other, score in questions])


@pytest.fixture
def pairs(config: Config) -> list[tuple[str, str, float]]:
    """Three that wait: the first two of two events, the last of one."""
    quake, retold, election, markets = (
        key_of(config, n) for n in ("rfi/quake", "dw/quake", "rfi/election", "rfi/markets")
    )
    waiting = [(markets, election, 0.5), (election, quake, 0.4), (retold, quake, 0.75)]
    leave_open(config, *waiting)
    return waiting


def reviewed(config: Config, *answers: str) -> str:
    """What a terminal shows while these are typed, and then the end of input."""
    typed = iter(answers)
    console = Console(
        file=io.StringIO(), width=500, highlight=False, emoji=False, force_terminal=True, color_system=None
    )

    def ask(question: str) -> str:
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    review_pairs(config, console, ask)
    assert next(typed, None) is None, "not everything that was typed was asked for"
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_nothing_waits(tmp_path: Path) -> None:
    unlike = {name: text for name, text in small_archive().items() if "quake" not in name}
    write(tmp_path / "articles", unlike)
    path = configuration(tmp_path)
    update(path)
    assert "Nothing is waiting" in reviewed(load(path))


def test_what_the_score_is_unsure_about_waits_after_an_update(config: Config) -> None:
    assert "瓦努阿图" in reviewed(config)


def test_a_pair_is_shown_with_all_that_it_takes_to_decide(config: Config, pairs: list[tuple[str, str, float]]) -> None:
    shown = reviewed(config, "q")
    for words in ("日股收跌", "塞内加尔反对党候选人法耶赢得总统大选", "2024-03-04T14:00:00Z", "rfi (saved)", "0.50"):
        assert words in shown
    assert "3 waiting" in shown
    assert "税务官员" not in shown, "more than the lead was shown"
    assert "in two events now" in shown
    assert said(config) == {}


def test_yes_no_skip_in_the_order_of_doubt(config: Config, pairs: list[tuple[str, str, float]]) -> None:
    shown = reviewed(config, "s", "maybe", "y", "N")
    (markets, election, _), (_, quake, _), (retold, _, _) = pairs
    assert grouped(config) == {
        event_id(quake): [quake, election],
        event_id(retold): [retold],
        event_id(markets): [markets],
    }
    assert [row["articles"][0]["id"] for row in inquiry.waiting_rows(config)[1]] == [markets]
    assert shown.index("日股收跌") < shown.index("0.40") < shown.index("0.75")
    assert "`feedsvc update` publishes it." in shown


def test_an_answer_that_cannot_be_kept_says_why_and_the_pair_comes_again(
    config: Config, pairs: list[tuple[str, str, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "LOCK_WAIT_S", 0.1)
    with sole_writer(config.service.state):
        shown = reviewed(config, "y", "q")
    assert "another update is at work" in shown
    assert shown.count("3 waiting") == 2
    assert said(config) == {}


def test_the_lock_is_free_while_someone_thinks(config: Config, pairs: list[tuple[str, str, float]]) -> None:
    def ask(_: str) -> str:
        assert update(config.path)[1].events == 3
        raise EOFError

    review_pairs(config, Console(file=io.StringIO()), ask)


def test_a_hostile_headline_cannot_break_the_terminal(place: Path) -> None:
    write(place / "articles", {"bad.md": dw("选举", [HOSTILE, *ELECTION], 70000005, START)})
    update(place / "config.toml")
    config = load(place / "config.toml")
    leave_open(config, ("dw:70000005", key_of(config, "rfi/markets"), 0.5))
    with closing(open_database(config.service.state)) as database, database.writing() as connection:
        connection.exec_driver_sql("UPDATE revision SET data = json_set(data, '$.title', ?)", (HOSTILE,))
    shown = reviewed(config, "q")
    assert "[bold]选举[/nonsense]" in shown
    assert not {"\x1b", "\x9b", "\u202e"} & set(shown)
    for command in (["events"], ["corrections"], ["explain", "dw:70000005", "articles/rfi/markets.md"]):
        done = feedsvc(place, *command)
        assert (done.returncode, done.stderr) == (0, "")
        assert not {"\x1b", "\x9b", "\u202e"} & set(done.stdout)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("a\x1b[31mb", "a [31mb"),
        ("a\x9b\x7f\x00b\r\nc", "a b c"),
        ("\u202eabc\u2066", "abc"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("  中　文 ", "中 文"),
        ("[red]", "[red]"),
    ],
)
def test_plain(words: str, shown: str) -> None:
    assert tables.plain(words) == shown


# On the command line


def test_join_and_split_say_what_changed(place: Path, config: Config) -> None:
    quake, election = event_id(key_of(config, "rfi/quake")), event_id(key_of(config, "election"))
    joined = feedsvc(place, "join", election, f"output/events/{quake.removeprefix('urn:uuid:')}.html")
    assert (joined.returncode, joined.stderr) == (0, "")
    assert joined.stdout.startswith(f"{election} is now part of {quake}")
    assert joined.stdout.endswith("`feedsvc update` publishes it.\n")
    parted = feedsvc(place, "split", quake, "articles/rfi/quake.md", "articles/dw/quake.md", "--json")
    change = json.loads(parted.stdout)
    assert change["instead"] is True
    assert (change["event"], change["founded"], change["absorbed"]) == (quake, election, "")
    assert {word["same"] for word in change["corrections"]} == {False}
    again = feedsvc(place, "split", quake, "dw:70000001")
    assert "Moved: dw:70000001" in again.stdout


def test_corrections_are_listed_written_and_taken_in(place: Path, config: Config) -> None:
    quake = event_id(key_of(config, "rfi/quake"))
    feedsvc(place, "split", quake, "dw:70000001")
    assert "two events" in feedsvc(place, "corrections").stdout
    (row,) = json.loads(feedsvc(place, "corrections", "--json").stdout)
    assert (row["same"], set(row)) == (False, {"article", "other", "same", "made", "titles"})
    written = feedsvc(place, "corrections", "--export", "labels.jsonl")
    assert written.stdout == "2 articles written to labels.jsonl\n"
    assert len((place / "labels.jsonl").read_text().splitlines()) == 2
    taken = feedsvc(place, "corrections", "--import", "state/feedsvc.corrections.jsonl")
    assert taken.stdout == "1 corrections read from state/feedsvc.corrections.jsonl, 0 of them new\n"
    as_json = feedsvc(place, "corrections", "--import", "state/feedsvc.corrections.jsonl", "--json")
    assert json.loads(as_json.stdout) == {"read": 1, "new": 0, "changes": []}
    counted = feedsvc(place, "corrections", "--export", "labels.jsonl", "--json")
    assert json.loads(counted.stdout) == {"file": "labels.jsonl", "articles": 2, "unknown": 0}


def test_review_lists_what_waits(place: Path, pairs: list[tuple[str, str, float]]) -> None:
    rows = json.loads(feedsvc(place, "review", "--json").stdout)
    assert [tuple(article["id"] for article in row["articles"]) for row in rows] == [pair[:2] for pair in pairs]
    assert set(rows[0]) == {"probability", "articles", "evidence"}
    assert rows[0]["evidence"]


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (["review"], 2, "needs a terminal; `feedsvc review --json` lists"),
        (["corrections", "--export", "a", "--import", "b"], 2, "do not go together"),
        (["corrections", "--import", "none.jsonl"], 1, "none.jsonl: cannot read the corrections: No such file"),
        (["corrections", "--export", "nowhere/config.toml/x"], 1, "cannot write"),
        (["join", "x", "y"], 1, "no event x;"),
        (["join", "x"], 2, "Missing argument"),
        (["split", "x"], 2, "Missing argument"),
        (["split", "x", "dw:1"], 1, "no event x;"),
    ],
)
def test_mistakes_get_a_line_and_no_traceback(place: Path, arguments: list[str], code: int, problem: str) -> None:
    (place / "nowhere").mkdir()
    (place / "nowhere" / "config.toml").touch()
    done = feedsvc(place, *arguments)
    assert done.returncode == code
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def test_a_journal_with_a_bad_line_stops_a_new_state_plainly(tmp_path: Path) -> None:
    write(tmp_path / "articles", small_archive())
    configuration(tmp_path)
    write(tmp_path / "state", {"feedsvc.corrections.jsonl": "{}\n"})
    done = feedsvc(tmp_path, "update")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "feedsvc.corrections.jsonl, line 1: has not all of article, other, same, made; correct the line" in line
    write(tmp_path / "state", {"feedsvc.corrections.jsonl": '{"article": "dw:1", "oth'})
    done = feedsvc(tmp_path, "update")
    assert done.returncode == 0
    assert "line 1: was cut short and is left out" in done.stderr


def on_a_terminal(place: Path, *arguments: str, typed: Callable[[str], str]) -> tuple[int, str]:
    """Run a command on a terminal of its own; `typed` gives what to type once it asks."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "120", "PYTHONWARNINGS": "error"}
    process = subprocess.Popen(
        [sys.executable, "-m", "feedsvc", *arguments],
        cwd=place, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown, answered, end = "", 0, time.monotonic() + 60
    while time.monotonic() < end:
        ready, _, _ = select.select([ours], [], [], 1)
        try:
            shown += os.read(ours, 65536).decode("utf-8", "replace") if ready else ""
        except OSError:
            break
        if shown.count("(q)uit: ") > answered:
            answered += 1
            os.write(ours, typed(shown).encode())
    os.close(ours)
    return process.wait(10), shown


def test_review_on_a_terminal(place: Path, config: Config, pairs: list[tuple[str, str, float]]) -> None:
    answers = iter(["n\n", "\x04"])
    code, shown = on_a_terminal(place, "review", typed=lambda _: next(answers))
    assert code == 0
    assert "日股收跌" in shown
    assert "2 waiting" in shown
    assert "Traceback" not in shown
    assert list(said(config).values()) == [False]
