"""What tests of several folders share: servers, each started only where a test asks for it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from feedsvc.place import Address

if TYPE_CHECKING:
    from tests.hostile_origin import Origin
    from tests.postgresql import Server


# A shell has what it starts in the background ignore SIGINT, and so would every program that tests start and end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """One for all tests of a session that only want databases: not to be stopped."""
    from tests.postgresql import Server

    server = Server()
    yield server
    server.close()


@pytest.fixture
def state_on_postgresql(postgresql: Server) -> Iterator[Address]:
    """An empty state of its own."""
    address = postgresql.new_state()
    yield address
    postgresql.drop(address)


@pytest.fixture(scope="session")
def server() -> Iterator[Origin]:
    from tests.hostile_origin import hostile_origin

    with hostile_origin() as origin:
        yield origin


@pytest.fixture
def origin(server: Origin) -> Origin:
    """Does what a server should not; remembers nothing of the tests before."""
    server.forget()
    return server
