"""Matches every labelled set with a simulated judge, each by a model that has not seen it.

    python -m bench.judge [--shared ../shared] [--error 0.05]

The judge is a server on the loopback that speaks the real protocol and answers from the labels, wrongly in a share of
the cases. Writes bench/judge/RESULTS.md. Exit 1: the means stand below what a judge must bring, it is asked more than
once per article, or a judge that is down, talks garbage or hangs gives other figures than no judge.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.learn import distinct, fit, lessons
from bench.measures import Score, score
from bench.quality.runs import stream
from bench.saved import SHARED, LabelledSet, read_set, set_names
from feedsvc.events.forest import Model, as_model
from feedsvc.judge import Judge, wording
from feedsvc.judging import brief
from feedsvc.model import Question
from tests.judge_server import Behaviour, JudgeServer, answers, answers_from_labels, hangs, name_of, says

RESULTS = Path(__file__).parent / "RESULTS.md"
LEAST_PAIRS, LEAST_B_CUBED, MOST_QUESTIONS = 0.90, 0.96, 1.0
PATIENCE = timedelta(seconds=30)
Row = tuple[Score, float]  # figures and questions per article


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--error", type=float, default=0.05, help="share of the answers that are wrong")
    arguments = parser.parse_args()
    if not (arguments.shared / "labels").is_dir():
        print(f"{arguments.shared}: no labelled articles there; give their folder with --shared", file=sys.stderr)
        return 2
    logging.disable(logging.WARNING)  # that a judge fails is said once a run; here it is meant to
    sets = {name: read_set(name, arguments.shared) for name in set_names(arguments.shared)}
    learned = {name: lessons(labelled) for name, labelled in sets.items()}
    found: dict[str, list[Row]] = {}
    for name, labelled in sets.items():
        model = as_model(fit([learned[other] for other in sets if other != name]))
        for kind, row in run_set(labelled, model, arguments.error).items():
            found.setdefault(kind, []).append(row)
            print(f"{name} {kind}: pairs {row[0].pairs.f1:.3f}, {row[1]:.2f} questions per article", file=sys.stderr)
    means = {kind: mean(rows) for kind, rows in found.items()}
    Console(width=100).print(table(means))
    RESULTS.write_text(markdown(means, arguments.error), encoding="utf-8")
    faults = gate(means, arguments.error)
    print("\n".join(faults), file=sys.stderr)
    return bool(faults)


def run_set(labelled: LabelledSet, model: Model, error: float) -> dict[str, Row]:
    """Without a judge, with one that errs, and with bad ones."""
    articles, keys = distinct(labelled)
    label = {key: name for name, key in sorted(keys.items(), reverse=True)}
    shown = {article.key: wording.shown(brief(article)) for article in articles}
    labels = {name_of(shown[key]): labelled.first[name] for key, name in label.items()}
    right = answers_from_labels(labels, error_share=error, seed=1)
    behaviours: dict[str, Behaviour | None] = {
        "no judge": None,
        f"a judge, wrong in {error:.0%}": answers(right),
        "talks garbage": says("I think that they are all very interesting."),
        "hangs": hangs,
    }
    return {kind: _run(labelled, model, behaviour) for kind, behaviour in behaviours.items()}


def _run(labelled: LabelledSet, model: Model, behaviour: Behaviour | None) -> Row:
    articles, keys = distinct(labelled)
    briefs = {article.key: brief(article) for article in articles}
    asked = 0
    if behaviour is None:
        events = stream(articles, model)
    else:
        patience = timedelta(seconds=1) if behaviour is hangs else PATIENCE * 20
        with JudgeServer(behaviour) as server, Judge(server.url, "simulated", "", patience) as judge:

            def ask(question: Question) -> tuple[int, ...] | None:
                return judge.ask(briefs[question.article], [briefs[key] for key in question.candidates])

            events = stream(articles, model, ask)
            asked = len(server.payloads)
    grouping = {name: events[keys[name]] if name in keys else f"unread-{name}" for name in labelled.first}
    return score(grouping, labelled.first, labelled.second, labelled.source), asked / len(articles)


def mean(rows: list[Row]) -> dict[str, float]:
    columns = {
        "pairs P": [s.pairs.precision for s, _ in rows],
        "pairs R": [s.pairs.recall for s, _ in rows],
        "pairs F1": [s.pairs.f1 for s, _ in rows],
        "cross F1": [s.cross.f1 for s, _ in rows],
        "B-cubed": [s.b_cubed for s, _ in rows],
        "questions per article": [asked for _, asked in rows],
    }
    return {name: sum(values) / len(values) for name, values in columns.items()}


def table(means: Mapping[str, Mapping[str, float]]) -> Table:
    shown = Table("judge", *next(iter(means.values())), title="Means over the labelled sets")
    for kind, values in means.items():
        shown.add_row(kind, *(f"{value:.3f}" for value in values.values()))
    return shown


def markdown(means: Mapping[str, Mapping[str, float]], error: float) -> str:
    head = (
        "# A judge for borderline cases, simulated\n\n"
        "Written by `python -m bench.judge`; do not edit. Means over the labelled sets, each matched as a stream by a\n"
        f"model trained on the others. The judge answers from the labels, wrongly in {error:.0%} of the cases.\n\n"
    )
    columns = list(next(iter(means.values())))
    lines = [["judge", *columns], ["---"] * (len(columns) + 1)]
    lines += [[kind, *(f"{value:.3f}" for value in values.values())] for kind, values in means.items()]
    return head + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def gate(means: Mapping[str, Mapping[str, float]], error: float) -> list[str]:
    without, judged = means["no judge"], means[f"a judge, wrong in {error:.0%}"]
    faults = []
    if judged["pairs F1"] < LEAST_PAIRS or judged["B-cubed"] < LEAST_B_CUBED:
        faults.append(f"with the judge: pairs {judged['pairs F1']:.3f}, B-cubed {judged['B-cubed']:.3f}: too low")
    if judged["questions per article"] > MOST_QUESTIONS:
        faults.append(f"{judged['questions per article']:.2f} questions per article: too many")
    for kind in ("talks garbage", "hangs"):
        if any(abs(means[kind][name] - without[name]) > 1e-9 for name in ("pairs F1", "B-cubed")):
            faults.append(f"a judge that {kind} changes the figures")
    return faults


if __name__ == "__main__":
    sys.exit(main())
