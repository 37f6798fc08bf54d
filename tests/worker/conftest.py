"""An installation on PostgreSQL of each test's own, and publishers that it reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from feedsvc.place import Address
from tests.worker.newsroom import Newsroom
from tests.worker.press import Press


@pytest.fixture
def newsroom(tmp_path: Path, state_on_postgresql: Address) -> Newsroom:
    return Newsroom(tmp_path, state_on_postgresql)


@pytest.fixture
def press() -> Iterator[Press]:
    with Press().running() as press:
        yield press
