"""The command that serves the output folder."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feedsvc import logs
from feedsvc.cli.commands import ConfigPath, app
from feedsvc.errors import ConfigError

if TYPE_CHECKING:
    from feedsvc.config import Config
    from feedsvc.web import Part, Published


Host = Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 or :: for all of this machine.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")]


@app.command()
def serve(
    config: ConfigPath = Path("config.toml"),
    host: Host = "127.0.0.1",
    port: Port = 8080,
    access_log: Annotated[bool, typer.Option(help="A line on standard output for each request.")] = True,
) -> None:
    """Serve the output folder over HTTP until told to end."""
    from feedsvc import web  # noqa: PLC0415
    from feedsvc.config import load  # noqa: PLC0415

    settings = load(config)
    output, form = _folder(settings), settings.service.log
    if not (output / "index.html").is_file():
        logs.tell(f"{output}: nothing is published yet; run `feedsvc update`", level=logging.WARNING)
    with parts(settings, partial(_published_figures, output)) as served:
        logs.set_up(form, timed=True)
        web.serve(
            published(settings), host, port, served, web.AccessLog(sys.stdout if access_log else None, logs.asked(form))
        )


def published(settings: Config) -> Published:
    """What there is to serve."""
    from feedsvc import web  # noqa: PLC0415

    service = settings.service
    private = frozenset(feed.slug for feed in settings.feeds if feed.private)
    hub = next(iter(service.hub_addresses), "")
    return web.Published(_folder(settings), settings.freshness, service.base_url, hub, private)


def _folder(settings: Config) -> Path:
    output = settings.service.output
    if isinstance(output, Path):
        return output
    raise ConfigError(
        f"{settings.path}: service.output: {output} is served by its storage, or by what stands before it, not by "
        "feedsvc; leave out `serve`, or write the path of a folder"
    )


@contextmanager
def parts(settings: Config, figures: Callable[[], Iterable[str]]) -> Iterator[list[Part]]:
    """What else the server does. `figures`: for Prometheus, beside its own."""
    from feedsvc import web  # noqa: PLC0415

    with _hub(settings) if settings.service.built_in_hub else nullcontext() as hub:
        yield [web.Part(metrics=figures), *([hub] if hub else [])]


def _published_figures(output: Path) -> Iterable[str]:
    """From what is published: the server reads nothing else."""
    from feedsvc import exposition  # noqa: PLC0415

    try:
        status = json.loads((output / "status.json").read_bytes())
        return list(exposition.lines(exposition.of_status(status)))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []


def _hub(settings: Config) -> AbstractContextManager[Part]:
    from feedsvc.hub import opened  # noqa: PLC0415 - only a hub opens the state

    return opened(settings)
