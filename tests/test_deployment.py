"""The files in deploy/, as far as this machine has the tools: no systemd runs here, and no container is built."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from feedsvc.cli.commands import app
from feedsvc.errors import ConfigError

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNITS = ["feedsvc.service", "feedsvc-update.service", "feedsvc-worker@.service", "feedsvc-update.timer"]
PROGRAM = "/opt/feedsvc/bin/feedsvc"
ANALYZE, CADDY = shutil.which("systemd-analyze"), shutil.which("caddy")
SYSUSERS = shutil.which("systemd-sysusers")
MOST_EXPOSED = 2.0  # of 10, as systemd-analyze counts; 9.6 without any hardening


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def units(tmp_path: Path) -> list[str]:
    """With a program that exists here."""
    program = tmp_path / "feedsvc"
    program.write_text(f"#!{sys.executable}\n")
    program.chmod(0o755)
    for name in UNITS:
        text = (DEPLOY / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(PROGRAM, str(program)), encoding="utf-8")
    return [str(tmp_path / name) for name in UNITS]


@pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze on this machine")
def test_systemd_understands_the_units(units: list[str]) -> None:
    done = run(str(ANALYZE), "verify", "--man=no", *units)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze on this machine")
@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_services_are_let_do_little(units: list[str], place: int) -> None:
    done = run(str(ANALYZE), "security", "--offline=true", "--no-pager", units[place])
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert found and float(found[1]) < MOST_EXPOSED
    for setting in ("NoNewPrivileges=yes", "ProtectSystem=strict", "User=feedsvc", "CapabilityBoundingSet=\n"):
        assert setting in Path(units[place]).read_text()


@pytest.mark.parametrize("name", UNITS)
def test_what_is_started_again_is_not_for_a_wrong_configuration(name: str) -> None:
    lines = (DEPLOY / name).read_text(encoding="utf-8").splitlines()
    assert ("Restart=on-failure" in lines) == (f"RestartPreventExitStatus={ConfigError.exit_code}" in lines)
    assert ("Restart=on-failure" in lines) == (name in ("feedsvc.service", "feedsvc-worker@.service"))


@pytest.mark.skipif(SYSUSERS is None, reason="no systemd-sysusers on this machine")
def test_the_user_can_be_made() -> None:
    done = run(str(SYSUSERS), "--dry-run", str(DEPLOY / "feedsvc.sysusers"))
    assert done.returncode == 0 and "feedsvc" in (done.stdout + done.stderr)


@pytest.mark.skipif(CADDY is None, reason="no caddy on this machine")
def test_caddy_understands_its_file() -> None:
    done = run(str(CADDY), "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile"))
    assert done.returncode == 0, done.stderr
    formatted = run(str(CADDY), "fmt", str(DEPLOY / "Caddyfile")).stdout
    assert formatted == (DEPLOY / "Caddyfile").read_text()


def commands_in(name: str) -> list[str]:
    """What a file has feedsvc do."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    return re.findall(r"^[^#\n]*?bin/feedsvc ([a-z].*?)(?: >.*)?$", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["feedsvc.service", "feedsvc-update.service", "feedsvc.crontab"])
def test_commands_and_options_exist(name: str) -> None:
    from typer.main import get_command

    known = get_command(app).commands  # type: ignore[attr-defined]
    found = commands_in(name)
    assert found
    for words in found:
        command, *options = words.split()
        accepted = {flag for parameter in known[command].params for flag in parameter.opts}
        assert {option for option in options if option.startswith("--")} <= accepted


def instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [(w, r) for w, _, r in (line.partition(" ") for line in text.splitlines() if line and line[0] != "#")]


def test_the_container_file_names_what_there_is() -> None:
    found = instructions()
    known = {
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "USER",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    }
    assert {word for word, _ in found} <= known
    copied = [name for word, rest in found if word == "COPY" and "--from" not in rest for name in rest.split()[:-1]]
    assert copied and all((ROOT / name).exists() for name in copied)
    assert ("USER", "feedsvc") in found
    words = re.findall(r'"([^"]*)"', dict(found)["CMD"])
    assert words[0] == "run" and "--serve" in words


def test_the_crontab_has_five_fields_and_a_command() -> None:
    lines = [line for line in (DEPLOY / "feedsvc.crontab").read_text().splitlines() if line and line[0] != "#"]
    assert all(re.fullmatch(r"(?:[\d*/,-]+ ){5} *\S.*", line) for line in lines) and lines


def test_what_stands_in_the_crontab_already_stays(tmp_path: Path) -> None:
    """The line of the documentation, with a crontab of our own: a file."""
    text = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^    (.*deploy/feedsvc\.crontab.*)$", text, re.MULTILINE)
    table, command = tmp_path / "table", tmp_path / "crontab"
    command.write_text(
        f'#!/bin/sh\ncase $1 in -l) cat {table};; *) cat -- "$1" > {table}.new; mv {table}.new {table};; esac\n'
    )
    command.chmod(0o755)
    ours = (DEPLOY / "feedsvc.crontab").read_text(encoding="utf-8")
    for before in ("", "0 4 * * *  backup\n"):
        table.write_text(before)
        path = f"{tmp_path}:{os.environ['PATH']}"
        subprocess.run(["sh", "-c", line], cwd=ROOT, env=os.environ | {"PATH": path}, check=True, timeout=60)
        assert table.read_text() == before + ours


def test_every_file_is_told_of() -> None:
    told = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    assert [path.name for path in DEPLOY.iterdir() if path.name not in told] == []
