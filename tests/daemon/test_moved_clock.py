"""The daemon's own wall clock is moved while it runs, by more than a year: it goes on at once, and nothing moves."""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lxml import etree

from tests.daemon.process import running
from tests.live.newsstand import Story, configuration, rss, source
from tests.live.service import SIX, Service

YEAR_S = 400 * 86_400
# Stands before the C library: whoever asks for the time of day gets it with what the file says on top.
CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

int clock_gettime(clockid_t which, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    static long *ahead;
    if (!real) {
        real = (int (*)(clockid_t, struct timespec *)) dlsym(RTLD_NEXT, "clock_gettime");
        ahead = mmap(0, 8, PROT_READ, MAP_SHARED, open(getenv("CLOCK_AHEAD"), O_RDONLY), 0);
    }
    int failed = real(which, now);
    if (which == CLOCK_REALTIME) now->tv_sec += *ahead;
    return failed;
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler to make a clock with")
    made = tmp_path_factory.mktemp("clock") / "clock.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-xc", "-", "-o", made, "-ldl"]
    subprocess.run(command, input=CLOCK, text=True, check=True)
    return made


@contextmanager
def clock(library: Path, folder: Path) -> Iterator[tuple[dict[str, str], Callable[[int], None]]]:
    """What a process needs in its environment, and what moves its clock: to so many seconds ahead of the true one."""
    file = folder / "ahead"
    file.write_bytes(bytes(8))
    with file.open("r+b") as handle, mmap.mmap(handle.fileno(), 8) as ahead:
        yield (
            {"LD_PRELOAD": str(library), "CLOCK_AHEAD": str(file)},
            lambda seconds: struct.pack_into("l", ahead, 0, seconds),
        )


def entries(paper: Service) -> dict[str | None, bytes]:
    found = etree.parse(paper.folder / "output" / "all.atom").getroot().findall("{*}entry")
    return {entry.findtext("{*}id"): etree.tostring(entry) for entry in found}


@pytest.mark.slow
@pytest.mark.parametrize("jump_s", [YEAR_S, -YEAR_S])
def test_what_is_due_is_read_at_once_and_no_entry_moves(
    paper: Service, library: Path, tmp_path: Path, jump_s: int
) -> None:
    configuration(paper.folder, source("harbour", paper.origin.url("news"), every='"30m"'))
    with clock(library, tmp_path) as (environment, move), running(paper.folder, **environment) as daemon:
        daemon.said("6 articles new")
        before = entries(paper)
        paper.serve(rss([*SIX, Story(7, title="渡轮恢复通航")]))
        move(jump_s)
        daemon.said(rf"the clock was moved by \{'+' if jump_s > 0 else '-'}34560000 s")
        daemon.said("1 articles new")
        after = entries(paper)
        assert len(after) == 7 and after.items() >= before.items()
        paper.serve(rss([*SIX, Story(7, title="渡轮恢复通航"), Story(8, title="码头起火")]))
        move(0)
        daemon.said("1 articles new", 2)
        assert len(entries(paper)) == 8 and entries(paper).items() >= after.items()
        assert daemon.end() == 0
