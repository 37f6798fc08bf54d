"""What commands print for people: aligned on a terminal, plain lines elsewhere. The same facts as with --json."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from feedsvc.logs import plain

if TYPE_CHECKING:
    from feedsvc.corrections import Change

PUBLISH = "`feedsvc update` publishes it."
Row = Mapping[str, Any]
# Wide enough that a line in a log or a pipe is never broken.
PIPE_WIDTH = 500
NUMBERS = ("articles", "reports", "a day", "holds", "waiting", "given up", "delivered")


def print_sources(rows: Sequence[Row]) -> None:
    table = _table("source", "enabled", "articles", "newest", "last read", "next due", "a day", "holds", "result")
    for row in rows:
        enabled = "yes" if row["enabled"] else "no"
        times = [
            row["newest"] or "-",
            row["checked"] or "never",
            row["due"] or ("never" if row["enabled"] and row["checked"] else "-"),
        ]
        rhythm = [_number(row.get("entries_per_day"), ""), _number(row.get("hours_held"), " h")]
        _add(table, row["id"], enabled, str(row["articles"]), *times, *rhythm, row["outcome"] or "-")
    _print(table)
    for row in rows:
        for words in (row.get("warning"), *row["remarks"]):
            if words:
                print(plain(f"{row['id']}: {words}"))


def print_status(status: Row) -> None:
    print(
        f"published {status['published'] or 'never'}; {status['articles']} articles, {status['events']} events, "
        f"{status['merged']} of them told by more than one article"
    )
    for trouble in status["troubles"]:
        about = f"{trouble['kind']} {trouble['subject']}".rstrip()
        print(plain(f"{about}: {trouble['problem']} (since {trouble['since']})"))
    for target in status["deliveries"]:
        print(plain(f"{target['target']}: {target['waiting']} messages wait, {target['given_up']} given up"))
    _print_workers(status.get("queues", ()), status.get("workers", ()))
    print_sources(status["sources"])


def _print_workers(queues: Sequence[Row], workers: Sequence[Row]) -> None:
    for row in queues:
        oldest = f" since {row['oldest']}" if row["oldest"] else ""
        counts = f"{row['waiting']} wait{oldest}, {row['running']} run, {row['failing']} failed and wait"
        print(plain(f"queue {row['queue']}: {counts}; {row['workers']} workers"))
    for row in workers:
        sign = "last sign of life" if row["alive"] else "gone, last sign of life"
        print(plain(f"worker {row['worker']}: {', '.join(row['queues'])}; since {row['since']}, {sign} {row['seen']}"))


def _number(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:g}{unit}"


def print_targets(rows: Sequence[Row]) -> None:
    table = _table("target", "on", "waiting", "given up", "delivered", "last taken", "next try", "result")
    for row in rows:
        counts = [str(row[key]) for key in ("waiting", "given_up", "delivered")]
        next_try = "never" if row["gone"] else row["next_due"] or "-"
        result = row["problem"] or ("ok" if row["delivered"] else "-")
        _add(table, row["target"], ", ".join(row["on"]), *counts, row["succeeded"] or "-", next_try, result)
    _print(table)


def print_events(rows: Sequence[Row]) -> None:
    table = _table("time", "reports", "title", "publishers", "id")
    for row in rows:
        publishers = ", ".join(dict.fromkeys(article["publisher"] for article in row["articles"]))
        _add(table, row["published"], str(len(row["articles"])), row["title"], publishers, row["id"])
    _print(table)


def print_explanation(explained: Row) -> None:
    console = _console()
    for article in explained["articles"]:
        console.print(plain(f"{article['published']}  {article['publisher']}  {article['title']}"), markup=False)
    verdict = "the same event" if explained["same"] else "different events"
    console.print(f"\n{verdict}: probability {explained['probability']:.2f}", markup=False)
    console.print(explained["membership"], markup=False)
    _print_evidence(console, "for", [e for e in explained["evidence"] if e["weight"] > 0])
    _print_evidence(console, "against", [e for e in explained["evidence"] if e["weight"] < 0])


def _print_evidence(console: Console, side: str, evidence: Iterable[Row]) -> None:
    console.print(f"\n{side}:", markup=False)
    for item in evidence:
        console.print(f"  {item['weight']:+6.2f}  {plain(item['words'])}", markup=False)


def print_corrections(rows: Sequence[Row]) -> None:
    table = _table("made", "said", "article", "other", "titles")
    for row in rows:
        said = "one event" if row["same"] else "two events"
        titles = " | ".join(title or "(not in this state)" for title in row["titles"])
        _add(table, row["made"], said, row["article"], row["other"], titles)
    _print(table)


def print_changes(changes: Iterable[Change]) -> None:
    for change in changes:
        for line in change_lines(change):
            print(plain(line))


def change_lines(change: Change) -> Iterator[str]:
    """What a correction changed, in lines for people."""
    moved = ", ".join(change.moved)
    if change.instead:
        yield f"The founding article gives {change.event} its id and stays: the others leave instead."
    if change.absorbed:
        yield f"{change.absorbed} is now part of {change.event}, and its page leads there. Moved: {moved}"
    elif change.founded:
        yield f"{change.founded} is now an event apart from {change.event}. Moved: {moved}"
    else:
        yield "The events stay as they are; the correction is kept."


def _add(table: Table, *cells: str) -> None:
    # As `Text`: brackets in a headline are no markup.
    table.add_row(*(Text(plain(cell)) for cell in cells))


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in NUMBERS else "left")
    return table


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False, emoji=False, soft_wrap=True)


def _print(table: Table) -> None:
    _console().print(table)
