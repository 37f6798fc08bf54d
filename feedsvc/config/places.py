"""On which line of a TOML text a key stands: the standard parser does not tell.

Splits the text into statements and lets the standard parser read each alone, so it knows no grammar beyond where a
statement ends. Called by `reading` with text that the parser has accepted as a whole.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

Place = tuple[str | int, ...]  # ("source", 1, "every"): the key `every` of the second [[source]]

# What may hold a line break or a bracket that ends no statement; then brackets and line breaks themselves.
PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' r"'''.*?'{3,5}|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'|#[^\n]*|[\[{]|[\]}]|\n",
    re.DOTALL,
)


def lines_of(text: str) -> dict[Place, int]:
    """The line, from 1, of every table and key; of what lies inside a value, the line where its statement begins."""
    lines: dict[Place, int] = {(): 1}
    counts: dict[Place, int] = {}
    table: Place = ()
    for number, statement in _statements(text.replace("\r\n", "\n")):
        content = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _enter(content, counts)
            lines.setdefault(table, number)
            lines.setdefault(table[:1], number)
        else:
            for place in _inside(content, table):
                lines.setdefault(place, number)
    return lines


def line_of(lines: dict[Place, int], place: Place) -> int:
    """The line of a place, or of the nearest thing around it that has one."""
    while place not in lines:
        place = place[:-1]
    return lines[place]


def end_of(text: str, array: str) -> int:
    """How many lines of the text there are up to the end of its last table [[array]]; 0 where it has none."""
    end = 0
    inside = False
    for number, statement in _statements(text.replace("\r\n", "\n")):
        if statement.lstrip().startswith("["):
            inside = isinstance(tomllib.loads(statement).get(array), list)
        if inside:
            end = number + statement.count("\n")
    return end


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Line number and text of each statement; blank lines and comments are none."""
    depth = start = 0
    number = begun = 1
    for piece in PIECE.finditer(text + "\n"):
        mark = piece[0]
        number += mark.count("\n")
        depth += (mark in ("[", "{")) - (mark in ("]", "}"))
        if mark == "\n" and depth == 0:
            statement = text[start : piece.start()]
            if statement.strip() and not statement.lstrip().startswith("#"):
                yield begun, statement
            start, begun = piece.end(), number


def _enter(header: object, counts: dict[Place, int]) -> Place:
    """The place that a header opens, given what the parser makes of it alone; counts the tables of arrays."""
    place: Place = ()
    while isinstance(header, dict) and header:
        key, header = next(iter(header.items()))
        place = (*place, key)
        if isinstance(header, list):
            counts[place] = counts.get(place, -1) + 1
            return (*place, counts[place])
        if place in counts and header:
            place = (*place, counts[place])
    return place


def _inside(value: object, place: Place) -> Iterator[Place]:
    if place:
        yield place
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _inside(inner, (*place, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _inside(inner, (*place, index))
