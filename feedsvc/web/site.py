"""Answers requests for published files (RFC 9110): an ASGI application over one folder, and a shortcut past ASGI.

Both ways end in the same `Representation`, so they say the same. Called by `server` and `connection`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping

from starlette.types import Receive, Scope, Send

from feedsvc import media
from feedsvc.web import headers, names
from feedsvc.web.answers import Answer, Representation, problem
from feedsvc.web.coding import IDENTITY, preferred
from feedsvc.web.folder import Folder, Version
from feedsvc.web.parts import Published

LINKS_S = 1.0  # for so long a feed's other formats are believed to be there

log = logging.getLogger(__name__)


class Site:
    def __init__(self, folder: Folder, published: Published) -> None:
        self._folder = folder
        self._published = published

    def at_once(self, method: str, raw_path: bytes, asked: Mapping[str, str]) -> Answer | None:
        """The answer to a GET or HEAD where all of it is in memory and still true; None: go the long way."""
        name = names.name_of(raw_path)
        version = self._folder.held(name) if name else None
        if version is None:
            return None
        representation = version.representations.get(version.coding(preferred(asked.get("accept-encoding", ""))))
        if representation is None or time.monotonic() - representation.composed > LINKS_S:
            return None
        return representation.answer(method, asked, time.time())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(scope["method"], scope["raw_path"], joined(scope["headers"]))
        await answer.send(send, scope["method"])

    async def _answer(self, method: str, raw_path: bytes, asked: Mapping[str, str]) -> Answer:
        if method not in headers.METHODS.split(", "):
            return problem(405, [("Allow", headers.METHODS)])
        name = names.name_of(raw_path)
        try:
            version = await self._folder.version(name) if name else None
        except OSError as error:
            log.error("%s: cannot read: %s", self._folder.root / (name or ""), error.strerror)
            return problem(503, [("Retry-After", "30")])
        if version is None:
            return problem(404, _leave(method, name) if name else [])
        if method == "OPTIONS":
            return Answer(204, [("Allow", headers.METHODS), *headers.preflight(version.name)])
        if version.moved_to:
            moved = [("Location", version.moved_to), ("Content-Type", media.PAGE_TYPE), *self._said(version)]
            return Answer(301, moved, version.packed[IDENTITY])
        coding = version.coding(preferred(asked.get("accept-encoding", "")))
        representation = version.representations[coding] = await self._represent(version, coding)
        return representation.answer(method, asked, time.time())

    async def _represent(self, version: Version, coding: str) -> Representation:
        content = await self._folder.content(version, coding)
        known = version.validators(coding)
        said = [("ETag", known.entity_tag), ("Last-Modified", known.last_modified), *self._said(version)]
        of_content = [("Content-Type", media.media_type(version.name)), ("Accept-Ranges", "bytes")]
        if coding != IDENTITY:
            of_content.append(("Content-Encoding", coding))
        return Representation(known, Answer(200, [*said, *of_content], content), Answer(304, said), time.monotonic())

    def _said(self, version: Version) -> headers.Headers:
        existing = tuple(filter(self._folder.holds, names.formats(version.name)))
        told = self._published
        private = names.slug(version.name) in told.private
        said = headers.representation(
            version.name, told.freshness, existing, told.base_url, "" if private else told.hub
        )
        return [*said, headers.UNLISTED] if private else said


def joined(fields: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Values by lower-case name; a field that is repeated is one list (RFC 9110 section 5.3)."""
    values: dict[str, str] = {}
    for raw_key, raw_value in fields:
        key, value = raw_key.decode("latin-1"), raw_value.decode("latin-1")
        values[key] = f"{values[key]}, {value}" if key in values else value
    return values


def _leave(method: str, name: str) -> headers.Headers:
    """For a page of another site to see that there is nothing."""
    return headers.preflight(name) if method == "OPTIONS" else headers.shared(media.kind(name))
