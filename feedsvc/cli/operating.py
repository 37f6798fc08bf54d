"""Commands for who runs the service: how it is doing. Nothing here decides."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from feedsvc.cli.commands import AsJson, ConfigPath, app, load_settings, print_json
from feedsvc.errors import FeedsvcError
from feedsvc.logs import plain


@app.command()
def status(
    config: ConfigPath = Path("config.toml"),
    prometheus: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write figures for Prometheus' textfile collector; - prints them."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How the service is doing: what needs attention, and of each source when it was read and is due."""
    from feedsvc import condition, exposition  # noqa: PLC0415
    from feedsvc.cli import tables  # noqa: PLC0415

    told = condition.status(load_settings(config))
    if prometheus:
        figures = "".join(f"{line}\n" for line in exposition.lines(exposition.of_status(told)))
        sys.stdout.write(figures) if str(prometheus) == "-" else _put_in_place(prometheus, figures)
    elif as_json:
        print_json(told)
    else:
        tables.print_status(told)


def _put_in_place(path: Path, words: str) -> None:
    """Whole or not at all: a collector may read at any moment."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_text(words, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise FeedsvcError(f"{path}: cannot write: {error.strerror}; choose a file in a folder of this user") from error


@app.command()
def doctor(
    config: ConfigPath = Path("config.toml"),
    live: Annotated[bool, typer.Option("--live", help="Also ask each source now, and compare clocks.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check configuration, state, sources, schedule, output and machine; say what to do.

    Exit code 0: nothing is bad; 1: something is; 2: the configuration is wrong.
    """
    from feedsvc.doctor import examine  # noqa: PLC0415

    findings = []
    for finding in examine(load_settings(config), datetime.now(UTC), live=live):
        findings.append(finding)
        if not as_json:
            remedy = f": {finding.remedy}" if finding.remedy else ""
            print(plain(f"{finding.level:4} {finding.check}: {finding.words}{remedy}"))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    if any(finding.level == "bad" for finding in findings):
        raise typer.Exit(1)
