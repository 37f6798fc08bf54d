"""The hub that a configuration asks for, over its state. Called by the command line and whoever else runs a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from feedsvc.config import Config
from feedsvc.hub.hub import Hub
from feedsvc.sources import addresses
from feedsvc.store import open_database, sole_writer
from feedsvc.web import Part


@contextmanager
def opened(config: Config) -> Iterator[Part]:
    """Raises StateError where the state cannot be used, or another process is its hub: two would send all twice."""
    service, output = config.service, config.service.output
    assert isinstance(output, Path)  # the configuration has no hub of its own beside any other
    may_reach = addresses.is_any if service.allow_private else addresses.is_public
    with (
        sole_writer(service.state, "hub", purpose="hub") as fence,
        closing(open_database(service.state, fence=fence)) as database,
    ):
        yield Hub(
            database,
            output,
            service.base_url,
            private={feed.slug for feed in config.feeds if feed.private},
            contact=service.contact,
            may_reach=may_reach,
        ).part()
