"""A command as a process of its own: what it cost, all its threads and children, loading the program included."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FEEDSVC = (sys.executable, "-m", "feedsvc")


@dataclass(frozen=True, slots=True)
class Cost:
    cpu_s: float  # user and system
    wall_s: float
    peak_mib: float
    said: str = ""


def environment(folder: Path) -> dict[str, str]:
    """In which `folder` is the home, and nothing is compiled anew each time: as where a program is installed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "PYTHONPATH": str(ROOT)}


def run(command: Sequence[str], folder: Path, *, fine: Sequence[int] = (0,)) -> Cost:
    """Run in `folder`, which is its home too. Ends this process where the command's exit code is not among `fine`."""
    with tempfile.TemporaryFile("w+") as said:
        began = time.monotonic()
        # The most memory that a process had is counted from its parent's at the fork: keep what calls this small.
        process = subprocess.Popen(
            command, cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:  # whoever is ended while it waits leaves nothing behind
            process.kill()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
        wall_s = time.monotonic() - began
        said.seek(0)
        words = said.read()
    if process.returncode not in fine:
        raise SystemExit(f"{' '.join(command[:4])}: exit code {process.returncode}: {words[-500:]}")
    return Cost(used.ru_utime + used.ru_stime, wall_s, used.ru_maxrss / 1024, words)
