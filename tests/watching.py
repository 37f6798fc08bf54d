"""Somebody who looks all the while, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def looking(look: Callable[[], None], pause_s: float) -> Iterator[None]:
    """Until the end, with so much rest between two looks that others get on."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(pause_s):
            look()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
