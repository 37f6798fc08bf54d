"""Is all well? Each check gives findings, with what to do; nothing is changed, not even mended.

Called by `feedsvc doctor`, with a configuration that could be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from feedsvc.config import Config
from feedsvc.doctor.finding import Finding, Level
from feedsvc.doctor.machine import clock, disk, limits, secrets, zones
from feedsvc.doctor.output import output
from feedsvc.doctor.queues import queues
from feedsvc.doctor.server import server
from feedsvc.doctor.sources import answers, configuration, schedule, sources
from feedsvc.doctor.state import state
from feedsvc.place import Address
from feedsvc.store import has_state

__all__ = ["Finding", "Level", "examine"]


def examine(config: Config, now: datetime, *, live: bool) -> Iterator[Finding]:
    """`live`: also ask each source now, and compare clocks with their servers."""
    yield from configuration(config)
    usable = True
    place = config.service.state
    for finding in server(place) if isinstance(place, Address) else state(config):
        usable = usable and (finding.level == "ok" or finding.check != "state")  # to open an older one upgrades it
        yield finding
    if usable and has_state(config.service.state):
        yield from queues(config)
        yield from sources(config)
        yield from schedule(config, now)
        yield from output(config)
        yield from clock(config, now)
    if live:
        yield from answers(config, now)
    yield from disk(config)
    yield from secrets(config)
    yield from zones()
    yield from limits()
