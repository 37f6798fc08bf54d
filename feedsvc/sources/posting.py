"""Posting (and asking): one message to one address, to checked network addresses only, bounded in time and memory.

Follows no redirect and never raises what the network does: every way out is a Receipt. Knows neither what is sent nor
when it is tried again. Called by `notify`, and by whoever else delivers to addresses that others named.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import httpcore
import httpx

from feedsvc.sources import addresses
from feedsvc.sources.answers import FetchError, parse_retry_after, status_words
from feedsvc.sources.journey import user_agent
from feedsvc.sources.network import Line, Lines, Resolver, Rule
from feedsvc.sources.problems import problem_of

LARGEST_REPLY = 64 * 1024  # bytes of a reply that are read; an end within them lets the connection be used again
FAREWELL_S = 2.0  # the longest that is waited for the end of a reply whose status is known


@dataclass(frozen=True, slots=True)
class Parcel:
    url: str  # http or https; a user and password in it become a header
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 10.0  # for all of it, from finding the address to the reply's status
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Receipt:
    status: int  # 0: there was no reply
    retry_after: timedelta | None  # how long the server asks to be left alone
    problem: str  # one clause for the operator; empty: it was taken (2xx)
    body: bytes = b""  # the beginning of what was replied, as far as it came in time


class Courier:
    """Lives in one event loop; any number of parcels may be under way, `at_once` of them on the wire."""

    def __init__(
        self,
        contact: str = "",
        may_reach: Rule = addresses.is_public,
        resolve: Resolver = addresses.resolve,
        at_once: int = 8,
    ) -> None:
        self._agent = user_agent(contact)
        self._lines = Lines(at_once, resolve, may_reach)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._lines.close()

    async def post(self, parcel: Parcel) -> Receipt:
        try:
            url, authorization = addresses.without_credentials(addresses.parse_url(parcel.url))
            headers = {"Host": url.netloc.decode("ascii"), "User-Agent": self._agent, "Accept-Encoding": "identity"}
            if authorization:
                headers["Authorization"] = authorization
            if parcel.body or parcel.method == "POST":
                headers["Content-Length"] = str(len(parcel.body))
            headers |= parcel.headers
            async with self._lines.lend(url.host) as line:
                return await self._ask(line, url, parcel, headers)
        except Exception as error:  # a bulkhead: what one target does costs one delivery
            # Not the whole address: of most chat services it is the password.
            return Receipt(0, None, problem_of(error, origin_of(parcel.url)))

    async def _ask(self, line: Line, url: httpx.URL, parcel: Parcel, headers: Mapping[str, str]) -> Receipt:
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(parcel.timeout_s):
                response = await self._response(stack, line, url, parcel, headers)
            body = bytearray()
            with contextlib.suppress(Exception):
                async with asyncio.timeout(min(FAREWELL_S, parcel.timeout_s)):
                    await _read(response, body)
            return _receipt(response, bytes(body))

    async def _response(
        self, stack: AsyncExitStack, line: Line, url: httpx.URL, parcel: Parcel, headers: Mapping[str, str]
    ) -> httpcore.Response:
        """Its head. A server may close a kept connection just as it is used again: then a new one is tried, as whoever
        takes deliveries at least once must know them apart anyway."""
        opened: list[str] = []

        async def note(event: str, _: object) -> None:
            if event.startswith("connection.connect"):
                opened.append(event)

        async def ask() -> httpcore.Response:
            return await stack.enter_async_context(
                line.pool(url.scheme, self._lines.proxy(url)).stream(
                    parcel.method,
                    httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=[(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()],
                    content=parcel.body or None,
                    extensions={"timeout": dict.fromkeys(TIMEOUTS, parcel.timeout_s), "trace": note},
                )
            )

        try:
            return await ask()
        except (httpcore.ReadError, httpcore.WriteError, httpcore.RemoteProtocolError):
            if opened:
                raise
            return await ask()


TIMEOUTS = ("connect", "read", "write", "pool")


async def _read(response: httpcore.Response, body: bytearray) -> None:
    async for data in response.aiter_stream():
        body += data[: LARGEST_REPLY - len(body)]
        if len(body) == LARGEST_REPLY:
            break


def _receipt(response: httpcore.Response, body: bytes) -> Receipt:
    status = response.status
    if 200 <= status < 300:
        return Receipt(status, None, "", body)
    stated = httpx.Headers(list(response.headers), encoding="latin-1").get("retry-after", "")
    redirects = "; it redirects, which is not followed: write the final address" if 300 <= status < 400 else ""
    wait = parse_retry_after(stated, datetime.now(UTC)) if stated else None
    return Receipt(status, wait, f"answers {status_words(status)}{redirects}", body)


def origin_of(url: str) -> str:
    """Scheme and host of an address, for messages: the rest of it may be a secret."""
    try:
        parsed = addresses.parse_url(url)
    except FetchError:
        return "an address that cannot be asked"
    return f"{parsed.scheme}://{parsed.netloc.decode('ascii')}"
