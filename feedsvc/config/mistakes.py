"""The mistakes of one file, each told in one line: file, line, table, key, what stands there, what is allowed.

Decides nothing about what a mistake is. Called by `reading`.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from feedsvc.errors import ConfigError

from .places import Place, line_of, lines_of

ABSENT = object()
LONGEST_SHOWN = 60  # characters of a wrong value: enough to know it again


class Mistakes:
    """Collects what is wrong with one file."""

    def __init__(self, file: str, raw: dict[str, Any], content: str) -> None:
        self._file = file
        self._raw = raw
        self._content = content
        self._found: list[tuple[int, str]] = []

    @cached_property
    def _lines(self) -> dict[Place, int]:
        """Takes as long as all the rest of reading the file, so it is asked for where there is a mistake."""
        return lines_of(self._content)

    def add(self, place: Place, said: str, value: object = ABSENT) -> None:
        line = line_of(self._lines, place)
        words = said if value is ABSENT else f"{_shown(value)} {said}"
        where = self._name(place)
        self._found.append((line, f"{self._file}:{line}: {where}: {words}" if where else f"{self._file}: {words}"))

    def raise_any(self) -> None:
        if self._found:
            raise ConfigError(*(message for _, message in sorted(self._found, key=lambda found: found[0])))

    def _name(self, place: Place) -> str:
        """For people: `[[source]] "dw" · every`; a table without a usable id goes by its number."""
        if len(place) < 2:
            return _key(place[0]) if place else ""
        table, index = place[:2]
        if not isinstance(index, int):
            keys = [str(key) for key in place if not isinstance(key, int)]  # which item of a list, its value tells
            return f"[{'.'.join(keys[:-1])}] · {_key(keys[-1])}"
        name = self._raw[str(table)][index].get("slug" if table == "feed" else "id")
        shown = _shown(name) if isinstance(name, str) else f"number {index + 1}"
        return " · ".join([f"[[{table}]] {shown}", *(_key(key) for key in place[2:] if not isinstance(key, int))])


def _key(key: str | int) -> str:
    return str(key) if str(key).replace("_", "").replace("-", "").isalnum() else _shown(str(key))


def _shown(value: object) -> str:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}…"
