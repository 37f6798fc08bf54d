"""The machine: room on the disk, clock, time zones, open files, and who may read what is secret."""

from __future__ import annotations

import resource
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feedsvc.config import Config
from feedsvc.doctor.finding import Finding, bad, ok, warn
from feedsvc.place import Address
from feedsvc.store import open_database, sources
from feedsvc.watching import LEAST_FREE, free_bytes

MIB = 1 << 20
ENOUGH_FREE = 4 * LEAST_FREE
ENOUGH_FILES = 1024  # fifty requests at once, and some hundred readers
ZONE = "Europe/Paris"  # of times that publishers write without one


def disk(config: Config) -> Iterator[Finding]:
    for name, folder in config.service.folders:
        there = next(path for path in (folder, *folder.parents) if path.exists())
        free = free_bytes(there)
        words = f"{free // MIB} MiB are free where the {name} lies ({folder})"
        if free < LEAST_FREE:
            yield bad("disk", words, "make room: an update needs as much as the largest file twice")
        elif free < ENOUGH_FREE:
            yield warn("disk", words, "make room soon")
        else:
            yield ok("disk", words)


def secrets(config: Config) -> Iterator[Finding]:
    """Addresses may hold passwords and tokens; they stand in the configuration and in the state."""
    state = config.service.state
    addresses = [*(source.url for source in config.sources), *(webhook.url for webhook in config.webhooks)]
    hidden = isinstance(state, Address) and state.url != str(state)  # it shows itself without what is secret
    if not hidden and not any(map(_is_secret, addresses)):
        yield ok("permissions", "no address in the configuration holds a password or query")
        return
    for path in (config.path, *([state] if isinstance(state, Path) else [])):
        if path.exists() and path.stat().st_mode & stat.S_IROTH:
            words = f"{path}: everybody on this machine may read it, and it holds addresses with passwords or queries"
            yield warn("permissions", words, f"chmod o= {path}")
        elif path.exists():
            yield ok("permissions", f"{path}: not open to everybody")


def _is_secret(address: str) -> bool:
    parts = urlsplit(address)
    return "@" in parts.netloc or bool(parts.query)


def clock(config: Config, now: datetime) -> Iterator[Finding]:
    """Nothing that was noted can be still to come."""
    with closing(open_database(config.service.state, create=False)) as database, database.reading() as connection:
        read = [state.checked for state in sources.states(connection).values()]
        captured = sources.newest_capture(connection)
    latest = max((*read, captured or now))
    if latest > now + timedelta(minutes=5):
        words = f"{latest:%Y-%m-%d %H:%M} UTC stands in the state, and is still to come"
        remedy = "see that the clock is set over the network (timedatectl); what is noted is mended by later updates"
        yield bad("clock", words, remedy)
    else:
        yield ok("clock", f"{now:%Y-%m-%d %H:%M} UTC, and nothing in the state is later")


def zones() -> Iterator[Finding]:
    try:
        ZoneInfo(ZONE)
    except ZoneInfoNotFoundError:
        yield bad("time zones", f"{ZONE} is not known", "install tzdata: apt-get install tzdata, or pip install tzdata")
    else:
        yield ok("time zones", "known")


def limits() -> Iterator[Finding]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < ENOUGH_FILES:
        words = f"only {hard} files may be open at once"
        yield warn("open files", words, "raise the limit: LimitNOFILE=65536 in the systemd unit, or ulimit -n")
    else:
        yield ok("open files", f"{'any number' if hard == resource.RLIM_INFINITY else hard} may be open at once")
