"""One configuration line, and everything is as before: the same story told with the state in a file and on a server."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc import doctor, inquiry, mending, upkeep
from feedsvc.cli.progress import silent
from feedsvc.config import Config, load
from feedsvc.corrections import by_hand
from feedsvc.errors import StateError
from feedsvc.place import Address
from feedsvc.store.moving import move
from tests.commands import feedsvc
from tests.daemon.process import running
from tests.postgresql import Server
from tests.saved import QUAKE, START, configuration, rfi, small_archive, write
from tests.test_cycle import NOW, tree, update

FEEDS = '[[feed]]\nslug = "all"\ntitle = "全部"\nlimit = 3\n[[feed]]\nslug = "quake"\nany = ["瓦努阿图"]\n'


class Pair:
    """Two installations that are told the same: the state of one is a file, of the other a database."""

    def __init__(self, folder: Path, address: Address) -> None:
        self.folders = folder / "file", folder / "server"
        for place, state in zip(self.folders, ("state/feedsvc.sqlite", address.url), strict=True):
            place.mkdir()
            configuration(place, extra=f'state = "{state}"', feeds=FEEDS)

    @property
    def configs(self) -> list[Config]:
        return [load(folder / "config.toml") for folder in self.folders]

    def bring(self, files: dict[str, str], now: datetime = NOW) -> None:
        for folder in self.folders:
            write(folder / "articles", files)
            update(folder / "config.toml", now=now)

    def agree(self) -> dict[str, bytes]:
        """What both publish and say."""
        in_a_file, on_a_server = (tree(folder / "output") for folder in self.folders)
        assert on_a_server == in_a_file
        rows = [
            [inquiry.event_rows(config), inquiry.correction_rows(config), inquiry.waiting_rows(config)]
            for config in self.configs
        ]
        assert rows[0] == rows[1]
        return in_a_file


@pytest.fixture
def pair(tmp_path: Path, state_on_postgresql: Address) -> Pair:
    return Pair(tmp_path, state_on_postgresql)


def test_events_and_bytes_are_the_same_whatever_happens(pair: Pair) -> None:
    pair.bring({})
    pair.bring(small_archive())
    first = pair.agree()
    assert len(first) > 12
    revised = rfi(
        "瓦努阿图强震27人丧生", [*QUAKE, "遇难人数升至二十七人。"], captured=START + timedelta(hours=9), slug="新"
    )
    pair.bring({"rfi/later.md": revised, "dw/empty.md": "", "rfi/quake.md": small_archive()["rfi/quake.md"]})
    pair.agree()
    for config in pair.configs:
        rows = inquiry.event_rows(config)
        keys = {article["origin"]: article["id"] for row in rows for article in row["articles"]}
        by_hand.answer(config, keys["articles/rfi/election.md"], keys["articles/rfi/markets.md"], same=True, now=NOW)
        by_hand.answer(config, keys["articles/rfi/quake.md"], keys["articles/dw/quake.md"], same=False, now=NOW)
    pair.bring({}, now=NOW + timedelta(hours=1))
    assert pair.agree() != first
    for folder in pair.folders:
        text = (folder / "config.toml").read_text()
        (folder / "config.toml").write_text(text.replace("[service]", '[service]\nkeep = "2h"'))
    pair.bring({}, now=NOW + timedelta(hours=2))
    assert len(inquiry.event_rows(pair.configs[1])) < 4
    pair.agree()


def test_a_second_update_changes_nothing(pair: Pair) -> None:
    pair.bring(small_archive())
    before = {path: path.stat().st_mtime_ns for path in (pair.folders[1] / "output").rglob("*")}
    again = update(pair.folders[1] / "config.toml")[1]
    assert again.written == ()
    assert {path: path.stat().st_mtime_ns for path in (pair.folders[1] / "output").rglob("*")} == before


@pytest.fixture
def place(pair: Pair) -> Path:
    pair.bring(small_archive())
    return pair.folders[1]


def test_what_is_for_files_says_so(pair: Pair, place: Path) -> None:
    config = pair.configs[1]
    with pytest.raises(StateError, match="this is for a state in a file; copy the database with pg_dump"):
        upkeep.backup(config, place / "copy.sqlite")
    with pytest.raises(StateError, match="this is for a state in a file; put a copy in its place with pg_restore"):
        upkeep.restore(config, place / "copy.sqlite", NOW, replace=True)
    with pytest.raises(StateError, match="this is for a state in a file"):
        mending.repair(config, NOW, aside=True)
    assert upkeep.prune(config, NOW, silent).size > 1_000_000


def findings(config: Config, now: datetime = NOW) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for finding in doctor.examine(config, now, live=False):
        found.setdefault(finding.check, []).append((finding.level, finding.words))
    return found


@pytest.mark.slow
def test_the_doctor_asks_the_server(pair: Pair, place: Path) -> None:
    found = findings(pair.configs[1])
    (answer, schema) = found["state"]
    assert answer[0] == schema[0] == "ok"
    assert re.search(r"PostgreSQL 1\d\.\d+, \d+\.\d MiB, answers in \d+\.\d ms", answer[1])
    assert found["output"] == [("ok", f"{place / 'output'}: complete, and what the state says")]
    (place / "output" / "all.atom").write_text("meddled with")
    assert [level for level, _ in findings(pair.configs[1])["output"]] == ["warn"]


def test_a_server_that_is_away_is_one_line_without_the_password(tmp_path: Path) -> None:
    configuration(tmp_path, extra='state = "postgresql://feedsvc:s3cret@127.0.0.1:1/none"')
    ((level, words),) = findings(load(tmp_path / "config.toml"))["state"]
    assert level == "bad"
    assert "refused" in words
    done = feedsvc(tmp_path, "update")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "s3cret" not in words + done.stderr


def test_a_state_is_brought_to_a_server_and_back_by_command(place: Path, pair: Pair, postgresql: Server) -> None:
    before = pair.agree()
    address = postgresql.address(postgresql.new())
    here = pair.folders[0]
    moved = feedsvc(here, "migrate-state", "state/feedsvc.sqlite", address.url)
    assert (moved.returncode, moved.stderr) == (0, "")
    assert f"tables are the same in state/feedsvc.sqlite and {address}" in moved.stdout
    configuration(here, extra=f'state = "{address.url}"', feeds=FEEDS)
    assert update(here / "config.toml")[1].written == ()
    back = move(address, here / "again.sqlite", silent)
    assert back.tables["article"].rows == 4
    configuration(here, extra='state = "again.sqlite"', feeds=FEEDS)
    assert update(here / "config.toml")[1].written == ()
    assert tree(here / "output") == before
    refused = feedsvc(here, "migrate-state", "again.sqlite", "postgresql://a:s3cret@h:x@y/z")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "s3cret" not in refused.stderr


@pytest.mark.slow
def test_a_daemon_works_on_a_server_survives_its_restart_and_ends(tmp_path: Path) -> None:
    server = Server()
    try:
        state = server.new_state()
        write(tmp_path / "articles", small_archive())
        configuration(tmp_path, extra=f'state = "{state.url}"')
        text = (tmp_path / "config.toml").read_text()
        (tmp_path / "config.toml").write_text(text.replace('path = "articles"', 'path = "articles"\nevery = "1s"'))
        with running(tmp_path, before="from feedsvc.daemon import work; work.RETRY_S = 0.1") as daemon:
            daemon.said("4 articles new")
            server.stop()
            daemon.said("see that the server runs")
            write(tmp_path / "articles", {"rfi/more.md": rfi("渡轮恢复通航", ["维拉港的渡轮星期三恢复通航。"])})
            server.start()
            daemon.said("1 articles new")
            assert daemon.end() == 0
    finally:
        server.close()


SHARED = Path(__file__).parent.parent.parent / "shared"


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / "archive").is_dir(), reason="the real articles are not beside this checkout")
def test_a_slice_of_the_archive_gives_the_same_events_and_bytes(pair: Pair) -> None:
    real = sorted((SHARED / "archive").rglob("*.md"), key=lambda path: path.name)[:400]
    for number in range(4):
        part = {path.relative_to(SHARED).as_posix(): path.read_text(encoding="utf-8") for path in real[number::4]}
        pair.bring(part, now=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number))
    assert len(pair.agree()) > 350
