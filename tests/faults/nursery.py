"""Starts feedsvc processes by the dozen: has everything imported once, and forks for each command.

As a program it takes one command a line on standard input, as JSON, and says how each ended. `Nursery` is its other
end.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.faults.steps import STEPS, Doom, Marks


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int  # of the exit; -9: killed
    step: str  # that it was in
    said: str  # on standard error

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Nursery:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, folder: Path, *arguments: str, doom: Doom) -> Ended:
        assert self._process.stdin and self._process.stdout
        print(json.dumps([str(folder), arguments, asdict(doom)]), file=self._process.stdin, flush=True)
        return Ended(**json.loads(self._process.stdout.readline()))


@contextmanager
def nursery() -> Iterator[Nursery]:
    command = [sys.executable, "-m", "tests.faults.nursery"]
    # A pool of threads that numpy begins would not survive the fork.
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield Nursery(process)
        assert process.stdin
        process.stdin.close()


def serve() -> None:
    warm_up()
    shared = mmap.mmap(-1, mmap.PAGESIZE)
    for line in sys.stdin:
        folder, arguments, doom = json.loads(line)
        with tempfile.TemporaryFile() as said:
            child = os.fork()
            if not child:
                live(Path(folder), arguments, Doom(**doom), shared, said.fileno())
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            said.seek(0)
            words = said.read().decode(errors="replace")
        print(json.dumps(asdict(Ended(code, STEPS[shared[0]], words))), flush=True)


def warm_up() -> None:
    """One update of saved articles: what a process loads only once it is needed is there for all."""
    from feedsvc.config import load
    from feedsvc.cycle import run_cycle
    from tests.saved import configuration, small_archive, write

    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "articles", small_archive())
        run_cycle(load(configuration(Path(folder))), datetime.now(UTC), lambda *_: None)
    import feedsvc.daemon
    import feedsvc.sources.fetch  # noqa: F401


def live(folder: Path, arguments: list[str], doom: Doom, shared: mmap.mmap, said: int) -> None:
    """The rest of the child's life."""
    code = 1
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for ours, number in ((nothing, 0), (nothing, 1), (said, 2)):
            os.dup2(ours, number)
        os.chdir(folder)
        random.seed()
        hurry()
        Marks(shared, doom).wrap_all()
        code = run(arguments)
    except BaseException as error:
        os.write(2, f"Traceback of the nursery: {error!r}\n".encode())
    finally:
        os._exit(code)


def run(arguments: list[str]) -> int:
    import traceback

    from feedsvc.cli import main

    sys.argv = ["feedsvc", *arguments]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stderr.flush()
    return 0


def hurry() -> None:
    """No second between two requests to a host, and a daemon that has its minute in a moment."""
    from feedsvc.daemon import work
    from feedsvc.reading import asking

    asking.POLITENESS = replace(asking.POLITENESS, spacing_s=0.0)
    work.SHORTEST_EVERY = timedelta(milliseconds=1)
    work.REST_S = 0.05


if __name__ == "__main__":
    serve()
