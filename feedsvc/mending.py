"""A damaged state is moved aside, to begin anew from what is published and the sources: by hand, or by itself where the
configuration says so. Never a sound one, nor one that is only locked, on a full disk or not to be read.

Called by the command line, whole cycles and the daemon. What a new state takes over is up to `recovery`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from feedsvc import logs
from feedsvc.config import Config
from feedsvc.errors import DamagedError, FeedsvcError, StateError
from feedsvc.place import Address
from feedsvc.store import as_file, copies, sole_writer, soundness
from feedsvc.store.database import DAMAGED, NO_SENSE

# What is damaged more often has a cause that needs a person, and copies of it would fill the disk.
MOST_A_DAY = 3

Done = TypeVar("Done")


def repair(config: Config, now: datetime, *, aside: bool) -> Path | None:
    """Look at the state; with `aside`, move a damaged one out of the way: where it is now. None: nothing is wrong.

    Raises StateError with what is wrong where it is and is not to be moved.
    """
    state = as_file(config.service.state, "a server's is looked after by whoever runs it; see docs/scaling.md")
    if not state.exists():
        raise StateError(f"{state}: no state yet; run `feedsvc update` first")
    with sole_writer(state, "process"):
        wrong = _damage(state)
        if wrong and not aside:
            raise StateError(
                f"{state}: {wrong}; put a backup in its place (`feedsvc restore FILE --replace`), or begin anew from "
                "what is published and the sources: `feedsvc repair --move-aside`, then `feedsvc update`"
            )
        return _moved_aside(state, now) if wrong else None


def despite_damage(
    config: Config, attempt: Callable[[], Done], clock: Callable[[], datetime], wait_s: float = 0.0
) -> Done:
    """What `attempt` gives; where it meets a damaged state and the configuration says to begin anew, at the second try.

    Not to be called under the writer's lock, which is waited for up to `wait_s`. Raises what `attempt` does, and
    DamagedError where the state turns out to be why it failed.
    """
    state = config.service.state
    if isinstance(state, Address):
        return attempt()  # a server sees to its files itself
    try:
        return attempt()
    except DamagedError:
        if config.service.on_damage == "stop":
            raise
    except NO_SENSE as error:
        wrong = _damage(state)
        if not wrong:
            raise
        if config.service.on_damage == "stop":
            raise DamagedError(f"{state}: {wrong}: {DAMAGED}") from error
    _begin_anew(state, clock(), wait_s)
    return attempt()


def _begin_anew(state: Path, now: datetime, wait_s: float) -> None:
    """Nothing is done where the state is sound: another process has begun anew meanwhile."""
    with sole_writer(state, wait_s=wait_s):
        wrong = _damage(state)
        if not wrong:
            return
        lately = [at for at in copies.set_aside(state, "damaged").values() if at >= now - timedelta(days=1)]
        if len(lately) >= MOST_A_DAY:
            raise StateError(
                f"{state}: {wrong}; so it was {len(lately)} times in a day, and is left as it is now: see whether the "
                "disk is sound, then `feedsvc repair` says how to go on"
            )
        moved = _moved_aside(state, now)
    logs.tell(
        f"{state}: {wrong}; it is {moved.name} now, and a new state begins from what is published and the sources"
    )


def _damage(state: Path) -> str:
    if state.is_dir():
        raise FeedsvcError(f"{state}: is a folder; move it away, or give [service] state another path")
    return soundness.damage(state, _read) if state.exists() else ""


def _read(table: str, row: sa.Row[Any]) -> None:
    """What the store keeps without knowing what it means."""
    from feedsvc.events import keeping, outline, shipped, words  # noqa: PLC0415 - only where something went wrong

    if table not in {"profile", "outline"} or row.version != shipped.version():
        return
    if table == "profile":
        every = [keeping.from_bytes(row.data).ids]
    else:
        told = outline.read_traces([row.article], [row.facts], [row.trace], [row.places])
        every = [told.terms, outline.read_outlines([row.article], [row.facts], [row.terms]).terms]
    if any(ids.size and not 0 <= ids.min() <= ids.max() < words.TERM_SPACE for ids in every):
        raise ValueError("no such terms")


def _moved_aside(state: Path, now: datetime) -> Path:
    moved = copies.move_aside(state, "damaged", now)
    state.unlink()
    return moved
