"""Measures all, one part after the other, and writes bench/RESULTS.md and its pictures. `make bench` calls this.

    pip install '.[bench]'
    python -m bench.suite [--only NAME...] [--tiny] [--million] [--into FOLDER]

Each part is a process of its own with a time limit; one that fails or takes too long is named in the results and the
others go on. Exit 1: a part was not measured. A figure that misses its aim is told, and no failure.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.suite.commands import ROOT
from bench.suite.figures import Curve, Found, Note, from_line
from bench.suite.report import markdown

# Part -> the module that prints its figures, and the seconds after which it is ended.
OWN = "bench.suite.measurements"
PARTS: dict[str, tuple[Sequence[str], float]] = {
    "ingest": ((OWN, "ingest"), 400),
    "starting": ((OWN, "starting"), 200),
    "limits": ((OWN, "limits"), 60),
    "replay": ((OWN, "replay"), 400),
    "matching": ((OWN, "matching"), 200),
    "publishing": (("bench.publishing", "--json", "--events", "20000", "--feeds", "200"), 200),
    "serving": ((OWN, "serving"), 90),
}


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    found: tuple[Found, ...]
    took_s: float
    problem: str = ""


def main() -> int:
    arguments = _arguments()
    flags = [f"--{flag}" for flag in ("tiny", "million") if getattr(arguments, flag)]
    parts = []
    for name in arguments.only or PARTS:
        module, limit_s = PARTS[name]
        print(f"measuring {name} ...", file=sys.stderr)
        limit_s *= 4 if arguments.million else 1
        parts.append(run(name, [*module, *(flags if module[0] == OWN else [])], limit_s))
        print(f"measured {name} in {parts[-1].took_s:.0f} s {parts[-1].problem}", file=sys.stderr)
        write(parts, arguments.into)  # at once: whoever ends the run keeps what it had
    print((arguments.into / "RESULTS.md").read_text(encoding="utf-8"))
    return any(part.problem for part in parts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="NAME", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--tiny", action="store_true", help="to see that it works; its figures mean nothing")
    parser.add_argument("--million", action="store_true", help="a window of a million articles too: ten minutes more")
    parser.add_argument("--into", type=Path, default=ROOT / "bench", metavar="FOLDER", help="where the results go")
    arguments = parser.parse_args()
    try:
        arguments.into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--into {arguments.into}: {error.strerror}; name a folder that can be made or written to")
    return arguments


def write(parts: Sequence[Part], folder: Path) -> None:
    found = {part.name: [*part.found, *([Note(part.problem)] if part.problem else [])] for part in parts}
    curves = [each for part in parts for each in part.found if isinstance(each, Curve) and each.points]
    written = markdown(found, sum(part.took_s for part in parts), {curve.picture for curve in curves})
    (folder / "RESULTS.md").write_text(written, encoding="utf-8")
    if curves:
        from bench.suite.pictures import draw  # noqa: PLC0415 - slow to load

        draw(curves, folder)


def run(name: str, module: Sequence[str], limit_s: float) -> Part:
    """What a module prints; what it said to people goes on to our standard error."""
    began = time.monotonic()
    if find_spec(module[0].partition(":")[0]) is None:
        return Part(name, (), 0, f"{name}: {module[0]} is not here; not measured.")
    with subprocess.Popen([sys.executable, "-m", *module], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            said, _ = process.communicate(timeout=limit_s)
            problem = (
                "" if process.returncode == 0 else f"{name}: not measured to its end, exit code {process.returncode}."
            )
        except subprocess.TimeoutExpired:
            said = _ended(process)
            problem = f"{name}: not measured to its end in {limit_s:.0f} seconds."
    found = tuple(from_line(line) for line in said.splitlines() if line.startswith("{"))
    return Part(name, found, time.monotonic() - began, problem)


def _ended(process: subprocess.Popen[str]) -> str:
    """What it had printed. It gets the time to clear up: servers that it began, folders full of articles."""
    process.terminate()
    try:
        return process.communicate(timeout=20)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0]


if __name__ == "__main__":
    sys.exit(main())
