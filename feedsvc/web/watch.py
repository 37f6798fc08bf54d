"""What an operator sees: counters for Prometheus, a line for each request, and whether all is well.

The application that uvicorn calls: tells routes from files, and notes each answer.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feedsvc import exposition
from feedsvc.exposition import Family, single
from feedsvc.web.folder import Folder
from feedsvc.web.headers import METHODS, SAFE
from feedsvc.web.log import AccessLog, Exchange
from feedsvc.web.parts import Part
from feedsvc.web.site import Site

EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"  # https://prometheus.io/docs/instrumenting/exposition_formats/
NOT_KEPT = {"Cache-Control": "no-store", **dict(SAFE)}
COUNTED = frozenset(METHODS.split(", "))


class Watch:
    """Sends a request where it belongs, and counts and logs what is answered; the query of an address is in no line."""

    def __init__(self, site: Site, folder: Folder, parts: Sequence[Part], log: AccessLog) -> None:
        self.site = site
        self.log = log
        self._folder = folder
        self._parts = parts
        # A file of the same name is never read, so the site's shortcut does not know it either.
        self._routes: dict[str, ASGIApp] = {"/healthz": self.health, "/metrics": self.metrics}
        for part in parts:
            self._routes |= part.routes
        self._started = time.monotonic()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._bytes = 0
        self._seconds = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, status, size = time.monotonic(), 500, 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self._routes.get(scope["path"], self.site)(scope, receive, counted)
        except asyncio.CancelledError:
            pass  # the drain is over: whoever still reads was given time enough
        finally:
            client = scope["client"][0] if scope.get("client") else "-"
            agent = next((value.decode("latin-1") for key, value in scope["headers"] if key == b"user-agent"), "-")
            path = scope["raw_path"].partition(b"?")[0]
            self.note(Exchange(client, scope["method"], path, agent, status, size, time.monotonic() - started))

    def note(self, done: Exchange) -> None:
        self._requests[done.method if done.method in COUNTED else "other", done.status] += 1
        self._bytes += done.size
        self._seconds += done.seconds
        self.log.note(done)

    async def health(self, scope: Scope, receive: Receive, send: Send) -> None:
        """200 while there is something to serve, else 503."""
        times = self._published()
        age = {"newest_file_age_s": round(time.time() - max(times))} if times else {}
        said = {"status": "ok" if times else "nothing is published", **age}
        await _only_to_read(JSONResponse(said, 200 if times else 503, headers=NOT_KEPT))(scope, receive, send)

    async def metrics(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = list(exposition.lines(self._families()))
        for part in self._parts:
            # In a thread: it may ask a large state, and nobody's feed is to wait for that.
            found += await asyncio.to_thread(_listed, part)
        text = "".join(f"{line}\n" for line in found)
        await _only_to_read(PlainTextResponse(text, headers=NOT_KEPT, media_type=EXPOSITION))(scope, receive, send)

    def _published(self) -> list[float]:
        try:
            return self._folder.published()
        except OSError:
            return []

    def _families(self) -> Iterator[Family]:
        requests = [({"method": m, "status": str(status)}, n) for (m, status), n in sorted(self._requests.items())]
        yield Family("feedsvc_http_requests_total", "counter", "Requests answered.", requests)
        yield single("feedsvc_http_response_bytes_total", "Bytes of answers' content.", self._bytes, "counter")
        seconds = round(self._seconds, 6)
        yield single("feedsvc_http_seconds_total", "Time spent answering, waits included.", seconds, "counter")
        yield single("feedsvc_uptime_seconds", "Since the server started.", round(time.monotonic() - self._started, 3))
        times = self._published()
        yield single("feedsvc_output_files", "Documents beside the index.", len(times))
        if times:
            age = round(max(0.0, time.time() - max(times)), 3)
            yield single("feedsvc_output_newest_file_age_seconds", "Since one of them changed.", age)


def _listed(part: Part) -> list[str]:
    return list(part.metrics())


def _only_to_read(response: Response) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        refused = PlainTextResponse("405 Method Not Allowed", 405, headers={"Allow": "GET, HEAD"})
        await (response if scope["method"] in ("GET", "HEAD") else refused)(scope, receive, send)

    return answer
