"""What is not needed is not imported: counted in fresh interpreters by what they hold in the end, not by seconds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedsvc.config import load
from feedsvc.cycle import run_cycle
from tests.hostile_origin import Origin, hostile_origin
from tests.live.newsstand import rss, sent, stories
from tests.saved import small_archive, write

# What fetches, reads, cleans, matches, renders, serves and migrates.
HEAVY = {
    *("httpx", "httpcore", "h2", "lxml", "bs4", "feedparser", "nh3", "opencc", "numpy", "scipy", "feedgen"),
    *("alembic", "psycopg", "starlette", "uvicorn", "uvloop", "apscheduler", "procrastinate", "fsspec"),
}
STORE = {"sqlalchemy", "asyncio"}
ASKING = {"httpx", "httpcore", "h2"}
TERMINAL = {"rich", "pygments"}
MAKING = {"feedgen", "lxml"}  # `status` shows what status.json would say, and is in the room that makes documents
CONFIGURATION = """[service]
base_url = "https://news.example/"
keep = "365d"
allow_private = true
[[source]]
id = "saved"
path = "articles"
every = "1d"
[[source]]
id = "harbour"
url = "{url}"
every = "1d"
[[feed]]
slug = "all"
[[feed]]
slug = "quake"
any = ["地震", "地震 強震"]
"""
LISTING = """
import sys
sys.argv[0] = "feedsvc"
from feedsvc.cli import main
try:
    main()
except SystemExit as left:
    assert not left.code, left.code
print(*{name.partition(".")[0] for name, module in sys.modules.items() if module}, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An installation where all is read and published, by the clock that the commands look at."""
    folder = tmp_path_factory.mktemp("place")
    write(folder / "articles", small_archive())
    with hostile_origin() as origin:
        origin.served["news"] = sent(rss(stories(range(1, 7))))
        (folder / "config.toml").write_text(CONFIGURATION.format(url=origin.url("news")), encoding="utf-8")
        read, published = run_cycle(load(folder / "config.toml"), datetime.now(UTC), lambda *_: None)
    assert (read.articles_new, read.faults, published.events) == (10, (), 9)
    yield folder


def started(place: Path, *words: str) -> tuple[str, set[str]]:
    """What a command prints, and the packages that it has imported."""
    done = subprocess.run(
        [sys.executable, "-c", LISTING, *words], cwd=place, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, set(done.stderr.split())


@pytest.mark.parametrize("words", ["--help", "--version", "update --help"])
def test_help_imports_the_command_line_alone(place: Path, words: str) -> None:
    printed, imported = started(place, *words.split())
    assert "feedsvc" in printed
    # Of a command's options the library for command lines itself asks pydantic.
    validating = set() if words.startswith("update") else {"pydantic"}
    assert sorted(imported & (HEAVY | TERMINAL | STORE | validating)) == []


def test_the_configuration_is_checked_without_the_state(place: Path) -> None:
    printed, imported = started(place, "check")
    assert "強震" in printed
    assert sorted(imported & (HEAVY | TERMINAL | STORE)) == []


@pytest.mark.parametrize(("command", "makes"), [("sources", set()), ("status", MAKING)])
def test_how_sources_are_is_asked_without_what_reads_them(place: Path, command: str, makes: set[str]) -> None:
    printed, imported = started(place, command)
    assert "harbour" in printed
    assert sorted(imported & (HEAVY - makes)) == []


def test_an_update_with_nothing_due_imports_nothing_that_would_do_something(place: Path) -> None:
    note = place / "state" / "feedsvc.sqlite.quiet"
    note.unlink(missing_ok=True)
    said, imported = started(place, "update")
    assert "sqlalchemy" in imported
    assert sorted(imported & (HEAVY | TERMINAL)) == []
    assert note.exists()
    again, imported = started(place, "update")
    assert again == said
    assert sorted(imported & (HEAVY | TERMINAL | STORE)) == []
    asked, _ = started(place, "update", "--source", "saved")
    assert asked.startswith("4 documents")


def test_an_update_of_folders_that_finds_nothing_new_neither_cleans_nor_asks(place: Path) -> None:
    said, imported = started(place, "update", "--source", "saved")
    assert said.startswith("4 documents, 0 parsed")
    assert sorted(imported & (HEAVY | TERMINAL)) == []


def test_an_update_of_feeds_that_finds_nothing_new_asks_and_no_more(place: Path, origin: Origin) -> None:
    origin.served["news"] = sent(rss(stories(range(1, 7))))
    (place / "config.toml").write_text(CONFIGURATION.format(url=origin.url("news")), encoding="utf-8")
    started(place, "update", "--source", "harbour")
    said, imported = started(place, "update", "--source", "harbour")
    assert said.startswith("0 documents, 0 parsed; feeds: 1 asked, 1 unchanged")
    assert sorted(imported & (HEAVY | TERMINAL)) == sorted(ASKING)
