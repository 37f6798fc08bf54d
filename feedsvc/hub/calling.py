"""Requests of the hub to callbacks: checked addresses, no redirects, no proxy, bounded in time and size.

Keeps no connection and remembers no host: over the years it meets any number of them. Called by `verifying` and
`delivering`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import httpcore
import httpx

from feedsvc.hub.limits import Limits
from feedsvc.sources.addresses import parse_url
from feedsvc.sources.answers import parse_retry_after
from feedsvc.sources.journey import user_agent
from feedsvc.sources.network import CheckedNetwork, Line, Resolver, Rule
from feedsvc.sources.problems import problem_of

MOST_HEARD = 1024  # bytes of an answer: a challenge is shorter, and nothing else counts


@dataclass(frozen=True, slots=True)
class Reply:
    status: int = 0  # 0: there was none
    body: bytes = b""  # to a GET; cut off
    retry_after_s: float = 0.0
    problem: str = ""  # why there was none, in one clause

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def said(self) -> str:
        return self.problem or f"answers {self.status}"


class Caller:
    def __init__(self, contact: str, may_reach: Rule, resolve: Resolver, limits: Limits) -> None:
        self._network = CheckedNetwork(resolve, may_reach)
        self._tls = httpx.create_ssl_context()
        self._agent = user_agent(contact)
        self._answer_s = limits.answer_s
        self._timeouts = dict.fromkeys(("connect", "read", "write", "pool"), limits.answer_s)

    async def get(self, address: str) -> Reply:
        return await self._call("GET", address, {}, b"")

    async def post(self, address: str, headers: Mapping[str, str], content: bytes) -> Reply:
        return await self._call("POST", address, {**headers, "Content-Length": str(len(content))}, content)

    async def _call(self, method: str, address: str, headers: Mapping[str, str], content: bytes) -> Reply:
        """Raises nothing: what a callback does costs itself alone."""
        line = Line(self._network, lambda: self._tls)
        try:
            async with asyncio.timeout(self._answer_s):
                return await self._exchange(line, method, address, headers, content)
        except Exception as error:
            return Reply(problem=problem_of(error, "a callback"))
        finally:
            await line.close()

    async def _exchange(
        self, line: Line, method: str, address: str, headers: Mapping[str, str], content: bytes
    ) -> Reply:
        url = parse_url(address)
        sent = {"Host": url.netloc.decode("ascii"), "User-Agent": self._agent, "Accept": "*/*", **headers}
        fields = [(name.encode("ascii"), value.encode("ascii")) for name, value in sent.items()]
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        # Never through a proxy: it would look up the names of strangers, and may reach what they must not.
        async with line.pool(url.scheme, "").stream(
            method, target, headers=fields, content=content, extensions={"timeout": self._timeouts}
        ) as response:
            body = b"" if method == "POST" else await _beginning(response)
            known = {name.lower(): value for name, value in response.headers}
            asked = parse_retry_after(known.get(b"retry-after", b"").decode("latin-1"), datetime.now(UTC))
            return Reply(response.status, body, asked.total_seconds() if asked else 0.0)


async def _beginning(response: httpcore.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_stream():
        body += piece
        if len(body) > MOST_HEARD:
            break
    return bytes(body[:MOST_HEARD])
