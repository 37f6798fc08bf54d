"""Which program this is: what another one made may have to be made again. Called by who remembers what it made."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from feedsvc import __version__


@functools.cache
def program() -> str:
    """Digest of its version and of its files as they lie there."""
    found = ((path, path.stat()) for path in sorted(Path(__file__).parent.rglob("*.py")))
    lines = [__version__, *(f"{path} {stat.st_size} {stat.st_mtime_ns}" for path, stat in found)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
