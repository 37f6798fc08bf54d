"""How JSON is written into the state, the same on every backend. Called where an engine is made."""

from __future__ import annotations

import json


def as_json(value: object) -> str:
    """In UTF-8: escapes of Chinese take twice the room, and four times as long to read. What that cannot hold: "?"."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return written if written.isascii() else written.encode("utf-8", "replace").decode("utf-8")
