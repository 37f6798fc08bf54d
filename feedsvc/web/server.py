"""One process that listens: binds, serves, drains. Called by `feedsvc serve`, which hands it what the settings say."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import uvicorn

from feedsvc.errors import FeedsvcError
from feedsvc.web.connection import IDLE_S, Connection
from feedsvc.web.folder import Folder
from feedsvc.web.log import AccessLog
from feedsvc.web.parts import Part, Published
from feedsvc.web.site import Site
from feedsvc.web.watch import Watch

DRAIN_S = 10  # for answers under way when asked to end
BACKLOG = 2048
TEND_EVERY_S, AT_A_TIME = 10, 50  # how often connections are looked after, and how many in one go


def application(published: Published, parts: Sequence[Part] = (), log: AccessLog | None = None) -> Watch:
    """The ASGI application over an output folder; `running` of the parts is up to who runs it."""
    folder = Folder(published.output)
    return Watch(Site(folder, published), folder, parts, log or AccessLog(None))


class Server:
    """Listens from when it is made, so that a port that is taken is known at once; raises FeedsvcError then.

    `log`: where the access log goes; None: nowhere. Touches no signal: it may live in a thread of a larger process.
    """

    def __init__(
        self, published: Published, host: str, port: int, parts: Sequence[Part] = (), log: AccessLog | None = None
    ) -> None:
        self._listener = _listen(host, port)
        self.url = _address(self._listener)
        self._parts = parts
        self._watch = application(published, parts, log)
        self._uvicorn = _Uvicorn(
            uvicorn.Config(
                self._watch,
                http=Connection,
                loop="uvloop",
                log_config=None,
                access_log=False,  # Watch writes it, without queries
                server_header=False,
                lifespan="off",
                ws="none",
                timeout_keep_alive=int(IDLE_S),
                timeout_graceful_shutdown=DRAIN_S,
                backlog=BACKLOG,
            )
        )

    def run(self) -> None:
        """Serve until `stop`, then finish what is under way. Called once, in any thread."""
        with self._listener, asyncio.Runner(loop_factory=self._uvicorn.config.get_loop_factory()) as runner:
            runner.run(self._run())

    async def _run(self) -> None:
        async with AsyncExitStack() as running:
            for part in self._parts:
                await running.enter_async_context(part.running())
            await running.enter_async_context(self._tending())
            await self._uvicorn.serve([self._listener])

    @asynccontextmanager
    async def _tending(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(work) for work in (self._tend(), self._write_log())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            self._watch.log.flush()

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(TEND_EVERY_S)
            for place, connection in enumerate(list(self._uvicorn.server_state.connections)):
                assert isinstance(connection, Connection)
                connection.tend(time.monotonic())
                if place % AT_A_TIME == 0:  # ten thousand at once would hold up whoever asks meanwhile
                    await asyncio.sleep(0)

    async def _write_log(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._watch.log.flush()

    def stop(self) -> None:
        """Take no new connection and let `run` return within `DRAIN_S`. Called from any thread or signal handler."""
        self._uvicorn.should_exit = True


class _Uvicorn(uvicorn.Server):
    """Without handlers of its own for signals, which it would raise again after it has drained."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(published: Published, host: str, port: int, parts: Sequence[Part], log: AccessLog) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way. Raises FeedsvcError where it cannot listen."""
    server = Server(published, host, port, parts, log)
    allow_many_connections()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    print(f"Serving {published.output} at {server.url}; Ctrl+C ends it.", flush=True)
    server.run()


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, where = found[0]
        both = family == socket.AF_INET6 and where[0] == "::" and socket.has_dualstack_ipv6()
        listener = socket.create_server(where[:2], family=family, backlog=BACKLOG, dualstack_ipv6=both)
    except OSError as error:
        raise FeedsvcError(
            f"serve: cannot listen at {host}, port {port}: {error.strerror}; "
            "choose another with --host or --port, or end the program that listens there"
        ) from error
    # Head and content are two writes: without this the second one waits 40 ms for the first to be acknowledged.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def allow_many_connections() -> None:
    """Each is an open file; the usual soft limit of 1,024 is far below the hard one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
