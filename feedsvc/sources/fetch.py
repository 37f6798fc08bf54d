"""Fetching: polite, conditional, bounded in time and memory. The only place that waits, and the only one that is async.

Synchronous outside: `fetch` yields the answers as they come. Every way out of a request is an Answer; no exception of
the network's leaves. Knows nothing of feeds, nor of what is stored. Called by the conductors.
"""

from __future__ import annotations

import asyncio
import hashlib
import queue
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpcore

from feedsvc.sources import addresses, answers
from feedsvc.sources.answers import Answer, Failed, FetchError, Outcome, Received, Request, Unchanged
from feedsvc.sources.decompression import decoder_for
from feedsvc.sources.journey import Journey, user_agent
from feedsvc.sources.network import Line, Lines, Resolver, Rule
from feedsvc.sources.politeness import Hosts, Reserve
from feedsvc.sources.problems import problem_of

MIB = 1024 * 1024
# Bodies past this size share few permits, so that fifty hostile servers at once cannot fill the memory.
LARGE_BODY = MIB
LARGE_BODIES_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class FetchSettings:
    contact: str = ""  # how a publisher reaches the operator; goes into User-Agent
    at_once: int = 50  # requests under way, to all hosts
    at_once_per_host: int = 2
    spacing_s: float = 1.0  # from one start to the next, per host
    connect_s: float = 10.0  # finding the address included
    read_s: float = 20.0  # without a single byte
    total_s: float = 60.0  # of one request with its redirects; waiting for a turn is not counted
    max_wire: int = 16 * MIB  # bytes of a body as it is sent
    max_body: int = 16 * MIB  # bytes of a body as it is unpacked
    may_reach: Rule = addresses.is_public  # `addresses.is_any` where private networks are allowed
    resolve: Resolver = addresses.resolve
    stop: Future[None] | None = None  # done, from any thread, when no more answers are wanted
    reserve: Reserve | None = None  # turns that other processes take too, spaced there; None: this one is alone


DEFAULTS = FetchSettings()


def fetch(requests: Sequence[Request], settings: FetchSettings = DEFAULTS) -> Generator[Answer, None, None]:
    """One answer for each request, in the order in which they come. Fetching pauses while the caller is busy.

    A caller that stops early closes the iterator; that ends the requests under way, as `settings.stop` does.
    """
    exchange = _Exchange()
    if settings.stop:
        if settings.stop.done():
            return
        settings.stop.add_done_callback(lambda _: exchange.arrivals.put(None))
    with ThreadPoolExecutor(1, "fetch") as thread:
        running = thread.submit(lambda: asyncio.run(_run(requests, settings, exchange)))
        running.add_done_callback(lambda _: exchange.arrivals.put(None))
        try:
            while (arrival := exchange.arrivals.get()) is not None:
                yield arrival.answer
                arrival.taken.set_result(None)
            if running.done():
                running.result()
        finally:
            exchange.stopped.set_result(None)


