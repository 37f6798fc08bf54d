"""The commands and their options. Nothing here decides.

Rooms are imported by the command that needs them, so that `feedsvc --help` answers at once.
"""

from __future__ import annotations

import enum
import gc
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feedsvc import __version__, logs
from feedsvc.errors import ConfigError, FeedsvcError

if TYPE_CHECKING:
    from feedsvc.config import Config
    from feedsvc.ingest import IngestReport
    from feedsvc.model import Fault
    from feedsvc.publish import PublishReport

PUBLISHED_BUT_A_SOURCE_FAILED = 3
# New objects, after which garbage is looked for. With the interpreter's own 700 that takes a tenth of a short command:
# nearly all that it makes are modules, which stay.
OBJECTS_BETWEEN_COLLECTIONS = 3_000

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
ConfigPath = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class LogForm(enum.Enum):
    plain = "plain"
    json = "json"


class LogLevel(enum.Enum):
    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


def main() -> None:
    """Run a command; say a foreseen error in one line each and leave with its exit code."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    logs.set_up()
    try:
        app()
    except FeedsvcError as error:
        for line in str(error).splitlines():
            logs.tell(line)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has seen enough (`feedsvc events | head`).
        sys.stderr.close()
        sys.exit(0)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"feedsvc {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    log_format: Annotated[
        LogForm | None, typer.Option(help="How problems are told; [service] log where not given.")
    ] = None,
    log_level: Annotated[LogLevel | None, typer.Option(help="The least that is told.")] = None,
) -> None:
    """One clean feed per topic: every event once, from every source."""
    logs.ask(log_format.value if log_format else "", log_level.value if log_level else "")
    logs.set_up()


@app.command()
def update(
    config: ConfigPath = Path("config.toml"),
    source: Annotated[list[str] | None, typer.Option(help="Only this source, due or not; may be repeated.")] = None,
    wait: Annotated[str, typer.Option(metavar="DURATION", help="For another update or daemon at work.")] = "60s",
    as_json: AsJson = False,
) -> None:
    """Read what is due, match it, publish what changed.

    Exit code 0: all well; 3: published, but a source failed; 2: the configuration is wrong; 1: anything else.
    """
    from feedsvc import quiet  # noqa: PLC0415

    settings = load_settings(config)
    only = source or []
    known_names("--source", "source", only, [known.id for known in settings.sources], settings)
    wait_s = _seconds("--wait", wait)
    nothing_to_do = None if only else quiet.reports(settings, datetime.now(UTC))
    ingested, published = nothing_to_do or _run_cycle(settings, only, wait_s, lines=not as_json)
    for fault in ingested.faults:
        _print_fault(fault)
    for id_ in published.held_for:
        logs.tell(f"source {id_}: failed before this state knew its articles; the feeds stay as they were", id_)
    if as_json:
        print_json(
            {name: getattr(ingested, name) for name in ingested.__slots__ if name != "faults"}
            | {"events": published.events, "files_written": published.written}
            | {"faults": [{"source": f.source, "origin": f.origin, "problem": f.problem} for f in ingested.faults]}
        )
    else:
        print(
            f"{ingested.documents_seen} documents, {ingested.documents_parsed} parsed; {_fetched(ingested)}"
            f"articles: {ingested.articles_new} new, {ingested.articles_revised} revised; "
            f"events: {ingested.events_founded} new, {published.events} published; "
            f"{len(published.written)} files changed in {settings.service.output}"
        )
    if not nothing_to_do:
        _send_news(settings)
    if ingested.faults:
        raise typer.Exit(PUBLISHED_BUT_A_SOURCE_FAILED)


def _run_cycle(
    settings: Config, only: Sequence[str], wait_s: float, *, lines: bool
) -> tuple[IngestReport, PublishReport]:
    from feedsvc import cycle  # noqa: PLC0415
    from feedsvc.cli.progress import shown_progress  # noqa: PLC0415

    with shown_progress(lines=lines) as progress:
        return cycle.run_when_free(settings, lambda: datetime.now(UTC), progress, only, wait_s)


def _send_news(settings: Config) -> None:
    from feedsvc import cycle  # noqa: PLC0415

    for problem in cycle.tell(settings, datetime.now(UTC)):
        logs.tell(problem)


def _fetched(ingested: IngestReport) -> str:
    if not ingested.feeds_asked:
        return ""
    pages = f", {ingested.pages_read} pages" if ingested.pages_read else ""
    return f"feeds: {ingested.feeds_asked} asked, {ingested.feeds_unchanged} unchanged{pages}; "


@app.command()
def check(
    config: ConfigPath = Path("config.toml"),
    live: Annotated[bool, typer.Option("--live", help="Also look at each source.")] = False,
) -> None:
    """Check the configuration and print it with every default filled in."""
    from feedsvc.config import effective  # noqa: PLC0415

    settings = load_settings(config)
    print(effective(settings), end="")
    if live and not _sources_answer(settings):
        raise typer.Exit(PUBLISHED_BUT_A_SOURCE_FAILED)


def _sources_answer(settings: Config) -> bool:
    """Look at each enabled source without reading it into the state; name those that fail."""
    from feedsvc.ingest import look_at  # noqa: PLC0415
    from feedsvc.logs import plain  # noqa: PLC0415

    good = True
    for look in look_at(settings, [s for s in settings.sources if s.enabled], datetime.now(UTC)):
        print(f"# source {look.source}: {look.found}")
        for remark in look.remarks:
            print(f"#   {plain(remark)}")
        for fault in look.faults:
            good = False
            _print_fault(fault)
    return good


def _print_fault(fault: Fault) -> None:
    logs.tell(f"source {fault.source}: {fault.origin}: {fault.problem}", fault.source)


@app.command()
def sources(
    config: ConfigPath = Path("config.toml"),
    catalogue: Annotated[
        str | None, typer.Option(metavar="PUBLISHER", help="List the editions of rfi or dw that are known instead.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the sources: what each has brought, how its last reading went, when it is due."""
    if catalogue is not None:
        _list_catalogue(catalogue, as_json=as_json)
        return
    from feedsvc import condition  # noqa: PLC0415
    from feedsvc.cli import tables  # noqa: PLC0415

    settings = load_settings(config)
    rows = condition.source_rows(settings)
    print_json(rows) if as_json else tables.print_sources(rows)


