"""What the commands that add sources print: lists, previews, tables for the configuration.

Addresses and titles come from strangers: all is printed without what a terminal obeys.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedsvc.logs import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feedsvc.config import NewSource
    from feedsvc.subscriptions import ImportPlan, Known, Preview

UPDATE = "`feedsvc update` reads what was added."


def print_plan(plan: ImportPlan, config: Path, *, dry_run: bool) -> None:
    for passed in plan.passed:
        print(plain(f"passed over: {passed.title or '(no title)'} {passed.url}: {passed.why}"))
    if dry_run:
        _print_tables(plan.new)
        print(f"# {len(plan.new)} sources would be added to {config}")
        return
    for source in plan.new:
        print(plain(f"added: {source.id}  {source.name}  {source.url}"))
    print(f"{len(plan.new)} sources added to {config}, {len(plan.passed)} passed over")
    if plan.new:
        print(UPDATE)


def print_preview(shown: Preview) -> None:
    held = "" if shown.hours is None else f", {shown.hours:.0f} hours of news"
    per_day = "" if shown.per_day is None else f", {shown.per_day:.1f} a day"
    lines = [
        ("feed", shown.source.url),
        ("title", shown.title or "(none)"),
        ("language", shown.language),
        ("items", f"{shown.items}{per_day}{held}"),
        ("newest", f"{shown.newest:%Y-%m-%d %H:%M} UTC" if shown.newest else "(no times)"),
        *(("", headline) for headline in shown.headlines),
        *(("note", remark) for remark in shown.remarks),
        *(("also", f"{other.url} {other.title}") for other in shown.others),
    ]
    for name, value in lines:
        print(f"{name:9} {plain(value)}")
    print()
    _print_tables([shown.source])


def print_catalogue(editions: Iterable[Known], remark: str) -> None:
    print(f"# {remark}")
    for known in editions:
        print(f"\n# feedsvc add {known.publisher}/{known.edition}")
        _print_tables([known.source])


def _print_tables(sources: Iterable[NewSource]) -> None:
    from feedsvc.config import source_tables  # noqa: PLC0415

    for line in source_tables(tuple(sources)).splitlines():
        print(plain(line))


def source_row(source: NewSource) -> dict[str, Any]:
    """A source for JSON, as the configuration writes it: without what is empty."""
    from feedsvc.config.settings import duration  # noqa: PLC0415

    values = asdict(source) | {"every": None if source.every is None else duration(source.every)}
    return {key: value for key, value in values.items() if value}


def catalogue_rows(editions: Iterable[Known]) -> list[dict[str, Any]]:
    return [{"shortcut": f"{known.publisher}/{known.edition}"} | source_row(known.source) for known in editions]