@dataclass(frozen=True, slots=True)
class _Arrival:
    answer: Answer
    taken: Future[None] = field(default_factory=Future)  # done when the caller asks for the next


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What the caller's thread and the event loop's have in common."""

    arrivals: queue.SimpleQueue[_Arrival | None] = field(default_factory=queue.SimpleQueue)
    stopped: Future[None] = field(default_factory=Future)  # done when the caller wants no more

    async def deliver(self, answer: Answer) -> None:
        """Returns once the caller is done with the answer: no more bodies pile up than requests may be under way."""
        arrival = _Arrival(answer)
        self.arrivals.put(arrival)
        await asyncio.wrap_future(arrival.taken)


async def _run(requests: Sequence[Request], settings: FetchSettings, exchange: _Exchange) -> None:
    fetcher = _Fetcher(settings, exchange)
    work = asyncio.gather(*map(fetcher.fetch, requests))
    stopped = asyncio.wrap_future(exchange.stopped)
    try:
        await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await fetcher.close()
    if not work.cancelled():
        work.result()


class _Fetcher:
    def __init__(self, settings: FetchSettings, exchange: _Exchange) -> None:
        self._settings = settings
        self._exchange = exchange
        self._agent = user_agent(settings.contact)
        self._timeouts = {
            "connect": settings.connect_s,
            "read": settings.read_s,
            "write": settings.read_s,
            "pool": settings.total_s,
        }
        self._hosts = Hosts(settings.at_once_per_host, settings.spacing_s, settings.reserve)
        self._lines = Lines(settings.at_once, settings.resolve, settings.may_reach)
        self._large = asyncio.Semaphore(LARGE_BODIES_AT_ONCE)

    async def close(self) -> None:
        await self._lines.close()

    async def fetch(self, request: Request) -> None:
        journey = Journey(request)
        try:
            journey.begin()
        except FetchError as problem:
            await self._exchange.deliver(journey.answer(Failed(str(problem))))
            return
        while not await self._hop(journey):
            pass

    async def _hop(self, journey: Journey) -> bool:
        """Ask one server; False if it redirects. Its turn, its line and its permits last until the answer is taken."""
        host = journey.url.host
        async with AsyncExitStack() as held, self._hosts.turn(host), self._lines.lend(host) as line:
            outcome = await self._ask(journey, line, held)
            if outcome is not None:
                await self._exchange.deliver(journey.answer(outcome))
        return outcome is not None

    async def _ask(self, journey: Journey, line: Line, held: AsyncExitStack) -> Outcome | None:
        """None where the answer redirects. Raises nothing."""
        clock = asyncio.get_running_loop().time
        started_s = clock()
        try:
            async with asyncio.timeout(self._settings.total_s - journey.elapsed_s) as deadline:
                async with AsyncExitStack() as stack:
                    response = await self._response(journey, line, stack)
                    return await self._judge(journey, response, _Large(self._large, held, deadline))
        except Exception as error:  # a bulkhead: what one server does costs one source
            return Failed(problem_of(error, str(journey.url)))
        finally:
            journey.elapsed_s += clock() - started_s

    async def _response(self, journey: Journey, line: Line, stack: AsyncExitStack) -> httpcore.Response:
        """Its head. A server may close a kept connection just as it is used again: then a new one is tried (RFC 9110
        section 9.2.2)."""
        opened: list[str] = []

        async def note(event: str, _: object) -> None:
            if event.startswith("connection.connect"):
                opened.append(event)

        def ask() -> AbstractAsyncContextManager[httpcore.Response]:
            return line.pool(journey.url.scheme, self._lines.proxy(journey.url)).stream(
                "GET",
                _address(journey),
                headers=journey.headers_to_send(self._agent),
                extensions={"timeout": self._timeouts, "trace": note},
            )

        try:
            return await stack.enter_async_context(ask())
        except (httpcore.ReadError, httpcore.WriteError, httpcore.RemoteProtocolError):
            if opened:
                raise
            return await stack.enter_async_context(ask())

    async def _judge(self, journey: Journey, response: httpcore.Response, large: _Large) -> Outcome | None:
        """What a response means by its status (RFC 9110 section 15). Raises FetchError and what httpcore does."""
        journey.respond(response.headers)
        request, status = journey.request, response.status
        if status in answers.REDIRECTS and "location" in journey.headers:
            journey.redirect(status)
            return None
        if status == 304 and (request.etag or request.last_modified):
            await anext(response.aiter_stream(), None)  # to its end, which is at once: the connection can be used again
            return Unchanged("status")
        if status == 410:
            return answers.retired()
        if status not in answers.DOCUMENTS:
            wait = answers.parse_retry_after(journey.headers.get("retry-after", ""), datetime.now(UTC))
            return answers.refused(status, wait)
        body = await self._body(journey, response, large)
        digest = hashlib.sha256(body).hexdigest()
        if digest == request.digest:
            return Unchanged("digest")
        return Received(body, digest, *answers.parse_content_type(journey.headers.get("content-type", "")))

    async def _body(self, journey: Journey, response: httpcore.Response, large: _Large) -> bytes:
        """The body, unpacked while it comes and cut at the limits, so that memory stays bounded."""
        decoder = decoder_for(journey.headers.get("content-encoding", ""))
        _limit(_announced(journey), self._settings.max_wire, "")
        body = bytearray()  # not a list of pieces: a server may send millions of them, a byte each
        async for data in response.aiter_stream():
            journey.bytes_on_wire += len(data)
            _limit(journey.bytes_on_wire, self._settings.max_wire, "")
            for piece in decoder.feed(data):
                body += piece
                _limit(len(body), self._settings.max_body, "unpacked ")
                if len(body) > LARGE_BODY:
                    await large.permit()
        decoder.finish()
        return bytes(body)


class _Large:
    """The permit for a large body; the time spent waiting for it is not the server's."""

    def __init__(self, permits: asyncio.Semaphore, held: AsyncExitStack, deadline: asyncio.Timeout) -> None:
        self._permits = permits
        self._held = held
        self._deadline = deadline
        self._granted = False

    async def permit(self) -> None:
        if self._granted:
            return
        clock = asyncio.get_running_loop().time
        left_s = (self._deadline.when() or 0.0) - clock()
        self._deadline.reschedule(None)
        await self._held.enter_async_context(self._permits)
        self._deadline.reschedule(clock() + left_s)
        self._granted = True


def _announced(journey: Journey) -> int:
    length = journey.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def _limit(size: int, limit: int, how: str) -> None:
    if size > limit:
        raise FetchError(f"is larger than {limit / MIB:g} MiB {how}and was cut off; no feed is that large")


def _address(journey: Journey) -> httpcore.URL:
    url = journey.url
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
