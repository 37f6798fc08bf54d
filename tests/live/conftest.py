"""The server, and manners that no publisher would like but that let tests be quick."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from feedsvc.reading import asking
from feedsvc.sources.addresses import Address, resolve
from feedsvc.sources.fetch import DEFAULTS
from tests.hostile_origin import Origin
from tests.live.newsstand import configuration, rss, source
from tests.live.service import INNER, SIX, Service


@pytest.fixture
def origin(server: Origin, monkeypatch: pytest.MonkeyPatch) -> Origin:
    """The server, and manners that no publisher would like but that let tests be quick."""
    # Silence and slowness lie so far apart that a machine which stops for a moment does not make one of the other.
    quick = replace(DEFAULTS, at_once_per_host=50, spacing_s=0, read_s=0.4, total_s=2.0, resolve=known_names)
    monkeypatch.setattr(asking, "POLITENESS", quick)
    server.forget()
    return server


def known_names(host: str) -> list[Address]:
    return [INNER] if host == "inner.example" else list(resolve(host))


@pytest.fixture
def paper(tmp_path: Path, origin: Origin) -> Service:
    configuration(tmp_path, source("harbour", origin.url("news")))
    service = Service(tmp_path, origin)
    service.serve(rss(SIX))
    return service
