"""A receiver, and an installation that has published one event before anybody is told of anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notify import receiver as receivers
from tests.notify.newsroom import Newsroom, quake
from tests.notify.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receivers.receiver() as started:
        yield started


@pytest.fixture
def newsroom(tmp_path: Path, receiver: Receiver) -> Newsroom:
    room = Newsroom(tmp_path, receiver)
    room.configure("/hook")
    room.publish(quake())
    return room
