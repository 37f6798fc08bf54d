"""The commands that add sources to the configuration: import and add. Nothing here decides."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feedsvc.cli.commands import AsJson, ConfigPath, app, load_settings, print_json

if TYPE_CHECKING:
    from feedsvc.subscriptions import Preview


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A list of feeds in OPML, as feed readers export it.")],
    config: ConfigPath = Path("config.toml"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be added, and add nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add the feeds of a subscription list to the configuration; those that it has already are named and left."""
    from feedsvc.cli import proposals  # noqa: PLC0415
    from feedsvc.config import add_sources  # noqa: PLC0415
    from feedsvc.subscriptions import plan_import  # noqa: PLC0415

    plan = plan_import(load_settings(config), file)
    if plan.new and not dry_run:
        add_sources(config, plan.new)
    if as_json:
        new = [proposals.source_row(source) for source in plan.new]
        passed = [asdict(feed) for feed in plan.passed]
        print_json({"added": not dry_run, "sources": new, "passed_over": passed})
    else:
        proposals.print_plan(plan, config, dry_run=dry_run)


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="Address of a feed or of a page that names one; or e.g. rfi/cn.")],
    config: ConfigPath = Path("config.toml"),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Add it without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a feed would give, and add it to the configuration. Without a terminal and without --yes: only show."""
    from feedsvc.cli import proposals  # noqa: PLC0415
    from feedsvc.config import NewSource, add_sources  # noqa: PLC0415
    from feedsvc.subscriptions import preview, shortcut  # noqa: PLC0415
    from feedsvc.text import rfc3339  # noqa: PLC0415

    shown = preview(load_settings(config), shortcut(url) or NewSource("", url), datetime.now(UTC))
    if not as_json:
        proposals.print_preview(shown)
    added = not shown.known_as and (yes or (not as_json and _agreed(config)))
    if added:
        add_sources(config, [shown.source])
    if as_json:
        newest = shown.newest and rfc3339(shown.newest)
        row = {"source": proposals.source_row(shown.source), "newest": newest, "added": added}
        print_json(asdict(shown) | row)
    else:
        print(_outcome(shown, config, added=added))


def _agreed(config: Path) -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    try:
        return input(f"Add it to {config}? (y)es, (n)o: ").strip().lower()[:1] == "y"
    except EOFError:
        return False


def _outcome(shown: Preview, config: Path, *, added: bool) -> str:
    from feedsvc.cli.proposals import UPDATE  # noqa: PLC0415

    if shown.known_as:
        then = "nothing was added" if shown.known_enabled else "set its enabled = true to have it read"
        return f'{config} has this feed already, as the source "{shown.known_as}"; {then}'
    if added:
        return f'added to {config} as "{shown.source.id}". {UPDATE}'
    return "nothing was added; with --yes it is, without a question"
