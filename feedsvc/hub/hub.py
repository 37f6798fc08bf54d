"""The hub as a part of the server: takes requests, looks for changes, lives from the server's start to its end.

Joins the others of this room. The command line opens the state and hands it over.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from feedsvc import exposition
from feedsvc.errors import StateError
from feedsvc.exposition import Family, single
from feedsvc.hub import messages
from feedsvc.hub.calling import Caller
from feedsvc.hub.delivering import Delivering
from feedsvc.hub.documents import Documents
from feedsvc.hub.intents import FORM, Intent, Publication, Reader, RefusalError
from feedsvc.hub.limits import Limits
from feedsvc.hub.register import Register
from feedsvc.hub.verifying import Verifying
from feedsvc.sources import addresses
from feedsvc.sources.network import Resolver, Rule
from feedsvc.store import Database
from feedsvc.web import Part

PATH = "/hub"
AGAIN_S = 5.0  # after what should not happen
DEFAULTS = Limits()

log = logging.getLogger(__name__)


class Hub:
    """`base_url`: where `output` is published for the world; the hub is at "hub" below it. `private`: slugs of feeds
    that no hub tells of.
    """

    def __init__(
        self,
        database: Database,
        output: Path,
        base_url: str,
        *,
        private: Collection[str] = (),
        contact: str = "",
        may_reach: Rule = addresses.is_public,
        limits: Limits = DEFAULTS,
        resolve: Resolver = addresses.resolve,
    ) -> None:
        self.address = base_url + PATH.removeprefix("/")
        self._limits = limits
        self._reader = Reader(base_url, limits, may_reach)
        self._documents = Documents(output, private)
        self._register = Register(database)
        self._published = asyncio.Event()
        caller = Caller(contact, may_reach, resolve, limits)
        self._delivering = Delivering(
            limits, self._register, self._documents, caller, messages.Links(self.address, base_url)
        )
        self._verifying = Verifying(limits, self._register, self._documents, caller, self._delivering.renewed)

    def part(self) -> Part:
        """What a server needs to be a hub as well."""
        return Part({PATH: self.answer}, self.running, self.metrics)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The work beside answering. Writes what was delivered before it ends; raises StateError if it cannot."""
        work = [asyncio.create_task(_always(each)) for each in (self._look, self._purge, self._register.keep_writing)]
        try:
            yield
        finally:
            await self._verifying.close()
            await self._delivering.close()
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            await self._register.write()

    async def _look(self) -> None:
        while True:
            for name in await self._documents.changed(self._register.documents()):
                self._delivering.changed(name)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._limits.look_every_s):
                    await self._published.wait()
            self._published.clear()

    async def _purge(self) -> None:
        while True:
            if ended := self._register.remove_expired(datetime.now(UTC)):
                log.info("hub: %d subscriptions ended with their lease", ended)
            self._verifying.forget_rates()
            await asyncio.sleep(self._limits.purge_every_s)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request to the hub."""
        response = await self._response(Request(scope, receive))
        await response(scope, receive, send)

    async def _response(self, request: Request) -> Response:
        try:
            asked = self._reader.read(await self._body(request))
            if isinstance(asked, Intent):
                self._verifying.submit(asked)
        except RefusalError as refusal:
            return _said(refusal.status, str(refusal), refusal.retry_after_s)
        if isinstance(asked, Publication):
            self._published.set()
            return _said(202, "thank you; what changed will be sent")
        return _said(202, "the callback will be asked whether it means it")

    async def _body(self, request: Request) -> bytes:
        """Raises RefusalError."""
        if request.method != "POST":
            raise RefusalError(405, "this is a WebSub hub; POST a form to it (https://www.w3.org/TR/websub/)")
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != FORM:
            raise RefusalError(415, f"the Content-Type must be {FORM}")
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.request_s):
                async for piece in request.stream():
                    body += piece
                    if len(body) > self._limits.request_size:
                        raise RefusalError(413, f"the form is larger than {self._limits.request_size} bytes")
        except (TimeoutError, ClientDisconnect):
            raise RefusalError(408, "the form did not arrive in time") from None
        return bytes(body)

    def metrics(self) -> Iterator[str]:
        """Lines for Prometheus."""
        delivered, verified = self._delivering.outcomes, self._verifying.outcomes
        return exposition.lines(
            [
                single("feedsvc_hub_subscriptions", "Subscriptions that stand.", len(self._register)),
                single("feedsvc_hub_behind", "Subscriptions that lack the newest version.", self._delivering.behind),
                _by_outcome("feedsvc_hub_deliveries_total", "Deliveries tried.", delivered),
                _by_outcome("feedsvc_hub_verifications_total", "Requests verified.", verified),
            ]
        )


async def _always(work: Callable[[], Awaitable[None]]) -> None:
    """Whatever happens: a hub that silently does nothing any more would be noticed by nobody."""
    while True:
        try:
            await work()
        except StateError as error:
            log.error("hub: %s; it will be tried again", error)
        except Exception:
            log.exception("hub: failed in a way that was not foreseen, and goes on; please report it")
        await asyncio.sleep(AGAIN_S)


def _by_outcome(name: str, words: str, outcomes: Counter[str]) -> Family:
    return Family(name, "counter", words, [({"outcome": outcome}, count) for outcome, count in outcomes.items()])


def _said(status: int, words: str, retry_after_s: float = 0.0) -> Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if status == 405:
        headers["Allow"] = "POST"
    if retry_after_s:
        headers["Retry-After"] = str(ceil(retry_after_s))
    if status in (408, 413):
        headers["Connection"] = "close"  # what is left of the form is not read
    return PlainTextResponse(f"{words}\n", status, headers)
