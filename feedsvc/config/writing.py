"""Sources are added to a configuration file: its own text stays as it is, and the file is new whole or old whole.

The text goes through no TOML writer, for those move tables that stand apart and comments between them. Called by the
command line.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from feedsvc.config.places import end_of
from feedsvc.config.reading import parse, read_text
from feedsvc.config.settings import duration
from feedsvc.errors import ConfigError

MOST_MISTAKES = 5  # that are told of a file that would not do


@dataclass(frozen=True, slots=True)
class NewSource:
    """A table [[source]] that is to be written; what is empty is left out."""

    id: str
    url: str
    name: str = ""
    language: str = ""
    every: timedelta | None = None


def source_tables(sources: Sequence[NewSource]) -> str:
    """The sources as they are written into a file, a blank line between two of them."""
    return "\n".join(map(_table, sources))


def _table(source: NewSource) -> str:
    every = "" if source.every is None else duration(source.every)
    values = {"id": source.id, "name": source.name, "url": source.url, "language": source.language, "every": every}
    # What JSON escapes, TOML escapes alike.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value]
    return "\n".join(["[[source]]", *lines, ""])


def with_sources(content: str, sources: Sequence[NewSource]) -> str:
    """The text with the sources behind its last [[source]], and nothing else changed. `content` must be good TOML."""
    lines = _lines(content)
    place = _end_of_sources(lines, content)
    before, after = "".join(lines[:place]), "".join(lines[place:])
    gap = "\n" if before.endswith("\n") else "\n\n"
    closing = "\n" if after and lines[place].strip() else ""
    added = f"{gap}{source_tables(sources)}{closing}"
    return before + (added.replace("\n", "\r\n") if "\r\n" in content else added) + after


def _lines(content: str) -> list[str]:
    # Not str.splitlines, for which a line ends where TOML goes on: at U+2028 and its like.
    return [line for line in re.split(r"(?<=\n)", content) if line]


def _end_of_sources(lines: Sequence[str], content: str) -> int:
    """The line behind the last [[source]] and the comments that follow it at once, unless they introduce what comes."""
    end = end_of(content, "source") or len(lines)
    comments = end
    while comments < len(lines) and lines[comments].lstrip().startswith("#"):
        comments += 1
    return end if comments < len(lines) and lines[comments].strip() else comments


def add_sources(path: Path, sources: Sequence[NewSource]) -> None:
    """Write the sources into the file. Raises ConfigError, and leaves it as it is, where that gives no good file."""
    content = read_text(path)
    parse(content, path)
    changed = with_sources(content, sources)
    try:
        parse(changed, path)
    except ConfigError as error:
        why = "\n".join(error.mistakes[:MOST_MISTAKES])
        raise ConfigError(f"{path} was left as it is; with the new sources it would not do:\n{why}") from None
    try:
        _replace(path, content, changed)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}; it is as it was") from None


def _make_alike(file: Path, model: Path) -> None:
    """The same mode, and the same owner where we may: what root adds must stay readable to the service."""
    shutil.copymode(model, file)
    owner = model.stat()
    with suppress(PermissionError):
        os.chown(file, owner.st_uid, owner.st_gid)


def _replace(path: Path, content: str, changed: str) -> None:
    """Raises OSError; ConfigError where someone else has changed the file since it was read."""
    target = path.resolve()  # a link stays a link
    mark = codecs.BOM_UTF8 if target.read_bytes().startswith(codecs.BOM_UTF8) else b""
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(mark + changed.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        _make_alike(temporary, target)
        if read_text(target) != content:
            raise ConfigError(f"{path} was changed by someone else at this moment; run the command again")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
