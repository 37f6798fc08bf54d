"""feedsvc import, add and sources --catalogue as a user types them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from feedsvc.config import load
from tests.hostile_origin import Origin, always, response
from tests.test_cli import feedsvc

ITEM = "<item><title>Tide &#x202e;tables &amp;lt;1&amp;gt; [red]</title><link>https://harbour.example/1</link></item>"
FEED = f'<rss version="2.0"><channel><title>Harbour</title>{ITEM}</channel></rss>'
always("cli-feed", response("200 OK", FEED.encode(), Content_Type="application/rss+xml"))
LIST = """<opml version="1.0"><body><outline text="Ships">
<outline text="Pier" xmlUrl="https://pier.example/rss"/><outline text="Pier again" xmlUrl="http://pier.example/rss#x"/>
</outline></body></opml>"""
CONFIG = """# my own words
[service]
allow_private = true

[[source]]
id = "saved"
path = "articles"   # stays

# feeds
[[feed]]
slug = "all"
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "list.opml").write_text(LIST, encoding="utf-8")
    return tmp_path


def ids(place: Path) -> list[str]:
    return [source.id for source in load(place / "config.toml").sources]


def test_import_adds_what_is_new_and_names_the_rest(place: Path) -> None:
    done = feedsvc(place, "import", "list.opml")
    assert (done.returncode, done.stderr) == (0, "")
    assert "added: pier Pier https://pier.example/rss" in done.stdout
    assert 'passed over: Pier again http://pier.example/rss#x: is the source "pier" already' in done.stdout
    assert ids(place) == ["saved", "pier"]
    text = (place / "config.toml").read_text(encoding="utf-8")
    assert all(line in text.splitlines() for line in CONFIG.splitlines())
    again = feedsvc(place, "import", "list.opml", "--json")
    assert json.loads(again.stdout)["sources"] == []
    assert (place / "config.toml").read_text(encoding="utf-8") == text


def test_a_dry_run_prints_what_it_would_add_and_adds_nothing(place: Path) -> None:
    done = feedsvc(place, "import", "list.opml", "--dry-run")
    assert tomllib.loads(
        "\n".join(line for line in done.stdout.splitlines() if not line.startswith("passed over"))
    ) == {"source": [{"id": "pier", "name": "Pier", "url": "https://pier.example/rss"}]}
    shown = json.loads(feedsvc(place, "import", "list.opml", "--dry-run", "--json").stdout)
    assert [source["id"] for source in shown["sources"]] == ["pier"]
    assert (shown["added"], [feed["title"] for feed in shown["passed_over"]]) == (False, ["Pier again"])
    assert (place / "config.toml").read_text(encoding="utf-8") == CONFIG


def test_a_bad_list_is_one_line_and_exit_code_2(place: Path) -> None:
    (place / "list.opml").write_text("<html>", encoding="utf-8")
    done = feedsvc(place, "import", "list.opml")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("feedsvc: list.opml is ")


def test_add_without_a_terminal_only_shows(place: Path, origin: Origin) -> None:
    done = feedsvc(place, "add", origin.url("cli-feed"))
    assert (done.returncode, done.stderr) == (0, "")
    assert 'id = "harbour"' in done.stdout
    assert "Tide tables <1> [red]" in done.stdout
    assert "\u202e" not in done.stdout
    assert "nothing was added" in done.stdout
    assert (place / "config.toml").read_text(encoding="utf-8") == CONFIG


def test_add_yes_writes_it_once(place: Path, origin: Origin) -> None:
    done = feedsvc(place, "add", origin.url("cli-feed"), "--yes")
    assert done.returncode == 0
    assert ids(place) == ["saved", "harbour"]
    again = feedsvc(place, "add", origin.url("cli-feed"), "--yes")
    assert (again.returncode, ids(place)) == (0, ["saved", "harbour"])
    assert 'has this feed already, as the source "harbour"' in again.stdout


def test_add_json(place: Path, origin: Origin) -> None:
    shown = json.loads(feedsvc(place, "add", origin.url("cli-feed"), "--json").stdout)
    assert (shown["source"]["id"], shown["items"], shown["newest"], shown["added"]) == ("harbour", 1, None, False)
    assert json.loads(feedsvc(place, "add", origin.url("cli-feed"), "--json", "--yes").stdout)["added"] is True


@pytest.mark.parametrize(("answer", "added"), [("y", True), ("n", False), ("", False), ("\x04", False)])
def test_add_asks_on_a_terminal(place: Path, origin: Origin, answer: str, added: bool) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "feedsvc", "add", origin.url("cli-feed")]
    with subprocess.Popen(command, cwd=place, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while b"(y)es, (n)o: " not in shown:
            shown += os.read(ours, 4096)
        os.write(ours, answer.encode() if answer == "\x04" else answer.encode() + b"\n")
        assert process.wait(60) == 0
    os.close(ours)
    assert ids(place) == (["saved", "harbour"] if added else ["saved"])


@pytest.mark.parametrize(("url", "code"), [("news.example", 2), ("rfi/xx", 2), ("http://127.0.0.1:1/", 1)])
def test_add_says_in_one_line_what_is_wrong(place: Path, url: str, code: int) -> None:
    done = feedsvc(place, "add", url)
    assert done.returncode == code
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("feedsvc: ")


def test_the_catalogue_prints_lines_for_the_configuration(tmp_path: Path) -> None:
    done = feedsvc(tmp_path, "sources", "--catalogue", "rfi")
    assert (done.returncode, done.stderr) == (0, "")
    assert "not tried by this release" in done.stdout
    printed = tomllib.loads(done.stdout)["source"]
    assert {
        "id": "rfi-cn",
        "name": "RFI 简体中文",
        "url": "https://www.rfi.fr/cn/rss",
        "language": "zh-Hans",
        "every": "30m",
    } in printed
    rows = json.loads(feedsvc(tmp_path, "sources", "--catalogue", "rfi", "--json").stdout)
    assert [{key: row[key] for key in row if key != "shortcut"} for row in rows] == printed
    assert rows[0]["shortcut"] == "rfi/cn"


def test_an_unknown_publisher_of_the_catalogue(tmp_path: Path) -> None:
    done = feedsvc(tmp_path, "sources", "--catalogue", "bbc")
    assert (done.returncode, done.stderr) == (2, 'feedsvc: the catalogue has no publisher "bbc"; it has rfi, dw\n')
