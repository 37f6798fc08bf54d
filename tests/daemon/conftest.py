"""A paper on the loopback, and an installation that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile_origin import Origin, hostile_origin
from tests.live.newsstand import configuration, rss, source
from tests.live.service import SIX, Service


@pytest.fixture(scope="module")
def server() -> Iterator[Origin]:
    with hostile_origin() as origin:
        yield origin


@pytest.fixture
def origin(server: Origin) -> Origin:
    server.forget()
    return server


@pytest.fixture
def paper(tmp_path: Path, origin: Origin) -> Service:
    configuration(tmp_path, source("harbour", origin.url("news"), every='"30m"'))
    service = Service(tmp_path, origin)
    service.serve(rss(SIX))
    return service
