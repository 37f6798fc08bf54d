"""`feedsvc run` as a process of its own: what it says, as it says it, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 60.0  # nothing is measured by it: only a failing test waits so long


class Running:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []  # of standard error
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr
        with self.process.stderr as said:
            for line in said:
                with self._changed:
                    self.lines.append(line.rstrip("\n"))
                    self._changed.notify_all()

    def said(self, pattern: str, times: int = 1) -> list[str]:
        """Waits until so many lines match; gives them."""

        def found() -> list[str]:
            return [line for line in self.lines if re.search(pattern, line)]

        with self._changed:
            assert self._changed.wait_for(lambda: len(found()) >= times, PATIENCE_S), (pattern, self.lines)
            return found()

    def tell(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """The exit code."""
        self.tell(number)
        return self.ended()

    def ended(self) -> int:
        code = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return code


@contextmanager
def running(folder: Path, *options: str, before: str = "", **environment: str) -> Iterator[Running]:
    """`before`: Python to run first, to shorten what would take minutes."""
    code = f"{before}\nimport sys; sys.argv[0] = 'feedsvc'; from feedsvc.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "run", *options],
        cwd=folder,
        env=os.environ | {"PYTHONWARNINGS": "error"} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    run = Running(process)
    try:
        yield run
    finally:
        process.kill()
        run.ended()


def until(condition: Callable[[], object]) -> None:
    """For what happens in another process and says nothing."""
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.02)
