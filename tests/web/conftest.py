from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.serving import Served, publish, serving


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests that only ask."""
    folder = tmp_path_factory.mktemp("served")
    publish(folder / "output")
    with serving(folder) as served:
        yield served


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    """A server of one test alone, which may change what it serves, and end it."""
    publish(tmp_path / "output")
    with serving(tmp_path) as served:
        yield served
