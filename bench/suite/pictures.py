"""The pictures beside the results: the same points give the same file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

from bench.suite.figures import Curve

mpl.use("svg")
mpl.rcParams |= {"svg.hashsalt": "feedsvc", "svg.fonttype": "none"}

from matplotlib import pyplot  # noqa: E402 - after its backend is chosen
from matplotlib.axes import Axes  # noqa: E402

OURS, PEERS = "#0b6e4f", ("0.45", "0.7", "0.85")


def draw(curves: Sequence[Curve], folder: Path) -> None:
    for picture in dict.fromkeys(curve.picture for curve in curves):
        shown = [curve for curve in curves if curve.picture == picture]
        figure, axes = pyplot.subplots(figsize=(7, 3.2))
        DRAWN.get(picture, _lines)(axes, shown)
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(folder / f"{picture}.svg", bbox_inches="tight", metadata={"Date": None})
        pyplot.close(figure)


def _lines(axes: Axes, curves: Sequence[Curve]) -> None:
    for curve, colour in zip(curves, (OURS, *PEERS), strict=False):
        axes.plot(*zip(*curve.points, strict=True), marker="o", markersize=4, color=colour, label=curve.label)


def _replay(axes: Axes, curves: Sequence[Curve]) -> None:
    _lines(axes, curves)
    axes.axhline(400, color="0.7", linestyle="--", linewidth=1)
    axes.set(xlabel="articles so far", ylabel="articles a CPU second", ylim=(0, None))


def _matching(axes: Axes, curves: Sequence[Curve]) -> None:
    _lines(axes, curves)
    axes.axhline(5, color="0.7", linestyle="--", linewidth=1)
    axes.set(xlabel="articles in the window", ylabel="ms for one article", xscale="log", ylim=(0, None))


def _ingest(axes: Axes, curves: Sequence[Curve]) -> None:
    width = 0.8 / len(curves)
    for place, (curve, colour) in enumerate(zip(curves, (OURS, *PEERS), strict=False)):
        bars = axes.bar([x + place * width for x, _ in curve.points], [y for _, y in curve.points], width, color=colour)
        axes.bar_label(bars, fmt="%.2g", fontsize=8)
        bars.set_label(curve.label)
    axes.set(ylabel="CPU seconds", yscale="log")
    axes.set_xticks([x + 0.4 - width / 2 for x, _ in curves[0].points], ["all new", "all 304", "the same bytes, 200"])
    axes.legend(frameon=False)


DRAWN = {"ingest": _ingest, "matching": _matching, "replay": _replay}
