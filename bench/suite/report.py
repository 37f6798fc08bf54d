"""The figures of all parts as one page of Markdown."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.serving.servers import NGINX
from bench.suite.figures import Figure, Found, Note
from bench.suite.reasons import REASONS

PACKAGES = ("reader", "feedparser", "lxml", "nh3", "sqlalchemy", "numpy", "feedgen", "uvicorn")
HEAD = ("what", "unit", "ours", "peer", "peer's", "ratio", "aim", "holds?")
ALT = {
    "ingest": "CPU seconds of three programs for a poll of 200 feeds",
    "matching": "Milliseconds to place one article against the window",
    "replay": "Articles a CPU second, for each thousand of the replay",
}


def markdown(found: Mapping[str, Sequence[Found]], took_s: float, pictures: Collection[str]) -> str:
    """`found`: by part, in the order of the page; `pictures`: those that stand beside the page."""
    lines = [
        "# Speed and memory, measured",
        "",
        "Written by `make bench`; do not edit. Medians of five where a part is repeated and says nothing else; peers",
        "run beside it.",
        "CPU seconds are those of the whole process, loading the program and the kernel's work for it included.",
        "*Ratio* is ours over the peer's; an aim is for the ratio where it says ×, else for our own figure.",
        "",
        f"{machine()}. {versions()}. It took {took_s / 60:.1f} minutes.",
        "",
    ]
    figures = [each for part in found.values() for each in part if isinstance(each, Figure)]
    judged = [figure for figure in figures if figure.holds is not None]
    lines += [f"**{sum(bool(f.holds) for f in judged)} of {len(judged)} aims hold.**", ""]
    for name, part in found.items():
        lines += [f"## {name.capitalize()}", "", *_part(part), ""]
        if name in pictures:
            lines += [f"![{ALT.get(name, name)}]({name}.svg)", ""]
    return "\n".join(lines)


def _part(part: Sequence[Found]) -> Iterator[str]:
    figures = [each for each in part if isinstance(each, Figure)]
    if figures:
        yield _row(HEAD)
        yield _row(("---", "---", "--:", "---", "--:", "--:", "--:", "---"))
        yield from (_row(_cells(figure)) for figure in figures)
    for note in part:
        if isinstance(note, Note):
            yield f"\n{note.words}"
    for figure in figures:
        if figure.holds is False:
            yield f"\n*Missed: {figure.what}.* {_reason(figure)}"


def _reason(figure: Figure) -> str:
    return next(
        (reason for begins, reason in REASONS.items() if begins in figure.what), "No reason is written down yet."
    )


def _cells(figure: Figure) -> tuple[str, ...]:
    peer = (figure.peer, number(figure.theirs)) if figure.theirs is not None else ("–", "–")
    holds = {True: "yes", False: "**no**", None: ""}[figure.holds]
    ratio = "–" if figure.ratio is None else number(figure.ratio)
    return figure.what, figure.unit, number(figure.ours), *peer, ratio, _aim(figure), holds


def _aim(figure: Figure) -> str:
    times = " ×" if figure.of_peer else ""
    if figure.most is not None:
        return f"≤ {figure.most:g}{times}"
    return f"≥ {figure.least:g}{times}" if figure.least is not None else ""


def number(value: float | None) -> str:
    """Three figures that count."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def machine() -> str:
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name, load = names[0] if names else platform.machine(), os.getloadavg()[0]
    return f"{name}, {os.cpu_count()} processors, {memory:.0f} GiB, load {load:.1f}"


def versions() -> str:
    said = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            said.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            said.append(f"no {package}")
    return ", ".join([*said, *_programs()])


def _programs() -> Iterator[str]:
    for name, path, flag in (("newsboat", shutil.which("newsboat"), "-v"), ("nginx", NGINX, "-v")):
        if not path:
            yield f"no {name}"
            continue
        done = subprocess.run([path, flag], capture_output=True, text=True, check=False, timeout=20)
        yield f"{name} {(done.stdout + done.stderr).split()[1 if name == 'newsboat' else -1].rpartition('/')[2]}"
