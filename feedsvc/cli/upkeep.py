"""Commands for the state: prune, backup, restore, repair, migrate-state. Nothing here decides."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from feedsvc.cli.commands import AsJson, ConfigPath, app, load_settings, print_json
from feedsvc.errors import ConfigError
from feedsvc.place import Place, place_of

BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]


@app.command()
def prune(
    config: ConfigPath = Path("config.toml"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be dropped.")] = False,
    as_json: AsJson = False,
) -> None:
    """Drop what is older than `keep` from the state, as updates do, and give room back to the disk."""
    from feedsvc import upkeep  # noqa: PLC0415
    from feedsvc.cli.progress import shown_progress  # noqa: PLC0415

    settings = load_settings(config)
    if dry_run:
        found = upkeep.prunable(settings)
        words = "would be dropped"
        rest: dict[str, object] = {}
    else:
        with shown_progress(lines=not as_json) as progress:
            pruned = upkeep.prune(settings, datetime.now(UTC), progress)
        found, words = pruned.dropped, "dropped"
        rest = {"size": pruned.size, "given_back": pruned.given_back, "remark": pruned.remark}
    if as_json:
        print_json(asdict(found) | rest)
        return
    if settings.service.keep is None:
        print("[service] keep is not set: nothing is ever too old")
    print(f"{words}: {found.events} events, {found.articles} articles with {found.revisions} revisions")
    if not dry_run:
        print(f"the state has {pruned.size} bytes; {pruned.remark or f'{pruned.given_back} were given back'}")


@app.command()
def backup(file: BackupFile, config: ConfigPath = Path("config.toml"), as_json: AsJson = False) -> None:
    """Copy the state, and the corrections, as of this moment; others may be at work."""
    from feedsvc import upkeep  # noqa: PLC0415

    written = upkeep.backup(load_settings(config), file)
    print_json({"written": list(map(str, written))}) if as_json else print("\n".join(f"{p} written" for p in written))


@app.command()
def restore(
    file: BackupFile,
    config: ConfigPath = Path("config.toml"),
    replace: Annotated[bool, typer.Option("--replace", help="Move the state that is there aside.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the state, once it proved to be sound."""
    from feedsvc import upkeep  # noqa: PLC0415

    settings = load_settings(config)
    aside = upkeep.restore(settings, file, datetime.now(UTC), replace=replace)
    if as_json:
        print_json({"state": str(settings.service.state), "aside": aside and str(aside)})
        return
    print(f"{settings.service.state} is as of {file}" + (f"; what was there is {aside} now" if aside else ""))
    print("run `feedsvc update` to publish; corrections made since: `feedsvc corrections --import` their journal")


@app.command()
def repair(
    config: ConfigPath = Path("config.toml"),
    move_aside: Annotated[bool, typer.Option("--move-aside", help="Give a damaged state another name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say whether the state is sound. Exit code 1: it is damaged, and was not moved aside."""
    from feedsvc import mending  # noqa: PLC0415

    settings = load_settings(config)
    moved = mending.repair(settings, datetime.now(UTC), aside=move_aside)
    if as_json:
        print_json({"sound": moved is None, "aside": moved and str(moved)})
    elif moved is None:
        print(f"{settings.service.state} is sound; nothing was done")
    else:
        print(f"{settings.service.state} was damaged and is {moved} now; run `feedsvc update` to begin anew")


@app.command("migrate-state")
def migrate_state(
    origin: Annotated[str, typer.Argument(metavar="FROM", help="A file, or a postgresql:// address.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Where nothing is yet: likewise.")],
    config: ConfigPath = Path("config.toml"),
    as_json: AsJson = False,
) -> None:
    """Copy a state from one place to another, compare both, and say so. Cut short, it goes on when asked again."""
    from feedsvc.cli.progress import shown_progress  # noqa: PLC0415
    from feedsvc.store.moving import move  # noqa: PLC0415

    places = [_place("FROM", origin), _place("TO", target)]
    output = load_settings(config).service.output
    if isinstance(places[1], Path) and output in places[1].absolute().parents:
        raise ConfigError(f"TO: {target}: lies in the output folder, which is published; choose another place")
    with shown_progress(lines=not as_json) as progress:
        moved = move(places[0], places[1], progress)
    if as_json:
        tables = {name: asdict(table) for name, table in moved.tables.items()}
        print_json({"rows": moved.rows, "resumed": moved.resumed, "tables": tables})
        return
    went_on = "went on where it had been cut short; " if moved.resumed else ""
    print(f"{went_on}{moved.rows} rows in {len(moved.tables)} tables are the same in {places[0]} and {places[1]}")
    print(f"the old one is as it was; to use the new one, set [service] state in {config}")


def _place(name: str, stated: str) -> Place:
    try:
        return place_of(stated)
    except ValueError:
        words = "is no PostgreSQL address; write postgresql://user@host:5432/name, with %40 for an @ in the password"
        raise ConfigError(f"{name}: {words}") from None
