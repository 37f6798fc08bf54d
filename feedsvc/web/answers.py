"""Answers, ready to be sent: composed once for each version of a file in each coding, not for each request.

Knows no disk. Called by `site`; sent by `connection` as they are, or through ASGI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.types import Send

from feedsvc.web import headers
from feedsvc.web.conditions import Validators, range_asked, status_for
from feedsvc.web.headers import Headers

PROBLEMS = {
    404: "404 Not Found: nothing is published here\n",
    405: f"405 Method Not Allowed: {headers.METHODS} are\n",
    412: "412 Precondition Failed: this is another version\n",
    416: "416 Range Not Satisfiable: it is shorter than that\n",
    503: "503 Service Unavailable: the files cannot be read now\n",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One response but for what the server adds to any (`Date`, `Connection`)."""

    status: int
    said: Headers
    content: bytes = b""
    fields: list[tuple[bytes, bytes]] = field(init=False)  # as ASGI has them
    start: bytes = field(init=False)  # the status line
    head: bytes = field(init=False)  # the fields as they go over the wire, with the empty line at the end

    def __post_init__(self) -> None:
        said = self.said
        if self.status not in (204, 304):
            said = [*said, ("Content-Length", str(len(self.content)))]
        fields = [(key.lower().encode("latin-1"), value.encode("latin-1")) for key, value in said]
        lines = [b"%s: %s\r\n" % line for line in fields]
        object.__setattr__(self, "fields", fields)
        object.__setattr__(self, "start", f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n".encode())
        object.__setattr__(self, "head", b"".join(lines) + b"\r\n")

    async def send(self, send: Send, method: str) -> None:
        """A HEAD gets all of it but the content."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.fields})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else self.content})


def problem(status: int, said: Headers) -> Answer:
    """What is wrong, in a line; never kept, for it may be right soon."""
    kind = ("Content-Type", "text/plain; charset=utf-8")
    return Answer(status, [kind, ("Cache-Control", "no-store"), *headers.SAFE, *said], PROBLEMS[status].encode())


@dataclass(frozen=True, slots=True)
class Representation:
    """A version of a file in one coding."""

    known: Validators
    full: Answer
    unchanged: Answer
    composed: float  # monotonic seconds

    def answer(self, method: str, asked: Mapping[str, str], now: float) -> Answer:
        """What these conditions and this range ask for; `now` in seconds since 1970."""
        status = status_for(asked, self.known)
        if status == 304:
            return self.unchanged
        if status != 200:
            return problem(status, [])
        part = range_asked(asked, self.known, len(self.full.content), now) if method != "HEAD" else None
        return self.full if part is None else self._part(part)

    def _part(self, part: range) -> Answer:
        whole = self.full.content
        if not part:
            return problem(416, [("Content-Range", f"bytes */{len(whole)}")])
        place = ("Content-Range", f"bytes {part.start}-{part.stop - 1}/{len(whole)}")
        return Answer(206, [*self.full.said, place], whole[part.start : part.stop])
