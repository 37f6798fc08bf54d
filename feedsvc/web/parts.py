"""What a server is told: which folder, what the settings say of it, and what else it does (a hub, an operator's view).

A part brings routes, work that goes on while the server runs, and lines for Prometheus; parts need not know each other.
Called by `server` and by whoever starts one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from starlette.types import ASGIApp

from feedsvc.freshness import Freshness


@dataclass(frozen=True, slots=True)
class Published:
    """The folder that is served."""

    output: Path
    freshness: Freshness
    base_url: str = ""  # where it is published for the world; empty where that is unknown
    hub: str = ""  # address of the WebSub hub that tells of its changes; empty where there is none
    private: frozenset[str] = frozenset()  # slugs of the feeds that no hub tells of and no search engine lists


@dataclass(frozen=True, slots=True)
class Part:
    routes: Mapping[str, ASGIApp] = field(default_factory=dict)  # by exact path, "/hub"; before any file of that name
    # Entered in the server's event loop before the first request is taken, left after the last is answered.
    running: Callable[[], AbstractAsyncContextManager[object]] = nullcontext
    metrics: Callable[[], Iterable[str]] = (
        tuple  # lines of the Prometheus text exposition; called at each scrape, in a thread
    )
