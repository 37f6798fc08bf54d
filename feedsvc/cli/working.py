"""The command for many machines: one of any number of processes that share the work on one PostgreSQL state."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from feedsvc import logs
from feedsvc.cli.commands import ConfigPath, app
from feedsvc.cli.running import lasting
from feedsvc.errors import ConfigError

ALL = "fetch,match,publish"


@app.command()
def worker(
    config: ConfigPath = Path("config.toml"),
    queues: Annotated[str, typer.Option(metavar="NAMES", help="What this one does; several with commas.")] = ALL,
    concurrency: Annotated[int, typer.Option(min=1, max=100, help="Jobs at once.")] = 4,
) -> None:
    """Do a share of the work, with any number of others on the same PostgreSQL state, until told to end.

    SIGHUP, or a change of the file, reads the configuration again; SIGTERM and SIGINT end after what is under way.
    """
    from feedsvc.daemon import Settings  # noqa: PLC0415
    from feedsvc.place import Address  # noqa: PLC0415

    chosen = _chosen(queues)
    settings = Settings(config, lasting)
    logs.set_up(settings.config.service.log, timed=True)
    state = settings.config.service.state
    if not isinstance(state, Address):
        raise ConfigError(
            f'{config}: [service] state: workers share a PostgreSQL database; write state = "postgresql://…", '
            "or let `feedsvc run` do the work alone"
        )
    try:
        from feedsvc.worker import WorkerProcess  # noqa: PLC0415 - needs what only PostgreSQL's users have
    except ModuleNotFoundError as error:
        raise ConfigError(f'{error.name} is missing: pip install "feedsvc[postgresql]"') from error
    raise typer.Exit(WorkerProcess(settings, state, chosen, concurrency).run())


def _chosen(queues: str) -> list[str]:
    known = ALL.split(",")
    asked = [name.strip() for name in queues.split(",") if name.strip()]
    if unknown := [name for name in asked if name not in known] or ([""] if not asked else []):
        raise ConfigError(*(f'--queues: no queue "{name}"; there are: {", ".join(known)}' for name in unknown))
    return [name for name in known if name in asked]
