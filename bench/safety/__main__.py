"""Sends every payload of a corpus the whole way and says what of it could act in anything that is published.

    python -m bench.safety --corpus DIR [--verbose]

DIR holds feedparser's tests/wellformed/sanitize, OWASP's XSS_Filter_Evasion_Cheat_Sheet.md, or any folder of feeds, .md
and .txt. Exit 1: something could act, a source was not read, or the program failed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import traceback
import warnings
from collections import Counter
from pathlib import Path

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.safety.browser import Examiner
from bench.safety.corpus import Payload, payloads
from bench.safety.passage import published


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--verbose", action="store_true", help="list every finding with its payload")
    arguments = parser.parse_args()
    if not arguments.corpus.is_dir():
        print(f"{arguments.corpus}: no such folder; give one with payloads", file=sys.stderr)
        return 2
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("no chromium on this machine; on Debian: apt-get install chromium", file=sys.stderr)
        return 2
    warnings.simplefilter("ignore")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--headless=new"])
        return measure(list(payloads(arguments.corpus)), Examiner(browser), arguments.verbose)


def measure(cases: list[Payload], examiner: Examiner, verbose: bool) -> int:
    count: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for case in track(cases, "Examining ...", console=Console(stderr=True)):
        try:
            documents = published(case.text)
            findings = examiner.findings(documents)
        except Exception:
            documents, findings = {}, [traceback.format_exc(limit=-3)]
        count["payloads"] += 1
        count["published"] += bool(documents)
        count["documents"] += len(documents)
        count["payloads that could act"] += bool(findings)
        found.update({finding.partition(": ")[2] or finding for finding in findings})
        if findings and verbose:
            print(case.name, *findings, sep="\n    ")
    table = Table("what", "count")
    for name in ("payloads", "published", "documents", "payloads that could act"):
        table.add_row(name, str(count[name]))
    for name, times in found.most_common():
        table.add_row(f"[red]{name}[/red]", str(times))
    Console(width=110, highlight=False).print(table)
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
