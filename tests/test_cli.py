"""The commands as a user types them: exit codes, plain lines, JSON shapes, no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import feedsvc
from tests.saved import configuration, small_archive, write


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write(tmp_path / "articles", small_archive())
    configuration(tmp_path)
    return tmp_path


def test_update_then_events(place: Path) -> None:
    done = feedsvc(place, "update")
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 documents, 4 parsed; articles: 4 new" in done.stdout
    listed = feedsvc(place, "events", "--json")
    rows = json.loads(listed.stdout)
    assert [set(row) for row in rows] == [
        {"id", "title", "published", "updated", "language", "thread", "articles"} for _ in range(3)
    ]
    assert {"id", "source", "publisher", "url", "title", "published", "origin"} <= set(rows[0]["articles"][0])
    assert rows[0]["published"] > rows[1]["published"] > rows[2]["published"]
    assert all(row["published"].endswith("Z") and row["id"].startswith("urn:uuid:") for row in rows)
    assert rows[0]["articles"][0]["origin"] == "articles/rfi/markets.md"
    plain = feedsvc(place, "events")
    assert len(plain.stdout.splitlines()) == 4


def test_update_json_counts(place: Path) -> None:
    first, second = (json.loads(feedsvc(place, "update", "--json").stdout) for _ in range(2))
    assert (first["documents_parsed"], first["articles_new"], first["events_founded"]) == (4, 4, 3)
    assert len(first["files_written"]) == 15
    assert (second["documents_seen"], second["documents_parsed"], second["files_written"]) == (4, 0, [])


def test_events_of_one_feed(place: Path) -> None:
    configuration(place, feeds='[[feed]]\nslug = "quake"\ntitle = "地震"\nany = ["瓦努阿圖"]\n')
    feedsvc(place, "update")
    rows = json.loads(feedsvc(place, "events", "--feed", "quake", "--json").stdout)
    assert [len(row["articles"]) for row in rows] == [2]


def test_a_failed_source_is_named_and_the_rest_published(place: Path) -> None:
    (place / "articles" / "bad.md").write_bytes(b"")
    done = feedsvc(place, "update")
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith("feedsvc: source saved: articles/bad.md: ")
    assert "3 published" in done.stdout


def test_explain(place: Path) -> None:
    feedsvc(place, "update")
    done = feedsvc(place, "explain", "dw:70000001", "articles/rfi/quake.md", "--json")
    explained = json.loads(done.stdout)
    assert explained["same"] is True
    assert explained["probability"] > 0.5
    assert "both are in urn:uuid:" in explained["membership"]
    moved = feedsvc(
        place, "explain", "articles/rfi/quake.md", "http://www.dw.com/zh/whatever/a-70000001?maca=x", "--json"
    )
    assert json.loads(moved.stdout)["articles"][1]["id"] == "dw:70000001"
    unknown = feedsvc(place, "explain", "articles/rfi/election.md", "https://www.dw.com/zh/whatever/a-70000002")
    assert "no article https://www.dw.com" in unknown.stderr
    assert unknown.returncode == 1
    words = feedsvc(place, "explain", "dw:70000001", "articles/rfi/election.md").stdout
    assert "different events: probability 0.0" in words
    assert "against:" in words


def test_sources_before_and_after(place: Path) -> None:
    before = json.loads(feedsvc(place, "sources", "--json").stdout)
    assert [(row["id"], row["articles"], row["checked"]) for row in before] == [("saved", 0, None)]
    assert not (place / "state").exists()
    feedsvc(place, "update")
    (after,) = json.loads(feedsvc(place, "sources", "--json").stdout)
    assert (after["articles"], after["outcome"], after["newest"]) == (4, "ok", "2024-03-04T14:00:00Z")
    assert "saved" in feedsvc(place, "sources").stdout


def test_check_prints_the_effective_configuration(place: Path) -> None:
    done = feedsvc(place, "check")
    assert done.returncode == 0
    assert 'state = "state/feedsvc.sqlite"' in done.stdout
    assert not (place / "state").exists()


def test_check_live_looks_at_each_source(place: Path) -> None:
    assert "source saved: 4 saved documents" in feedsvc(place, "check", "--live").stdout
    (place / "articles").rename(place / "gone")
    done = feedsvc(place, "check", "--live")
    assert done.returncode == 3
    assert "source saved: articles" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["update", "--config", "none.toml"], 2, "none.toml"),
        (["update", "--source", "dw"], 2, 'no source "dw"'),
        (["events", "--feed", "sport"], 2, 'no feed "sport"'),
        (["events"], 1, "run `feedsvc update` first"),
        (["explain", "a", "b"], 1, "run `feedsvc update` first"),
        (["upgrade"], 2, "upgrade"),
        (["update", "--sauce", "x"], 2, "--sauce"),
    ],
)
def test_a_users_mistake_gets_a_line_and_no_traceback(place: Path, arguments: list[str], code: int, said: str) -> None:
    done = feedsvc(place, *arguments)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistaken_configuration_names_every_mistake(place: Path) -> None:
    (place / "config.toml").write_text('[service]\noutputs = "x"\n[[source]]\nid = "a b"\n')
    done = feedsvc(place, "update")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) >= 3
    assert "outputs" in done.stderr
    assert not (place / "output").exists()


def test_a_live_source_that_fails_leaves_the_rest(place: Path) -> None:
    configuration(place, extra='[[source]]\nid = "inside"\nurl = "http://127.0.0.1:9/feed"\n')
    for arguments in (["update"], ["check", "--live"]):
        done = feedsvc(place, *arguments)
        assert done.returncode == 3
        (line,) = done.stderr.splitlines()
        assert line.startswith("feedsvc: source inside: http://127.0.0.1:9/feed: ")
        assert "allow_private" in line
    rows = json.loads(feedsvc(place, "sources", "--json").stdout)
    assert [(row["id"], row["outcome"] == "ok", row["articles"]) for row in rows] == [
        ("inside", False, 0),
        ("saved", True, 4),
    ]


def test_a_damaged_state_is_said_plainly(place: Path) -> None:
    feedsvc(place, "update")
    state = place / "state" / "feedsvc.sqlite"
    state.write_bytes(b"garbage" * 2000)
    for name in ("-wal", "-shm"):
        state.with_name(state.name + name).unlink(missing_ok=True)
    done = feedsvc(place, "update")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "not a database" in done.stderr


def test_version() -> None:
    done = subprocess.run([sys.executable, "-m", "feedsvc", "--version"], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("feedsvc 0.")


def test_the_output_may_be_cut_short(place: Path) -> None:
    feedsvc(place, "update")
    piped = subprocess.run(
        f"{sys.executable} -m feedsvc events --json | head -c 1",
        shell=True, cwd=place, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (piped.stdout, piped.stderr) == ("[", "")
