"""A paper on the loopback, and an installation that reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile_origin import Origin
from tests.live.newsstand import configuration, rss, source
from tests.live.service import SIX, Service


@pytest.fixture
def paper(tmp_path: Path, origin: Origin) -> Service:
    configuration(tmp_path, source("harbour", origin.url("news"), every='"30m"'))
    service = Service(tmp_path, origin)
    service.serve(rss(SIX))
    return service
