"""Review on a terminal: one borderline pair after another, with its evidence, y/n/s/q.

The lock is held only while an answer is written, not while someone thinks. Titles come from strangers: they are
shown without markup and without control characters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from feedsvc import inquiry
from feedsvc.cli.tables import PUBLISH, change_lines
from feedsvc.config import Config
from feedsvc.corrections import answer
from feedsvc.errors import FeedsvcError
from feedsvc.logs import plain

MOST_EVIDENCE = 5
QUESTION = "The same event? (y)es, (n)o, (s)kip, (q)uit: "
ANSWERS = ("y", "n", "s", "q")


def review_pairs(config: Config, console: Console | None = None, ask: Callable[[str], str] = input) -> None:
    """Ask until nothing waits or whoever is asked has had enough. `ask` reads a line; its end means quit."""
    console = console or Console(highlight=False, emoji=False)
    passed: set[tuple[str, str]] = set()
    kept = 0
    while True:
        count, rows = inquiry.waiting_rows(config, passed, most=1)
        if not rows:
            console.print("Nothing is waiting for review." if not kept else f"That was all. {PUBLISH}", markup=False)
            return
        pair = rows[0]["articles"][0]["id"], rows[0]["articles"][1]["id"]
        _show(console, rows[0], count)
        said = _answer(console, ask)
        if said == "q":
            if kept:
                console.print(PUBLISH, markup=False)
            return
        if said == "s":
            passed.add(pair)
            continue
        kept += _keep(config, console, pair, same=said == "y")


def _answer(console: Console, ask: Callable[[str], str]) -> str:
    while True:
        try:
            said = ask(QUESTION).strip().lower()[:1]
        except EOFError:
            console.print()
            return "q"
        if said in ANSWERS:
            return said


def _keep(config: Config, console: Console, pair: tuple[str, str], *, same: bool) -> bool:
    """Whether the answer could be kept; where not, it says why, and the pair comes up again."""
    try:
        change = answer(config, *pair, same=same, now=datetime.now(UTC))
    except FeedsvcError as error:
        console.print(Text(plain(str(error)), style="red"))
        return False
    for line in change_lines(change):
        console.print(Text(plain(line), style="dim"))
    return True


def _show(console: Console, row: Mapping[str, Any], count: int) -> None:
    console.rule(f"{count} waiting", align="left")
    for article in row["articles"]:
        console.print(Text(plain(article["title"]), style="bold"))
        console.print(
            Text(plain(f"{article['published']}  {article['publisher']} ({article['source']})  {article['id']}"))
        )
        console.print(Text(plain(article["lead"])))
        console.print()
    one, other = (article["event"] for article in row["articles"])
    place = "in one event now" if one == other else "in two events now"
    console.print(Text(f"probability {row['probability']:.2f}; {place}"))
    for item in row["evidence"][:MOST_EVIDENCE]:
        console.print(Text(f"  {item['weight']:+6.2f}  {plain(item['words'])}"))
