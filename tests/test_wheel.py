"""The built wheel works with the source tree gone: migrations, model, rarity and catalogue travel in it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.saved import configuration, small_archive, write

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_the_wheel_holds_all_that_runs(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    write(tmp_path / "articles", small_archive())
    config = configuration(tmp_path)
    code = (
        "import feedsvc, sys; assert feedsvc.__file__.startswith(sys.argv.pop(1)), feedsvc.__file__\n"
        "from feedsvc.cli import main; main()"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    for arguments in (["update"], ["sources", "--catalogue", "rfi"]):
        command = [sys.executable, "-c", code, str(tmp_path / "site"), *arguments, "--config", str(config)]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    assert "https://www.rfi.fr/cn/rss" in done.stdout
    assert (tmp_path / "output" / "all.atom").exists()
