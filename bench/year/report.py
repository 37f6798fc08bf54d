"""The weeks as a table, as a picture, and the verdict: what still grew at the end of the year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean

from bench.year.life import Week

MOST_GROWTH = 1.1  # of the last quarter's mean over that of the quarter before
FEWEST_ROWS = 100  # a table of fewer is not looked at
# Grow with all that ever came, as is stated in docs/operations.md: a number for each article that left, a row for each
# page of an archive.
EVER_MORE = {"past_article", "archive_page"}
# Of events that left, those that others go on from: `retention.remembered` keeps of each that stays the first of its
# thread, five before and five after it, and what it translates.
OF_EACH_EVENT = {"past_event": 12}
SHOWN = (1, 4, 8, 13, 17, 21, 26, 30, 34, 39, 43, 47, 52)
FIGURES: dict[str, Callable[[Week], float]] = {
    "state, MiB": lambda week: week.state_mib,
    "memory, MiB": lambda week: week.memory_mib,
    "CPU of a cycle, s": lambda week: week.cycle_s,
}


def growing(weeks: Sequence[Week]) -> dict[str, float]:
    """What grew, by its name, and how many times as much it became. Nothing is told of less than half a year."""
    quarter = len(weeks) // 4
    if len(weeks) < 26:
        return {}
    before, last = weeks[-2 * quarter : -quarter], weeks[-quarter:]
    tables = {name: max(week.rows[name] for week in weeks) for name in weeks[-1].rows if name not in EVER_MORE}
    figures = FIGURES | {
        f"rows of {name}": (lambda week, name=name: week.rows[name])
        for name, most in tables.items()
        if most >= FEWEST_ROWS and not _bounded(name, weeks)
    }
    ratios = {name: mean(map(of, last)) / max(mean(map(of, before)), 1e-9) for name, of in figures.items()}
    return {name: ratio for name, ratio in ratios.items() if ratio > MOST_GROWTH}


def _bounded(table: str, weeks: Sequence[Week]) -> bool:
    """By the number of events that stay, which must be level itself."""
    most = OF_EACH_EVENT.get(table)
    return most is not None and all(week.rows[table] <= most * week.rows["event"] for week in weeks)


def markdown(weeks: Sequence[Week], told: int, command: str) -> str:
    came = sum(week.new for week in weeks)
    grew = growing(weeks)
    verdict = ", ".join(f"{name} × {ratio:.2f}" for name, ratio in grew.items()) or "nothing"
    lines = [
        "# A simulated year",
        "",
        f"Written by `python -m bench.year {command}`; do not edit.",
        f"{told:,} articles were told in the year, {came:,} came in {len(weeks)} weeks. Cycles are CPU",
        "seconds of feedsvc, messages to webhooks included; memory is the most",
        "after any cycle of the week. *Live*: documents and their pages; *past*: event pages and archives, which stay.",
        "",
        "![State, memory and time of a cycle](year.svg)",
        "",
        f"More by a tenth in the last quarter than in the one before: {verdict}.",
        "",
        f"Not judged by this: {' and '.join(sorted(EVER_MORE))}, which keep a small row for ever for each article and",
        "archive page that left, and, unless it has more, past_event with up to twelve rows for each event that stays.",
        "",
        "| week | state MiB | memory MiB | cycle s | longest s | live MiB | past MiB | articles | events |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for week in weeks:
        if week.number in SHOWN:
            sizes = f"{week.state_mib:.1f} | {week.memory_mib:.0f} | {week.cycle_s:.2f} | {week.longest_s:.2f}"
            output = f"{week.live_mib:.1f} | {week.past_mib:.1f}"
            lines.append(f"| {week.number} | {sizes} | {output} | {week.rows['article']:,} | {week.rows['event']:,} |")
    lines += ["", "Rows of each table:", "", "| table | mid-year | end |", "|---|--:|--:|"]
    middle, end = weeks[len(weeks) // 2].rows, weeks[-1].rows
    lines += [f"| {name} | {middle[name]:,} | {end[name]:,} |" for name in end if end[name] or middle[name]]
    return "\n".join([*lines, ""])


def picture(weeks: Sequence[Week], path: Path) -> None:
    import matplotlib  # noqa: PLC0415 - only here, and slow to import

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "feedsvc"  # the same figures give the same file
    from matplotlib import pyplot  # noqa: PLC0415

    figure, panels = pyplot.subplots(1, len(FIGURES), figsize=(10, 2.8), layout="constrained")
    for axes, (name, of) in zip(panels, FIGURES.items(), strict=True):
        axes.plot([week.number for week in weeks], [of(week) for week in weeks], color="#1a5fb4")
        axes.set(title=name, xlabel="week", ylim=(0, None))
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
