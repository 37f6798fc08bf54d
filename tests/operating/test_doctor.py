"""Each thing that can be wrong is really broken, and the doctor's line is read."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from feedsvc.config import load
from feedsvc.doctor import Finding, examine
from feedsvc.doctor.machine import disk
from tests.commands import feedsvc
from tests.live.newsstand import configuration, rss, sent, source
from tests.live.service import NOW, SIX, Service
from tests.mounts import not_to_be_written


@pytest.fixture
def fresh(paper: Service) -> Service:
    paper.now = NOW - timedelta(days=5, hours=20)
    paper.serve(rss(SIX), Date=format_datetime(paper.now, usegmt=True))
    paper.update()
    return paper


def findings(service: Service, *, live: bool = False) -> list[Finding]:
    return list(examine(load(service.folder / "config.toml"), service.now, live=live))


def wrong(service: Service, *, live: bool = False) -> list[Finding]:
    return [finding for finding in findings(service, live=live) if finding.level != "ok"]


def the_wrong(service: Service, *, live: bool = False) -> Finding:
    (finding,) = wrong(service, live=live)
    assert finding.remedy and "\n" not in finding.words
    return finding


def state(service: Service) -> Path:
    return service.folder / "state" / "feedsvc.sqlite"


def test_all_is_well(fresh: Service) -> None:
    assert wrong(fresh, live=True) == []
    checks = {finding.check.split()[0] for finding in findings(fresh, live=True)}
    assert checks >= {"configuration", "state", "source", "schedule", "output", "clock", "disk", "permissions", "open"}


def test_it_changes_nothing(fresh: Service) -> None:
    before = {p: p.stat().st_mtime_ns for p in fresh.folder.rglob("*") if "-shm" not in p.name and p.is_file()}
    findings(fresh)
    after = {p: p.stat().st_mtime_ns for p in fresh.folder.rglob("*") if "-shm" not in p.name and p.is_file()}
    assert {p: t for p, t in after.items() if "sqlite" not in p.name} == {
        p: t for p, t in before.items() if "sqlite" not in p.name
    }


def test_before_the_first_update(paper: Service) -> None:
    assert the_wrong(paper).check == "state"
    assert not state(paper).exists()


def test_a_configuration_that_will_be_regretted(fresh: Service) -> None:
    path = fresh.folder / "config.toml"
    text = (
        path.read_text()
        .replace('base_url = "https://news.example/"', "")
        .replace('contact = "desk@news', 'log = "plain" #')
    )
    path.write_text(text)
    fresh.update()
    assert [(f.check, f.words.split(":")[0]) for f in wrong(fresh)] == [
        ("configuration", "no base_url"),
        ("configuration", "no contact"),
    ]


def test_a_source_that_fails(fresh: Service) -> None:
    fresh.misbehave("status?code=404")
    fresh.update("harbour")
    finding = the_wrong(fresh)
    assert (finding.check, finding.level) == ("source harbour", "bad")
    assert "404 Not Found" in finding.words and "its last good answer came 2024-03-04T16:00:00Z" in finding.words


def test_a_source_that_fails_only_now(fresh: Service) -> None:
    fresh.misbehave("status?code=404")
    assert wrong(fresh) == []
    finding = the_wrong(fresh, live=True)
    assert (finding.check, finding.level) == ("source harbour, asked now", "bad")


def test_a_source_that_was_never_read(fresh: Service) -> None:
    configuration(fresh.folder, source("harbour", fresh.origin.url("news")) + source("quay", fresh.origin.url("quay")))
    assert "source quay" in [finding.check for finding in wrong(fresh)]


@pytest.mark.parametrize(("later", "level"), [(timedelta(hours=2), "warn"), (timedelta(days=2), "bad")])
def test_nobody_runs_updates(fresh: Service, later: timedelta, level: str) -> None:
    fresh.now += later
    finding = the_wrong(fresh)
    assert (finding.check, finding.level) == ("schedule", level)
    assert "neither cron nor `feedsvc run`" in finding.words


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for page in range(4096 * 3, len(content), 4096):
        content[page : page + 512] = b"\xff" * 512
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["damaged", "cut short", "no database"])
def test_a_state_that_is_damaged(fresh: Service, how: str) -> None:
    with closing(sqlite3.connect(state(fresh))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    match how:
        case "damaged":
            damage(state(fresh))
        case "cut short":
            os.truncate(state(fresh), state(fresh).stat().st_size // 2)
        case "no database":
            state(fresh).write_bytes(b"these bytes are no database " * 400)
    found = [finding for finding in findings(fresh) if finding.check == "state"]
    assert "bad" in {finding.level for finding in found}
    assert not [f for f in findings(fresh) if f.check == "output"]


@pytest.mark.parametrize(("version", "level"), [("0003", "warn"), ("9999", "bad")])
def test_a_state_of_another_version(fresh: Service, version: str, level: str) -> None:
    with closing(sqlite3.connect(state(fresh))) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
        connection.commit()
        (before,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    found = [f for f in examine_the_state(fresh) if f.level != "ok"]
    assert [(f.check, f.level) for f in found] == [("state", level)]
    with closing(sqlite3.connect(state(fresh))) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (before,)


def examine_the_state(service: Service) -> Iterator[Finding]:
    from feedsvc.doctor.state import state as check

    return check(load(service.folder / "config.toml"))


def test_a_state_of_an_older_version_is_named_and_not_upgraded(fresh: Service) -> None:
    with closing(sqlite3.connect(state(fresh))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    assert "older than this version's" in the_wrong(fresh).words
    assert not list(state(fresh).parent.glob("*.before-*"))
    with closing(sqlite3.connect(state(fresh))) as connection, connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        connection.execute("DELETE FROM alembic_version")
    assert "names no schema" in the_wrong(fresh).words


def test_a_log_of_the_database_that_grew(fresh: Service) -> None:
    from feedsvc.doctor.state import LARGEST_LOG

    log = state(fresh).with_name("feedsvc.sqlite-wal")
    with log.open("ab") as handle:
        handle.truncate(LARGEST_LOG + 1)  # a hole: no byte of the disk
    assert "has grown to 256 MiB" in [*examine_the_state(fresh)][-1].words


def test_a_published_file_that_somebody_changed_or_took_away(fresh: Service) -> None:
    output = fresh.folder / "output"
    (output / "all.rss").write_text("mine")
    (output / "all.json").unlink()
    finding = the_wrong(fresh)
    assert (finding.check, finding.level) == ("output", "warn")
    assert "all.json, all.rss" in finding.words and "not what the state says" in finding.words
    assert (output / "all.rss").read_text() == "mine"
    fresh.update()
    assert wrong(fresh) == []


def test_a_file_that_was_left_half_written(fresh: Service) -> None:
    left = fresh.folder / "output" / ".all.atom.new"
    left.write_text("half")
    assert wrong(fresh) == []  # somebody may be writing it
    os.utime(left, (time.time() - 7200,) * 2)
    assert ".all.atom.new: left by an update" in the_wrong(fresh).words


def test_nothing_published_yet(fresh: Service) -> None:
    shutil.rmtree(fresh.folder / "output")
    assert "nothing is published yet" in the_wrong(fresh).words


def test_an_output_that_may_not_be_written(fresh: Service) -> None:
    with not_to_be_written(fresh.folder / "output"):
        assert "may not write there" in the_wrong(fresh).words
    assert wrong(fresh) == []


def test_an_address_with_a_password_that_everybody_may_read(fresh: Service) -> None:
    configuration(fresh.folder, source("harbour", fresh.origin.url("news").replace("//", "//reader:geheim@")))
    fresh.update()
    (fresh.folder / "config.toml").chmod(0o640)
    state(fresh).chmod(0o644)
    finding = the_wrong(fresh)
    assert finding.check == "permissions" and finding.remedy == f"chmod o= {state(fresh)}"
    assert "geheim" not in finding.words
    state(fresh).chmod(0o600)
    assert wrong(fresh) == []


@pytest.mark.parametrize(
    "password",
    ["ge[heim", *(pytest.param(p, marks=pytest.mark.slow) for p in ("ge]heim", "ge％heim", "geheim：", "ge／heim"))],
)
def test_a_password_that_parsers_of_addresses_stumble_over(fresh: Service, password: str) -> None:
    url = fresh.origin.url("news").replace("//", f"//reader:{quote(password)}@")
    configuration(fresh.folder, source("harbour", url))
    said = (fresh.folder / "config.toml").read_text("utf-8").replace(quote(password), password)
    (fresh.folder / "config.toml").write_text(said, "utf-8")
    asked = [sys.executable, "-m", "feedsvc", "doctor", "--config", str(fresh.folder / "config.toml")]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in told.stderr and "heim" not in told.stdout + told.stderr


def test_a_clock_that_was_ahead(fresh: Service) -> None:
    fresh.now -= timedelta(minutes=30)
    assert [f.check for f in wrong(fresh)] == ["clock"]


def test_a_clock_that_differs_from_the_servers(fresh: Service) -> None:
    fresh.origin.served["news"] = sent(rss(SIX), Date=format_datetime(fresh.now + timedelta(minutes=20), usegmt=True))
    finding = the_wrong(fresh, live=True)
    assert (finding.check, finding.level) == ("clock", "bad")
    assert "20 minutes behind" in finding.words


def test_a_disk_without_room(fresh: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load(fresh.folder / "config.toml")
    there = os.statvfs(fresh.folder)
    free = there.f_bavail * there.f_frsize
    monkeypatch.setattr("feedsvc.doctor.machine.LEAST_FREE", free * 2)
    assert {finding.level for finding in disk(config)} == {"bad"}
    monkeypatch.setattr("feedsvc.doctor.machine.LEAST_FREE", 1)
    monkeypatch.setattr("feedsvc.doctor.machine.ENOUGH_FREE", free * 2)
    assert {finding.level for finding in disk(config)} == {"warn"}
    far = replace(config, service=replace(config.service, output=fresh.folder / "not" / "there"))
    assert len(list(disk(far))) == 2


@pytest.mark.slow
def test_few_open_files(fresh: Service) -> None:
    done = feedsvc_with_few_files(fresh.folder)
    assert "warn open files: only 200 files may be open at once" in done


def feedsvc_with_few_files(folder: Path) -> str:
    import subprocess
    import sys

    return subprocess.run(
        [sys.executable, "-m", "feedsvc", "doctor"],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200)),
    ).stdout  # fmt: skip


def test_as_a_user_sees_it(fresh: Service) -> None:
    done = feedsvc(fresh.folder, "doctor", "--json")
    rows = json.loads(done.stdout)
    assert {row["level"] for row in rows} == {"ok", "bad"}  # nobody has run updates since 2024
    assert done.returncode == 1 and done.stderr == ""
    (bad,) = (row for row in rows if row["level"] == "bad")
    assert bad["check"] == "schedule"
    words = feedsvc(fresh.folder, "doctor").stdout.splitlines()
    assert len(words) == len(rows)
    assert [line for line in words if line.startswith("bad ")] == [f"bad schedule: {bad['words']}: {bad['remedy']}"]
    (fresh.folder / "config.toml").write_text("[service]\nstat = 1\n")
    done = feedsvc(fresh.folder, "doctor")
    assert done.returncode == 2 and "unknown key" in done.stderr
