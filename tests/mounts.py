"""Folders on a small disk, and folders that nobody may write into, root neither. Skips where nothing can be mounted."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Of `size` as mount(8) has it, "6m"."""
    folder.mkdir()
    with _mounted(folder, "-t", "tmpfs", "-o", f"size={size}", "none"):
        yield folder


@contextmanager
def not_to_be_written(folder: Path) -> Iterator[None]:
    if os.geteuid() != 0:
        mode = folder.stat().st_mode
        folder.chmod(0o555)
        yield
        folder.chmod(mode)
        return
    with _mounted(folder, "--bind", str(folder)):
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        yield


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Not a byte is left."""
    filler = disk / ".filler"
    with pytest.raises(OSError), filler.open("wb", buffering=0) as handle:
        while handle.write(b"x" * 4096):
            pass
    yield
    filler.unlink()


@contextmanager
def _mounted(folder: Path, *how: str) -> Iterator[None]:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    if subprocess.run(["mount", *how, folder], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
