"""What commands print for people: aligned on a terminal, plain lines elsewhere. The same facts as with --json."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

Row = Mapping[str, Any]
# Wide enough that a line in a log or a pipe is never broken.
PIPE_WIDTH = 500


def print_sources(rows: Sequence[Row]) -> None:
    table = _table("source", "enabled", "articles", "newest", "last read", "next due", "result")
    for row in rows:
        enabled = "yes" if row["enabled"] else "no"
        times = [row["newest"] or "-", row["checked"] or "never", row["due"] or "-"]
        table.add_row(row["id"], enabled, str(row["articles"]), *times, row["outcome"] or "-")
    _print(table)


def print_events(rows: Sequence[Row]) -> None:
    table = _table("time", "reports", "title", "publishers", "id")
    for row in rows:
        publishers = ", ".join(dict.fromkeys(article["publisher"] for article in row["articles"]))
        table.add_row(row["published"], str(len(row["articles"])), row["title"], publishers, row["id"])
    _print(table)


def print_explanation(explained: Row) -> None:
    console = _console()
    for article in explained["articles"]:
        console.print(f"{article['published']}  {article['publisher']}  {article['title']}", markup=False)
    verdict = "the same event" if explained["same"] else "different events"
    console.print(f"\n{verdict}: probability {explained['probability']:.2f}", markup=False)
    console.print(explained["membership"], markup=False)
    _print_evidence(console, "for", [e for e in explained["evidence"] if e["weight"] > 0])
    _print_evidence(console, "against", [e for e in explained["evidence"] if e["weight"] < 0])


def _print_evidence(console: Console, side: str, evidence: Iterable[Row]) -> None:
    console.print(f"\n{side}:", markup=False)
    for item in evidence:
        console.print(f"  {item['weight']:+6.2f}  {item['words']}", markup=False)


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in ("articles", "reports") else "left")
    return table


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False, emoji=False, soft_wrap=True)


def _print(table: Table) -> None:
    _console().print(table)
