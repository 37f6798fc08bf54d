"""Connections: only to addresses that were checked, directly or through the environment's proxies.

A name is resolved once, its addresses are checked, and the connection goes to one of those: a name that resolves to
something else a moment later gains nothing. Called by `fetch`, whose event loop everything here runs in.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import Future
from itertools import zip_longest
from threading import Thread
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from feedsvc.sources.addresses import Address, literal, shown
from feedsvc.sources.answers import FetchError

Resolver = Callable[[str], Sequence[Address]]
Rule = Callable[[Address], bool]

MOST_ADDRESSES = 4  # of one name that are tried
# httpcore looks through all connections of a pool at every request: few of them make that cheap.
CONNECTIONS = 3
# Servers close idle connections after five seconds or more; ours go first, lest a request meet a closed one.
KEEP_ALIVE_S = 3.0
MOST_HOSTS = 10_000  # whose line is remembered: a process that runs for years meets any number of them


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to addresses that `rule` allows, and to no other."""

    def __init__(self, resolve: Resolver, rule: Rule) -> None:
        self._resolve = resolve
        self._rule = rule
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._checked(host, timeout)
        # One that does not answer must leave time for the next.
        share = None if timeout is None else timeout / len(addresses)
        for address in addresses[:-1]:
            with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._plain.connect_tcp(str(address), port, share, local_address, socket_options)
        return await self._plain.connect_tcp(str(addresses[-1]), port, share, local_address, socket_options)

    async def _checked(self, host: str, time_limit: float | None) -> list[Address]:
        """At least one address. Raises FetchError."""
        known = literal(host)
        addresses = [known] if known else await self._resolved(host, time_limit)
        allowed = [address for address in addresses if self._rule(address)]
        if not allowed:
            raise private(addresses[0])
        return _alternating(allowed)[:MOST_ADDRESSES]

    async def _resolved(self, host: str, time_limit: float | None) -> list[Address]:
        try:
            async with asyncio.timeout(time_limit):
                found = await asyncio.wrap_future(_look_up(self._resolve, host))
        except TimeoutError:
            raise FetchError(f"cannot be found: nobody said within {time_limit:g} s where {host} is") from None
        except (OSError, UnicodeError):
            found = ()
        if not found:
            raise FetchError(f"cannot be found: there is no host {host}; correct the url, or see to name resolution")
        return list(dict.fromkeys(found))


def _alternating(addresses: Sequence[Address]) -> list[Address]:
    """IPv4 and IPv6 in turn (RFC 8305 section 4): where one of them is broken, the other gets its chance."""
    preferred = addresses[0].version
    families = (
        [address for address in addresses if address.version == preferred],
        [address for address in addresses if address.version != preferred],
    )
    return [address for pair in zip_longest(*families) for address in pair if address is not None]


def _look_up(resolve: Resolver, host: str) -> Future[Sequence[Address]]:
    """In a thread of its own: a dead name server must hold up neither other lookups nor, at last, the program's end."""
    result: Future[Sequence[Address]] = Future()
    result.set_running_or_notify_cancel()  # nobody can cancel what the system does

    def run() -> None:
        try:
            result.set_result(resolve(host))
        except Exception as error:
            result.set_exception(error)

    Thread(target=run, name="resolve", daemon=True).start()
    return result


def private(address: Address) -> FetchError:
    return FetchError(
        f"leads to {address}, which is no public address; if that is meant, set allow_private = true in [service]"
    )


class Proxies:
    """Which proxy the environment wants for an address: http_proxy, https_proxy, all_proxy, no_proxy.

    Through a proxy the proxy looks up the name, and what it lets through is for its operator to settle: here only hosts
    written as an address are checked, and the proxy's own address is trusted.
    """

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._environment = getproxies()

    def choose(self, url: httpx.URL) -> str:
        """The proxy's address, empty for a direct connection. Raises FetchError."""
        if not self._environment or proxy_bypass(url.host):
            return ""
        proxy = self._environment.get(url.scheme) or self._environment.get("all", "")
        address = literal(url.host)
        if proxy and address and not self._rule(address):
            raise private(address)
        return proxy if "://" in proxy or not proxy else f"http://{proxy}"


class Line:
    """The connections of one request at a time; those that were opened wait a moment for the next request."""

    def __init__(self, network: CheckedNetwork, tls: Callable[[], ssl.SSLContext]) -> None:
        self._network = network
        self._tls = tls
        self._pools: dict[tuple[str, str], httpcore.AsyncConnectionPool] = {}

    def pool(self, scheme: str, proxy: str) -> httpcore.AsyncConnectionPool:
        """For addresses of this scheme. Raises FetchError."""
        if (scheme, proxy) not in self._pools:
            self._pools[scheme, proxy] = httpcore.AsyncConnectionPool(
                ssl_context=self._tls() if scheme == "https" else None,
                proxy=_proxy(proxy) if proxy else None,
                max_connections=CONNECTIONS,
                keepalive_expiry=KEEP_ALIVE_S,
                http2=True,
                network_backend=None if proxy else self._network,
            )
        return self._pools[scheme, proxy]

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()


def _proxy(address: str) -> httpcore.Proxy:
    try:
        proxy = httpx.Proxy(address)
        if proxy.url.scheme not in ("http", "https"):
            raise ValueError
    except (ValueError, httpx.InvalidURL):
        name = address.rpartition("@")[2]
        raise FetchError(f"cannot go through the proxy {name!r}: the environment must name an http proxy") from None
    return httpcore.Proxy(shown(proxy.url), auth=proxy.raw_auth)


def _trusted() -> ssl.SSLContext:
    """Takes 20 ms of CPU, so not anew for each round of requests; but renewed certificates are noticed. Raises
    FetchError.
    """
    try:
        return _trusting(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"), int(time.monotonic() // 3600))
    except OSError:
        where = "SSL_CERT_FILE or SSL_CERT_DIR of the environment names"
        problem = f"the certificates that {where} cannot be read; unset it, or name what can be read"
        raise FetchError(f"cannot be trusted: {problem}") from None


@functools.lru_cache(maxsize=2)
def _trusting(_file: str | None, _folder: str | None, _hour: int) -> ssl.SSLContext:
    return httpx.create_ssl_context()


class Lines:
    """As many lines as requests may be under way at once. A host gets the line that it had before, if that is free."""

    def __init__(self, at_once: int, resolve: Resolver, rule: Rule) -> None:
        self._network = CheckedNetwork(resolve, rule)
        self._proxies = Proxies(rule)
        self._permits = asyncio.Semaphore(at_once)
        self._lines: list[Line] = []
        self._free: dict[Line, None] = {}
        self._latest: dict[str, Line] = {}  # by host

    @contextlib.asynccontextmanager
    async def lend(self, host: str) -> AsyncIterator[Line]:
        async with self._permits:
            line = self._take(host)
            try:
                yield line
            finally:
                self._free[line] = None

    def _take(self, host: str) -> Line:
        line = self._latest.get(host)
        if line not in self._free:
            line = next(iter(self._free), None) or self._open()
        assert line is not None
        self._free.pop(line, None)
        if len(self._latest) >= MOST_HOSTS:
            self._latest.clear()
        self._latest[host] = line
        return line

    def _open(self) -> Line:
        self._lines.append(Line(self._network, _trusted))
        return self._lines[-1]

    def proxy(self, url: httpx.URL) -> str:
        return self._proxies.choose(url)

    async def close(self) -> None:
        for line in self._lines:
            await line.close()
