"""A hub in a server of its own, over a published folder of our own writing; it can be ended and begun again."""

from __future__ import annotations

import atexit
import functools
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx

from feedsvc import web
from feedsvc.hub import Hub, Limits
from feedsvc.sources.addresses import Address, resolve
from feedsvc.store import hub as rows
from feedsvc.store import open_database
from feedsvc.store.hub import Subscription
from tests.hub.subscriber import PATIENCE_S
from tests.web.serving import BASE, publish, replace

ADDRESS = f"{BASE}hub"
ATOM, RSS, JSON = (f"{BASE}harbour.{ending}" for ending in ("atom", "rss", "json"))
INNER = ip_address("127.0.0.2")  # plays the private network
QUICK: dict[str, Any] = {"look_every_s": 0.01, "first_retry_s": 0.02, "answer_s": 5.0, "drain_s": 1.0}


def all_but_inner(address: Address) -> bool:
    return address != INNER


@dataclass
class Running:
    """`stop` and `start` are a restart."""

    folder: Path
    limits: Limits
    may_reach: Callable[[Address], bool] = all_but_inner
    names: dict[str, list[Address]] = field(
        default_factory=dict
    )  # what the resolver says of these; of others the truth
    url: str = ""
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, verify=False))

    @property
    def output(self) -> Path:
        return self.folder / "output"

    def publish(self, content: bytes, name: str = "harbour.atom") -> bytes:
        replace(self.output / name, content)
        return content

    def resolve(self, host: str) -> list[Address]:
        return self.names[host] if host in self.names else list(resolve(host))

    def start(self) -> None:
        self._database = open_database(self.folder / "state.sqlite")
        hub = Hub(self._database, self.output, BASE, may_reach=self.may_reach, limits=self.limits, resolve=self.resolve)
        published = web.Published(self.output, web.Freshness(), BASE, ADDRESS)
        self._server = web.Server(published, "127.0.0.1", 0, [hub.part()])
        self.url = self._server.url.rstrip("/")
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()

    def stop(self) -> None:
        self._server.stop()
        self._thread.join(timeout=PATIENCE_S)
        assert not self._thread.is_alive()
        self._database.close()

    def get(self, path: str) -> httpx.Response:
        return self.client.get(self.url + path)

    def post(self, fields: dict[str, str]) -> httpx.Response:
        return self.client.post(f"{self.url}/hub", data=fields)

    def ask(self, mode: str, callback: str, topic: str = ATOM, **more: str) -> httpx.Response:
        """`lease_seconds` means hub.lease_seconds."""
        fields = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
        return self.post(fields | {f"hub.{name}": value for name, value in more.items()})

    def subscribe(self, *callbacks: str, topic: str = ATOM, **more: str) -> None:
        """And wait until it stands."""
        before = self.metric("feedsvc_hub_verifications_total", "verified")
        for callback in callbacks:
            assert self.ask("subscribe", callback, topic, **more).status_code == 202
        self.until("feedsvc_hub_verifications_total", before + len(callbacks), "verified")

    def metric(self, name: str, outcome: str = "") -> float:
        label = f'{{outcome="{outcome}"}}' if outcome else ""
        text = self.get("/metrics").text
        found = re.search(rf"^{re.escape(name + label)} (\S+)$", text, re.MULTILINE)
        assert found, text
        return float(found[1])

    def until(self, name: str, value: float, outcome: str = "") -> None:
        end_s = time.monotonic() + PATIENCE_S
        while (found := self.metric(name, outcome)) != value:
            assert time.monotonic() < end_s, f"{name} is {found}, not {value}"

    def remembered(self) -> list[Subscription]:
        """What the state says, once the hub has ended."""
        database = open_database(self.folder / "state.sqlite")
        with database.reading() as connection:
            found = rows.load(connection)
        database.close()
        return found

    def remember(self, *subscriptions: Subscription) -> None:
        """Before the hub begins."""
        database = open_database(self.folder / "state.sqlite")
        with database.writing() as connection:
            rows.remember(connection, subscriptions)
        database.close()


@functools.cache
def example() -> Path:
    """A published folder and an empty state: made once, since migrating takes longer than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="feedsvc-hub-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    publish(folder / "output")
    open_database(folder / "state.sqlite").close()
    return folder


@contextmanager
def prepared(folder: Path, **limits: Any) -> Iterator[Running]:
    """A published folder, and a hub that the test starts; ended with the test."""
    shutil.copytree(example(), folder, dirs_exist_ok=True)
    running = Running(folder, Limits(**QUICK | limits))
    try:
        yield running
    finally:
        if running.url:
            running.stop()
        running.client.close()


@contextmanager
def hub(folder: Path, **limits: Any) -> Iterator[Running]:
    with prepared(folder, **limits) as running:
        running.start()
        yield running
