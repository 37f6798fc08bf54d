"""Answers requests for published files: an ASGI application over one folder (RFC 9110). Called by `server`."""

from __future__ import annotations

import logging
import time

from starlette.datastructures import Headers as RequestHeaders
from starlette.types import Receive, Scope, Send

from feedsvc.web import headers, names
from feedsvc.web.coding import IDENTITY, preferred
from feedsvc.web.conditions import range_asked, status_for
from feedsvc.web.folder import Folder, Version
from feedsvc.web.headers import Headers
from feedsvc.web.rhythm import Freshness

CHUNK = 64 << 10  # bytes: a slow reader keeps so much of an answer in the socket's queue, not all of it
TEXT = ("Content-Type", "text/plain; charset=utf-8")
PROBLEMS = {
    404: "404 Not Found: nothing is published here\n",
    405: f"405 Method Not Allowed: {headers.METHODS} are\n",
    412: "412 Precondition Failed: this is another version\n",
    416: "416 Range Not Satisfiable: it is shorter than that\n",
    503: "503 Service Unavailable: the files cannot be read now\n",
}

log = logging.getLogger(__name__)


class Site:
    """`base_url`: where the folder is published for the world; empty where that is unknown."""

    def __init__(self, folder: Folder, freshness: Freshness, base_url: str) -> None:
        self._folder = folder
        self._freshness = freshness
        self._base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer(send, head=scope["method"] == "HEAD")
        if scope["method"] not in headers.METHODS.split(", "):
            return await answer.problem(405, [("Allow", headers.METHODS)])
        name = names.name_of(scope["raw_path"])
        try:
            version = await self._folder.version(name) if name else None
        except OSError as error:
            log.error("%s: cannot read: %s", self._folder.root / (name or ""), error.strerror)
            return await answer.problem(503, [("Retry-After", "30")])
        if version is None:
            return await answer.problem(404, headers.preflight(name) if name else [])
        if scope["method"] == "OPTIONS":
            return await answer.send(204, [("Allow", headers.METHODS), *headers.preflight(version.name)])
        return await self._represent(version, RequestHeaders(scope=scope), answer)

    async def _represent(self, version: Version, asked: RequestHeaders, answer: _Answer) -> None:
        existing = tuple(filter(self._folder.holds, names.formats(version.name)))
        said = headers.representation(version.name, self._freshness, existing, self._base_url)
        if version.moved_to:
            moved = [("Location", version.moved_to), ("Content-Type", names.PAGE_TYPE), *said]
            return await answer.send(301, moved, version.packed[IDENTITY])
        asked_for = _joined(asked)
        coding = version.coding(preferred(asked_for.get("accept-encoding")))
        known = version.validators(coding)
        said = [("ETag", known.entity_tag), ("Last-Modified", known.last_modified), *said]
        if (status := status_for(asked_for, known)) != 200:
            return await (answer.send(304, said) if status == 304 else answer.problem(status, []))
        content = await self._folder.content(version, coding)
        said = [*said, ("Content-Type", names.media_type(version.name)), ("Accept-Ranges", "bytes")]
        if coding != IDENTITY:
            said.append(("Content-Encoding", coding))
        part = None if answer.head else range_asked(asked_for, known, len(content), time.time())
        if part is None:
            return await answer.send(200, said, content)
        if not part:
            return await answer.problem(416, [("Content-Range", f"bytes */{len(content)}")])
        said.append(("Content-Range", f"bytes {part.start}-{part.stop - 1}/{len(content)}"))
        return await answer.send(206, said, content[part.start : part.stop])


class _Answer:
    """One response; a HEAD gets all of it but the content."""

    def __init__(self, send: Send, *, head: bool) -> None:
        self._send = send
        self.head = head

    async def problem(self, status: int, said: Headers) -> None:
        """What is wrong in a line; never kept, for it may be right soon."""
        keep_not = ("Cache-Control", "no-store")
        await self.send(status, [TEXT, keep_not, *headers.SAFE, *said], PROBLEMS[status].encode())

    async def send(self, status: int, said: Headers, content: bytes = b"") -> None:
        if status not in (204, 304):
            said = [*said, ("Content-Length", str(len(content)))]
        encoded = [(key.lower().encode("latin-1"), value.encode("latin-1")) for key, value in said]
        await self._send({"type": "http.response.start", "status": status, "headers": encoded})
        content = b"" if self.head else content
        for end in range(CHUNK, len(content), CHUNK):
            await self._send({"type": "http.response.body", "body": content[end - CHUNK : end], "more_body": True})
        last = content[(len(content) - 1) // CHUNK * CHUNK :] if content else b""
        await self._send({"type": "http.response.body", "body": last, "more_body": False})


def _joined(asked: RequestHeaders) -> dict[str, str]:
    """Fields by lower-case name; one that is repeated is one list (RFC 9110 section 5.3)."""
    fields: dict[str, str] = {}
    for key, value in asked.items():
        fields[key] = f"{fields[key]}, {value}" if key in fields else value
    return fields
