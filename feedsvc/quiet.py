"""Whether an update can end before it has begun: nothing is due, and all lies as the last one left it.

Imports nothing that imports the database, which takes longer than all the rest of such an update. What only time or the
disk brings about is seen by whole cycles, so what one of them found counts for an hour at most. Called by the cycle and
the command line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedsvc.config import Config
from feedsvc.program import program
from feedsvc.publishing.report import PublishReport
from feedsvc.reading.report import IngestReport
from feedsvc.text import digest

LONGEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Said:
    seen: str
    since: datetime
    until: datetime
    events: int


def seen(config: Config) -> str:
    """Digest of all that a cycle depends on but the time: program, configuration, state and published documents.

    Empty where one of them lies on a server, which alone can say whether it has changed.
    """
    state, output = config.service.state, config.service.output
    if not isinstance(state, Path) or not isinstance(output, Path):
        return ""
    # What was written last may still stand in the log that SQLite keeps beside its file.
    files = (state, state.with_name(f"{state.name}-wal"))
    return digest(program(), repr(config), *map(_stamp, files), *sorted(_stamps(output)))


def remember(config: Config, found: str, now: datetime, due: datetime | None, events: int) -> None:
    """A cycle at `now` found nothing to do before `due`, all being as `found` says, and `events` published."""
    until = min(due or now + LONGEST, now + LONGEST)
    state = config.service.state
    if found and isinstance(state, Path) and now < until:
        said = {"seen": found, "since": now.isoformat(), "until": until.isoformat(), "events": events}
        with suppress(OSError):  # the next cycle finds the same again
            _note(state).write_text(json.dumps(said), encoding="utf-8")


def reports(config: Config, now: datetime) -> tuple[IngestReport, PublishReport] | None:
    """What a cycle at `now` would come to, where it is known to have nothing to do; None: it is to be run."""
    state = config.service.state
    if not isinstance(state, Path):
        return None
    said = _said(_note(state))
    if said is None or not said.since <= now < said.until or said.seen != seen(config):
        return None
    return IngestReport(), PublishReport(said.events, ())


def _said(note: Path) -> _Said | None:
    """None where there is no note, or half of one, or another program's."""
    try:
        said = json.loads(note.read_bytes())
        since, until = (datetime.fromisoformat(said[name]).astimezone(UTC) for name in ("since", "until"))
        return _Said(str(said["seen"]), since, until, int(said["events"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _note(state: Path) -> Path:
    return state.with_name(f"{state.name}.quiet")


def _stamp(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:
        return "none"
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}"


def _stamps(output: Path) -> Iterator[str]:
    """Of what lies in the folder itself; of folders in it, when something came or left."""
    with suppress(OSError), os.scandir(output) as entries:
        for entry in entries:
            yield f"{entry.name} {_stamp(Path(entry.path))}"
