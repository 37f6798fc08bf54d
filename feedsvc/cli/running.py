"""The command that goes on for ever."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feedsvc import logs
from feedsvc.cli.commands import ConfigPath, app
from feedsvc.cli.serving import Host, Port, parts, published
from feedsvc.errors import FeedsvcError

if TYPE_CHECKING:
    from feedsvc.config import Config
    from feedsvc.daemon import Settings
    from feedsvc.web import Server


@app.command()
def run(
    config: ConfigPath = Path("config.toml"),
    serve: Annotated[bool, typer.Option("--serve", help="Serve the output folder too.")] = False,
    host: Host = "127.0.0.1",
    port: Port = 8080,
) -> None:
    """Keep the feeds up to date until told to end: each source when it is due, published as soon as it changed.

    SIGHUP, or a change of the file, reads the configuration again; SIGTERM and SIGINT end after what is under way.
    """
    from feedsvc.daemon import Daemon, Settings  # noqa: PLC0415

    settings = Settings(config, _lasting_while_serving if serve else lasting)
    logs.set_up(settings.config.service.log, timed=True)
    with _serving(settings, host, port) if serve else nullcontext() as server:
        code = Daemon(settings, server).run()
    raise typer.Exit(code)


def lasting(config: Config) -> dict[str, object]:
    return {"state": config.service.state, "log": config.service.log}


def _lasting_while_serving(config: Config) -> dict[str, object]:
    """What the server was told when it began, too."""
    service = config.service
    told = {"output": service.output, "base_url": service.base_url, "hub": service.hub_addresses}
    private = {feed.slug for feed in config.feeds if feed.private}  # else a new one would be told of to all the world
    return lasting(config) | told | {"which feeds are private": private}


def _figures(config: Config) -> Iterable[str]:
    """From the state, which knows more than what is published."""
    from feedsvc import condition, exposition  # noqa: PLC0415

    try:
        return list(exposition.lines(exposition.of_status(condition.status(config))))
    except FeedsvcError as error:
        logs.tell(str(error))
        return []


@contextmanager
def _serving(settings: Settings, host: str, port: int) -> Iterator[Server]:
    from feedsvc import mending, web  # noqa: PLC0415

    config = settings.config
    with ExitStack() as stack:

        def opened() -> list[web.Part]:
            figures = lambda: _figures(settings.config)  # noqa: E731 - of the one that is in force when asked
            return stack.enter_context(parts(config, figures))

        # A hub opens the state, before any turn could mend it.
        served = mending.despite_damage(config, opened, lambda: datetime.now(UTC))
        server = web.Server(published(config), host, port, served)
        web.allow_many_connections()
        logging.getLogger(__name__).info("serving %s at %s", config.service.output, server.url)
        yield server
