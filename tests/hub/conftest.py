from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.running import Running, hub
from tests.hub.subscriber import Subscribers, subscribers


@pytest.fixture
def reader() -> Iterator[Subscribers]:
    """Whoever subscribes."""
    with subscribers() as own:
        yield own


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with hub(tmp_path) as own:
        yield own
