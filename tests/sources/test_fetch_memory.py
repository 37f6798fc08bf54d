"""Fetching keeps its memory small whatever servers send: measured in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile_origin import Origin

# Memory
HOSTILE_ROUND = """
import sys
from pathlib import Path
from dataclasses import replace
from feedsvc.sources.answers import Request
from feedsvc.sources.fetch import fetch
from tests.sources.test_fetch import SETTINGS

root, *paths = sys.argv[1:]
for answer in fetch([Request(path, root + path) for path in paths], replace(SETTINGS, read_s=60, total_s=60)):
    print(answer.problem or "fine")
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024)
"""


def peak_memory(origin: Origin, paths: list[str]) -> tuple[list[str], int]:
    """What came of fetching all these at once in a process of its own, and its peak memory in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", HOSTILE_ROUND, origin.url(""), *paths],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent.parent,
    )
    *problems, peak = done.stdout.split("\n")[:-1]
    return problems, int(peak)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_a_gigabyte_of_zeros_is_cut_while_it_is_small(origin: Origin) -> None:
    bombs = [f"bomb?mib=1024&coding={coding}" for coding in ("gzip", "deflate", "br", "zstd")]
    problems, peak = peak_memory(origin, [*bombs, "endless"])
    assert set(problems) == {
        "is larger than 16 MiB unpacked and was cut off; no feed is that large",
        "is larger than 16 MiB and was cut off; no feed is that large",
    }
    assert peak < 200


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_many_large_documents_at_once_stay_small(origin: Origin) -> None:
    problems, peak = peak_memory(origin, ["bomb?mib=15&coding=gzip"] * 12)
    assert problems == ["fine"] * 12
    assert peak < 200
