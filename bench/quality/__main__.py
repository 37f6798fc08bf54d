"""Scores matching on every labelled set, each with a model that has not seen it.

    python -m bench.quality [--shared ../shared] [--pin]

Writes bench/quality/RESULTS.md and precision-recall.svg. Exit 1: a figure is below its floor in floors.json, or not
above TF-IDF. --pin makes this run's figures the floors.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.progress import track

from bench.learn import Lessons, lessons
from bench.measures import Score
from bench.quality import floors, report
from bench.quality.runs import SHORTENED, SetResult, run_set
from bench.saved import SHARED, LabelledSet, data_digest, read_set, set_names

HERE = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--pin", action="store_true", help="make this run's figures the floors")
    arguments = parser.parse_args()
    if not (arguments.shared / "labels").is_dir():
        print(f"{arguments.shared}: no labelled articles there; give their folder with --shared", file=sys.stderr)
        return 2
    results = measure(arguments.shared)
    data = data_digest(arguments.shared)
    Console(width=110).print(report.table(results))
    (HERE / "RESULTS.md").write_text(report.markdown(results, data), encoding="utf-8")
    report.picture(results, HERE / "precision-recall.svg")
    if arguments.pin:
        floors.write(data, pinnable(results))
    faults = gate(results, data)
    print("\n".join(faults), file=sys.stderr)
    return bool(faults)


def measure(shared: Path) -> Mapping[str, SetResult]:
    sets: dict[str, LabelledSet] = {}
    learned: dict[str, Lessons] = {}
    for name in track(set_names(shared), "Reading ...", console=Console(stderr=True)):
        sets[name] = read_set(name, shared)
        learned[name] = lessons(sets[name])
    return {
        name: run_set(labelled, [found for other, found in learned.items() if other != name])
        for name, labelled in track(sets.items(), "Matching ...", console=Console(stderr=True))
    }


def pinnable(results: Mapping[str, SetResult]) -> dict[str, Score]:
    """By set, and by set and how much of its articles is given."""
    scores = {name: result.scores["feedsvc"] for name, result in results.items()}
    short = {f"{n}, {kind}": r.scores[f"feedsvc, {kind} only"] for n, r in results.items() for kind in SHORTENED}
    return scores | short


def gate(results: Mapping[str, SetResult], data: str) -> list[str]:
    scores = {name: result.scores["feedsvc"] for name, result in results.items()}
    faults = floors.beaten({name: result.scores["TF-IDF"] for name, result in results.items()}, scores)
    pinned = floors.read()
    if pinned["data"] != data:
        return [*faults, "floors.json was pinned on other articles or labels: run with --pin and review what changes"]
    return faults + floors.below(pinned, pinnable(results))


if __name__ == "__main__":
    sys.exit(main())
