"""Commands for what goes out: how webhooks and hubs are doing, and news as lines of JSON. Nothing here decides."""

from __future__ import annotations

import json
import re
import select
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feedsvc import logs
from feedsvc.cli.commands import AsJson, ConfigPath, app, known_names, load_settings, print_json
from feedsvc.errors import ConfigError

if TYPE_CHECKING:
    from feedsvc.config import Config
    from feedsvc.store import Database

LOOK_MS = 1_000  # from one look at the state to the next
NOT_TAKEN = 1


@app.command()
def webhooks(
    config: ConfigPath = Path("config.toml"),
    retry: Annotated[bool, typer.Option("--retry", help="Send again at once, also what was given up.")] = False,
    test: Annotated[
        str | None, typer.Option(metavar="SLUG", help="Send a trial to each webhook of this feed, and nothing else.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List webhooks and hubs: what waits for each, what was given up, and why."""
    settings = load_settings(config)
    if test is not None:
        known_names("--test", "feed", [test], [topic.slug for topic in settings.feeds], settings)
        _try_out(settings, test, as_json=as_json)
        return
    from feedsvc.cli import tables  # noqa: PLC0415
    from feedsvc.notify.status import target_rows  # noqa: PLC0415
    from feedsvc.store import outbox  # noqa: PLC0415

    with _opened(settings) as database:
        if retry:
            from feedsvc.notify.sending import send_due  # noqa: PLC0415

            with database.writing() as connection:
                outbox.retry(connection)
            for problem in send_due(settings, database, datetime.now(UTC)).problems:
                logs.tell(problem)
        rows = target_rows(settings, database)
    print_json(rows) if as_json else tables.print_targets(rows)


def _try_out(settings: Config, slug: str, *, as_json: bool) -> None:
    """Exit code 1 where one was not taken."""
    from feedsvc.logs import plain  # noqa: PLC0415
    from feedsvc.notify.sending import try_out  # noqa: PLC0415

    tried = try_out(settings, slug, datetime.now(UTC))
    if as_json:
        print_json([{"target": name, "problem": problem} for name, problem in tried])
    else:
        for name, problem in tried:
            print(plain(f"{name}: {problem or 'taken'}"))
        if not tried:
            print(f"feed {slug} has no [[feed.webhook]] in {settings.path}")
    if any(problem for _, problem in tried):
        raise typer.Exit(NOT_TAKEN)


@app.command()
def tail(
    feed: Annotated[str, typer.Argument(help="The feed's slug.")],
    config: ConfigPath = Path("config.toml"),
    after: Annotated[int | None, typer.Option(min=0, help="Only what follows this cursor.")] = None,
    since: Annotated[str | None, typer.Option(help="Only what was published since: 2h, 3d, or a time.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more until told to end.")] = False,
) -> None:
    """Print what became news in a feed as JSON, one object a line; the last ten unless told otherwise."""
    settings = load_settings(config)
    known_names("tail", "feed", [feed], [topic.slug for topic in settings.feeds], settings)
    begin = _time(since) if since is not None else None
    if after is not None and begin is not None:
        raise ConfigError("--after and --since are both given; give one")
    with suppress(KeyboardInterrupt), _opened(settings) as database:
        _print_news(database, feed, after, begin, follow=follow)


def _print_news(database: Database, feed: str, after: int | None, since: datetime | None, *, follow: bool) -> None:
    from feedsvc.notify import tailing  # noqa: PLC0415

    cursor = tailing.start_after(database, feed, since) if after is None else after
    if tailing.is_ahead(database, cursor):
        logs.tell("--after is of another state; beginning with the first of this one")
        cursor = 0
    while True:
        for row in tailing.rows_after(database, feed, cursor):
            print(json.dumps(row, ensure_ascii=False), flush=True)
            cursor = row["cursor"]
        if not follow or _reader_left():
            return


def _reader_left() -> bool:
    """Waits until it is time to look again, but no longer than somebody reads what is printed."""
    reader = select.poll()
    reader.register(sys.stdout, 0)
    return bool(reader.poll(LOOK_MS))


def _time(said: str) -> datetime:
    """A duration back from now, or a moment; UTC where it names no zone."""
    from feedsvc.config.schema import duration  # noqa: PLC0415

    with suppress(ValueError, OverflowError):
        if re.match(r"\d{4}-", said):
            moment = datetime.fromisoformat(said)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        return datetime.now(UTC) - duration(said)
    raise ConfigError(f'--since: "{said}" is no time; write e.g. 2h, 3d or 2026-05-01T08:00Z')


@contextmanager
def _opened(settings: Config) -> Iterator[Database]:
    from feedsvc.store import open_database  # noqa: PLC0415

    with closing(open_database(settings.service.state, create=False)) as database:
        yield database
