"""What an operator sees: a line for each request, counters for Prometheus, and whether all is well."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import unquote

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feedsvc.web.folder import Folder
from feedsvc.web.headers import METHODS, SAFE

EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"  # https://prometheus.io/docs/instrumenting/exposition_formats/
NOT_KEPT = {"Cache-Control": "no-store", **dict(SAFE)}
ABSOLUTE_FORM = re.compile(rb"https?://[^/]*", re.IGNORECASE)  # a server must take it too (RFC 9112 section 3.2.2)
UNPRINTABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")  # the quote and the backslash too: they end and escape

access = logging.getLogger("feedsvc.access")


class Watch:
    """Counts and logs what the application answers; the query of an address is in no line."""

    def __init__(
        self, application: ASGIApp, folder: Folder, metrics: Sequence[Callable[[], Iterable[str]]] = ()
    ) -> None:
        self._application = application
        self._folder = folder
        self._more_metrics = metrics
        self._started = time.monotonic()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._bytes = 0
        self._seconds = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._application(scope, receive, send)
        if whole := ABSOLUTE_FORM.match(scope["raw_path"]):
            path = scope["raw_path"][whole.end() :] or b"/"
            scope = {**scope, "raw_path": path, "path": unquote(path.decode("latin-1"))}
        started, status, size = time.monotonic(), 500, 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self._application(scope, receive, counted)
        except asyncio.CancelledError:
            pass  # the drain is over: whoever still reads was given time enough
        finally:
            self._note(scope, status, size, time.monotonic() - started)

    def _note(self, scope: Scope, status: int, size: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS.split(", ") else "other"
        self._requests[method, status] += 1
        self._bytes += size
        self._seconds += seconds
        access.info("%s", access_line(scope, status, size, seconds))

    async def health(self, scope: Scope, receive: Receive, send: Send) -> None:
        """200 while there is something to serve, else 503."""
        times = self._published()
        age = {"newest_file_age_s": round(time.time() - max(times))} if times else {}
        said = {"status": "ok" if times else "nothing is published", **age}
        await _only_to_read(JSONResponse(said, 200 if times else 503, headers=NOT_KEPT))(scope, receive, send)

    async def metrics(self, scope: Scope, receive: Receive, send: Send) -> None:
        text = "".join(f"{line}\n" for line in self._exposition())
        await _only_to_read(PlainTextResponse(text, headers=NOT_KEPT, media_type=EXPOSITION))(scope, receive, send)

    def _published(self) -> list[float]:
        try:
            return self._folder.published()
        except OSError:
            return []

    def _exposition(self) -> Iterator[str]:
        yield from _described("feedsvc_http_requests_total", "counter", "Requests answered.")
        for (method, status), count in sorted(self._requests.items()):
            yield f'feedsvc_http_requests_total{{method="{method}",status="{status}"}} {count}'
        yield from _single("feedsvc_http_response_bytes_total", "counter", "Bytes of answers' content.", self._bytes)
        seconds = round(self._seconds, 6)
        yield from _single("feedsvc_http_seconds_total", "counter", "Time spent answering, waits included.", seconds)
        uptime = round(time.monotonic() - self._started, 3)
        yield from _single("feedsvc_uptime_seconds", "gauge", "Since the server started.", uptime)
        times = self._published()
        yield from _single("feedsvc_output_files", "gauge", "Documents beside the index.", len(times))
        if times:
            age = round(max(0.0, time.time() - max(times)), 3)
            yield from _single("feedsvc_output_newest_file_age_seconds", "gauge", "Since one of them changed.", age)
        for more in self._more_metrics:
            yield from more()


def _only_to_read(response: Response) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        refused = PlainTextResponse("405 Method Not Allowed", 405, headers={"Allow": "GET, HEAD"})
        await (response if scope["method"] in ("GET", "HEAD") else refused)(scope, receive, send)

    return answer


def _described(name: str, kind: str, words: str) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} {kind}"


def _single(name: str, kind: str, words: str, value: float) -> Iterator[str]:
    yield from _described(name, kind, words)
    yield f"{name} {value}"


def access_line(scope: Scope, status: int, size: int, seconds: float) -> str:
    """Client, request, status, bytes of content, milliseconds, user agent; no character can command a terminal."""
    client = scope["client"][0] if scope.get("client") else "-"
    agent = next((value for key, value in scope["headers"] if key == b"user-agent"), b"-")
    path = scope["raw_path"].partition(b"?")[0]
    return (
        f'{_plain(client)} "{_plain(scope["method"])} {_plain(path.decode("latin-1"))}" '
        f'{status} {size} {seconds * 1000:.1f} "{_plain(agent.decode("latin-1"))[:200]}"'
    )


def _plain(words: str) -> str:
    return UNPRINTABLE.sub("?", words)
