"""Reads every feed of a corpus and says what became of it.

    python -m bench.parsing --corpus DIR [--verbose] [--no-speed]

DIR holds checkouts of feedparser, the W3C feed validator and gofeed, or any folder of feeds. Exit 1: a crash, a hang, a
feed in which feedparser finds entries and we do not, or less than 99 % agreement.
"""

from __future__ import annotations

import argparse
import io
import signal
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import feedparser
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.parsing.agreement import Agreement, Reading
from bench.parsing.corpus import GUID, LINK, TEXT, TIME, TITLE, Case, Claim, cases, claim
from bench.parsing.speed import timings
from feedsvc.model import Fault
from feedsvc.sources.feed import parse_feed, read_statement
from feedsvc.sources.feed.drafts import Occasion, every_draft, parsed_feed

LONGEST = 5  # seconds for one file: a thousand times the usual
FLOOR = 0.99
CUT_OFF = "was cut off"  # half an entry would come again under another key when the rest of it arrives
CAPTURED = datetime(2026, 1, 1, tzinfo=UTC)


class TookTooLongError(BaseException):
    """A file was not read within the bound; no bulkhead may catch it."""


@dataclass(slots=True)
class Outcome:
    count: Counter[str] = field(default_factory=Counter)
    stated: Agreement = field(default_factory=Agreement)  # with what a corpus says is to be found
    beside: Agreement = field(default_factory=Agreement)  # with what feedparser finds
    failures: list[str] = field(default_factory=list)  # each fails the run
    notes: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return bool(self.failures) or self.stated.total < FLOOR


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--verbose", action="store_true", help="list every disagreement and every shorter reading")
    parser.add_argument("--no-speed", action="store_true")
    arguments = parser.parse_args()
    if not arguments.corpus.is_dir():
        print(f"{arguments.corpus}: no such folder; give one with feeds", file=sys.stderr)
        return 2
    warnings.simplefilter("ignore")
    outcome = measure(arguments.corpus)
    console = Console(width=110, highlight=False)
    console.print(_table(outcome))
    console.print(_agreement_table("what the corpora state", outcome.stated))
    console.print(_agreement_table("what feedparser reads", outcome.beside))
    if not arguments.no_speed:
        console.print(_speed_table())
    asides = [*outcome.notes, *outcome.stated.differences, "beside feedparser:", *outcome.beside.differences]
    print("\n".join(outcome.failures + (asides if arguments.verbose else [])))
    return int(outcome.failed)


def measure(corpus: Path) -> Outcome:
    outcome = Outcome()
    signal.signal(signal.SIGALRM, _interrupt)
    for case in track(list(cases(corpus)), "Reading ...", console=Console(stderr=True)):
        outcome.count["files"] += 1
        read = _read(case, outcome)
        if read is not None:
            _compare(case, read, outcome)
    return outcome


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise TookTooLongError


def _read(case: Case, outcome: Outcome) -> Reading | None:
    occasion = Occasion("corpus", case.base, CAPTURED, case.base)
    signal.alarm(LONGEST)
    try:
        parsed = parse_feed(case.body, source="", origin="", captured=CAPTURED, content_type=case.content_type)
        if isinstance(parsed, Fault):
            return Reading(problem=parsed.problem)
        stated, _ = read_statement(case.body, case.content_type, case.base)
        return Reading(parsed_feed(stated, occasion, ()), every_draft(stated, occasion))
    except TookTooLongError:
        outcome.count["hangs"] += 1
        outcome.failures.append(f"{case.path}: not read within {LONGEST} seconds")
    except Exception:
        outcome.count["crashes"] += 1
        outcome.failures.append(f"{case.path}: {traceback.format_exc(limit=-3)}")
    finally:
        signal.alarm(0)
    return None


def _compare(case: Case, read: Reading, outcome: Outcome) -> None:
    theirs = _by_feedparser(case)
    outcome.count["feeds"] += not read.problem
    outcome.count["entries"] += len(read.drafts)
    outcome.count["feeds in which feedparser finds entries"] += bool(theirs)
    outcome.count["of them with entries here"] += bool(theirs) and bool(read.drafts)
    if theirs and read.problem.startswith(CUT_OFF):
        outcome.count["of them cut off inside their first entry, refused here"] += 1
    elif theirs and not read.drafts:
        why = read.problem or "no entry found"
        outcome.failures.append(f"{case.path}: feedparser finds {len(theirs)}, here: {why}")
    elif len(read.drafts) < len(theirs):
        outcome.notes.append(f"{case.path}: {len(read.drafts)} entries, feedparser finds {len(theirs)}")
    if not read.problem:
        outcome.stated.judge(case.base, str(case.path), case.claims, read)
        if len(read.drafts) == len(theirs):
            outcome.beside.judge(case.base, str(case.path), _as_claims(theirs), read)


def _by_feedparser(case: Case) -> list[dict[str, object]]:
    """The entries that it finds."""
    stated = {"content-type": case.content_type, "content-location": case.base}
    headers = {name: value for name, value in stated.items() if value}
    try:
        found = feedparser.parse(io.BytesIO(case.body), response_headers=headers).entries
    except Exception:  # some W3C cases are more than it can bear
        return []
    return list(found)


def _as_claims(entries: Sequence[Mapping[str, object]]) -> list[Claim]:
    fields = ("title", "link", "id", "published_parsed", "updated_parsed", "summary")
    # Membership first: feedparser answers a missing date with another one and a warning.
    stated = ((number, name, entry[name]) for number, entry in enumerate(entries) for name in fields if name in entry)
    return [found for number, name, value in stated for found in claim(number, name, value)]


def _table(outcome: Outcome) -> Table:
    table = Table("what", "count")
    finds = "feeds in which feedparser finds entries"
    refused = "of them cut off inside their first entry, refused here"
    for name in ("files", "feeds", "entries", finds, "of them with entries here", refused, "crashes", "hangs"):
        table.add_row(name, str(outcome.count[name]))
    return table


def _agreement_table(title: str, agreement: Agreement) -> Table:
    table = Table("what", "agree", "differ", "read nothing", "share of what both state", title=title)
    for meaning in (TITLE, LINK, GUID, TIME, TEXT):
        numbers = (agreement.agreed[meaning], agreement.differed[meaning], agreement.silent[meaning])
        table.add_row(meaning, *map(str, numbers), f"{agreement.share(meaning):.2%}")
    table.add_row("the first four", "", "", "", f"{agreement.total:.2%}")
    return table


def _speed_table() -> Table:
    table = Table("feed", "reader", "median ms", "× lxml")
    found = timings()
    floor = {timing.feed: timing.milliseconds for timing in found if timing.reader.startswith("lxml")}
    for timing in found:
        ratio = timing.milliseconds / floor[timing.feed]
        table.add_row(timing.feed, timing.reader, f"{timing.milliseconds:.2f}", f"{ratio:.1f}")
    return table


if __name__ == "__main__":
    raise SystemExit(main())
