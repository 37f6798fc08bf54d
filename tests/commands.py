"""feedsvc as a user's command, for tests that need many of them and none of its start.

Each is a process of its own, forked from one that has imported what most commands import. Who tests how a process
starts, waits or dies begins one with `python -m feedsvc`.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

LONGEST_S = 120
# A thread of NumPy's for each processor would be no help, and does not survive a fork.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        *("feedsvc.cli", "feedsvc.cli.tables", "feedsvc.ingest", "feedsvc.publishing.publication", "feedsvc.condition"),
        *("feedsvc.inquiry", "feedsvc.corrections", "feedsvc.upkeep", "feedsvc.notify.sending", "alembic.command"),
    ]
)


def feedsvc(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What it says and its exit code; -N where signal N ended it. A warning is an error, a line 200 characters long."""
    with tempfile.TemporaryDirectory() as name:
        said = Path(name, "stdout"), Path(name, "stderr")
        settings = os.environ | {"COLUMNS": "200"} | environment
        process = PROCESSES.Process(target=_live, args=(str(folder), arguments, settings, *map(str, said)))
        process.start()
        process.join(LONGEST_S)
        if process.exitcode is None:
            process.kill()
            process.join()
        stdout, stderr = (path.read_text(encoding="utf-8") if path.exists() else "" for path in said)
        code = process.exitcode
        process.close()
    assert code is not None
    return subprocess.CompletedProcess(list(arguments), code, stdout, stderr)


def _live(folder: str, arguments: tuple[str, ...], environment: dict[str, str], stdout: str, stderr: str) -> None:
    for path, number in ((stdout, 1), (stderr, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["feedsvc", *arguments]
    warnings.simplefilter("error")
    from feedsvc.cli import main

    main()