def _list_catalogue(publisher: str, *, as_json: bool) -> None:
    from feedsvc.cli import proposals  # noqa: PLC0415
    from feedsvc.subscriptions import UNTRIED, in_catalogue  # noqa: PLC0415

    editions = in_catalogue(publisher)
    print_json(proposals.catalogue_rows(editions)) if as_json else proposals.print_catalogue(editions, UNTRIED)


@app.command()
def events(
    config: ConfigPath = Path("config.toml"),
    feed: Annotated[str | None, typer.Option(help="Only the events of this feed.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the events, newest first, with every article that reports them."""
    from feedsvc import inquiry  # noqa: PLC0415
    from feedsvc.cli import tables  # noqa: PLC0415

    settings = load_settings(config)
    if feed is not None:
        known_names("--feed", "feed", [feed], [topic.slug for topic in settings.feeds], settings)
    rows = inquiry.event_rows(settings, feed)
    print_json(rows) if as_json else tables.print_events(rows)


@app.command()
def explain(
    article: Annotated[str, typer.Argument(help="An article's id or URL, or the path of its saved document.")],
    other: Annotated[str, typer.Argument(help="Another's.")],
    config: ConfigPath = Path("config.toml"),
    as_json: AsJson = False,
) -> None:
    """Say how likely two articles report the same event, and what speaks for and against it."""
    from feedsvc import inquiry  # noqa: PLC0415
    from feedsvc.cli import tables  # noqa: PLC0415

    explained = inquiry.explain(load_settings(config), article, other)
    print_json(explained) if as_json else tables.print_explanation(explained)


def load_settings(path: Path) -> Config:
    """The configuration, with third parties' adapters in place if it names any."""
    from feedsvc.config import load  # noqa: PLC0415

    settings = load(path)
    logs.set_up(settings.service.log)
    if settings.service.adapters:
        from feedsvc.publishers import adopt  # noqa: PLC0415

        adopt(settings.service.adapters, settings.path.parent)
    return settings


def known_names(option: str, noun: str, asked: Sequence[str], known: Sequence[str], settings: Config) -> None:
    listed = ", ".join(known) or "none"
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise ConfigError(*(f'{option}: no {noun} "{n}" in {settings.path}; there are: {listed}' for n in unknown))


def _seconds(option: str, written: str) -> float:
    from feedsvc.config.schema import duration  # noqa: PLC0415

    try:
        return duration(written).total_seconds()
    except ValueError as mistake:
        raise ConfigError(f'{option}: "{written}" {mistake}') from None


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))
