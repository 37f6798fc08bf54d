"""Whether the files lie there as they were left. All of them are looked at in turn, so many at each publication; what
folders say of themselves tells at once where one was lost. Imports next to nothing. Called by `publish`.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from feedsvc.output import Output
from feedsvc.store import published

AT_ONCE = 1_000  # files


@dataclass(frozen=True, slots=True)
class Looked:
    lost: frozenset[str]  # paths of files that are not as they were left
    up_to: str  # the last path that was looked at; empty: the last one of all


def look(connection: sa.Connection, output: Output, after: str) -> Looked:
    """`after`: up to where files were looked at before."""
    turn = published.paths_after(connection, after, AT_ONCE)
    up_to = turn[-1] if len(turn) == AT_ONCE else ""
    if len(turn) < AT_ONCE:
        turn += published.paths_after(connection, "", AT_ONCE - len(turn))
    before = published.folders(connection)
    now = output.folders([f"{folder}/" if folder else "" for folder in before])
    changed = [folder for folder, stamp in before.items() if now.get(folder) != stamp]
    names = {*turn, *published.paths_in(connection, changed)}
    output.known.update(published.files(connection, names))
    return Looked(frozenset(name for name in names if not output.is_as_left(name)), up_to)
