"""The figures of a run as a table for the terminal, as Markdown, and as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.table import Table

from bench.measures import Score, harmonic_mean
from bench.quality.runs import STRICTNESS, SetResult

COLUMNS = ("pairs P", "R", "F1", "cross P", "R", "F1", "B-cubed")
Results = Mapping[str, SetResult]


def figures(score: Score) -> tuple[float, ...]:
    pairs, cross = score.pairs, score.cross
    return (pairs.precision, pairs.recall, pairs.f1, cross.precision, cross.recall, cross.f1, score.b_cubed)


def rows(results: Results) -> Iterator[tuple[str, str, tuple[float, ...]]]:
    """(set, method, figures) for every set, then the means over the sets."""
    for name, result in results.items():
        for method, score in result.scores.items():
            yield name, method, figures(score)
    for method in next(iter(results.values())).scores:
        every = [figures(result.scores[method]) for result in results.values()]
        yield "mean", method, tuple(sum(column) / len(every) for column in zip(*every, strict=True))


def table(results: Results) -> Table:
    found = Table("set", "method", *COLUMNS, title="Each set by a model that has not seen it")
    for name, method, values in rows(results):
        style = "bold" if method == "feedsvc" else "dim"
        found.add_row(
            name,
            method,
            *(f"{value:.3f}" for value in values),
            style=style,
            end_section=method == "TF-IDF, headlines only",
        )
    return found


def markdown(results: Results, data: str) -> str:
    head = (
        "# Matching, measured\n\n"
        "Written by `make quality`; do not edit. Each set is matched as a stream by a model trained on the others.\n"
        "TF-IDF and title Dice have the threshold that suits the set's own labels best: more than anyone can know.\n\n"
        f"Data {data}. ![Precision against recall](precision-recall.svg)\n\n"
    )
    lines = [("set", "method", *COLUMNS), ("---",) * (len(COLUMNS) + 2)]
    lines += [(name, method, *(f"{value:.3f}" for value in values)) for name, method, values in rows(results)]
    return head + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def picture(results: Results, path: Path) -> None:
    """Precision of pairs against their recall, from lenient to strict thresholds; the mean over the sets in bold."""
    import matplotlib  # noqa: PLC0415 - only here, and slow to import

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "feedsvc"  # the same figures give the same file
    from matplotlib import pyplot  # noqa: PLC0415

    figure, axes = pyplot.subplots(figsize=(7, 5.5))
    for f1 in (0.5, 0.6, 0.7, 0.8, 0.9):
        recalls = [r / 200 for r in range(int(f1 * 100) + 1, 201)]
        axes.plot(recalls, [f1 * r / (2 * r - f1) for r in recalls], color="0.85", linewidth=0.8, zorder=0)
    for name, result in results.items():
        points = [(score.pairs.recall, score.pairs.precision) for score in result.curve]
        axes.plot(*zip(*points, strict=True), linewidth=1, alpha=0.6, label=name)
    mean = [
        tuple(
            sum(getattr(r.curve[n].pairs, side) for r in results.values()) / len(results)
            for side in ("recall", "precision")
        )
        for n in range(len(STRICTNESS))
    ]
    axes.plot(*zip(*mean, strict=True), color="black", linewidth=2.2, marker="o", markersize=4, label="mean")
    for method, marker in (("TF-IDF", "x"), ("title Dice", "+")):
        points = [(r.scores[method].pairs.recall, r.scores[method].pairs.precision) for r in results.values()]
        axes.scatter(*zip(*points, strict=True), marker=marker, color="0.35", label=f"{method}, each set at its best")
    chosen = mean[STRICTNESS.index(1.0)]
    axes.annotate(f"as shipped, F1 {harmonic_mean(*chosen):.2f}", chosen, xytext=(8, 8), textcoords="offset points")
    axes.set(xlabel="recall of pairs", ylabel="precision of pairs", xlim=(0.3, 1), ylim=(0.3, 1))
    axes.legend(fontsize=8, loc="lower left")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
