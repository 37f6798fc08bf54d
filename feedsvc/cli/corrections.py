"""The commands that correct events by hand: join, split, review, corrections. Nothing here decides."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feedsvc.cli.commands import AsJson, ConfigPath, app, load_settings, print_json
from feedsvc.errors import ConfigError

if TYPE_CHECKING:
    from feedsvc.config import Config
    from feedsvc.corrections import Change

EventName = Annotated[str, typer.Argument(help="An event's id, or the path or URL of its page.")]
ArticleNames = Annotated[
    list[str], typer.Argument(help="Articles' ids or URLs, or the paths of their saved documents.")
]


@app.command()
def join(
    event: EventName,
    other: Annotated[str, typer.Argument(help="Another's.")],
    config: ConfigPath = Path("config.toml"),
    as_json: AsJson = False,
) -> None:
    """Make one event of two: the older one lives on."""
    from feedsvc import corrections  # noqa: PLC0415

    _say(corrections.join(load_settings(config), event, other, datetime.now(UTC)), as_json=as_json)


@app.command()
def split(
    event: EventName, article: ArticleNames, config: ConfigPath = Path("config.toml"), as_json: AsJson = False
) -> None:
    """Have articles leave an event and form another one together."""
    from feedsvc import corrections  # noqa: PLC0415

    _say(corrections.split(load_settings(config), event, article, datetime.now(UTC)), as_json=as_json)


def _say(change: Change, *, as_json: bool) -> None:
    from feedsvc.cli import tables  # noqa: PLC0415

    if as_json:
        print_json(asdict(change))
    else:
        tables.print_changes([change])
        print(tables.PUBLISH)


@app.command()
def review(config: ConfigPath = Path("config.toml"), as_json: AsJson = False) -> None:
    """Decide pairs of articles that the score was unsure about, one by one. With --json: list them."""
    from feedsvc import inquiry  # noqa: PLC0415
    from feedsvc.cli.review import review_pairs  # noqa: PLC0415

    settings = load_settings(config)
    if as_json:
        print_json(inquiry.waiting_rows(settings)[1])
    elif sys.stdin.isatty() and sys.stdout.isatty():
        review_pairs(settings)
    else:
        raise ConfigError("review: needs a terminal; `feedsvc review --json` lists the waiting pairs")


@app.command()
def corrections(
    config: ConfigPath = Path("config.toml"),
    export: Annotated[Path | None, typer.Option("--export", help="Write them to this file, as labels.")] = None,
    import_: Annotated[Path | None, typer.Option("--import", help="Take in this journal of another state.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what was corrected by hand; write it as labels of events, or take it in from another machine."""
    from feedsvc import inquiry  # noqa: PLC0415
    from feedsvc.cli import tables  # noqa: PLC0415

    settings = load_settings(config)
    if export is not None and import_ is not None:
        raise ConfigError("corrections: --export and --import do not go together; give one of them")
    if export is not None:
        _export(settings, export, as_json=as_json)
    elif import_ is not None:
        _import(settings, import_, as_json=as_json)
    else:
        rows = inquiry.correction_rows(settings)
        print_json(rows) if as_json else tables.print_corrections(rows)


def _export(settings: Config, path: Path, *, as_json: bool) -> None:
    from feedsvc.corrections import export  # noqa: PLC0415

    written, unknown = export(settings, path)
    if as_json:
        print_json({"file": str(path), "articles": written, "unknown": unknown})
        return
    print(f"{written} articles written to {path}")
    if unknown:
        print(f"feedsvc: {unknown} corrected articles are in no event of this state: left out", file=sys.stderr)


def _import(settings: Config, path: Path, *, as_json: bool) -> None:
    from feedsvc.cli import tables  # noqa: PLC0415
    from feedsvc.corrections import take_in  # noqa: PLC0415

    taken = take_in(settings, path)
    if as_json:
        print_json(asdict(taken))
        return
    print(f"{taken.read} corrections read from {path}, {taken.new} of them new")
    tables.print_changes(taken.changes)
    if taken.changes:
        print(tables.PUBLISH)
