"""One process that listens: binds, serves, drains. Called by `feedsvc serve`, which hands it what the settings say."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from feedsvc.errors import FeedsvcError
from feedsvc.web.folder import Folder
from feedsvc.web.parts import Part, Published
from feedsvc.web.site import Site
from feedsvc.web.watch import Watch, access

DRAIN_S = 10  # for answers under way when asked to end
IDLE_S = 60  # a feed reader that asks for many feeds keeps its connection
BACKLOG = 2048


def application(published: Published, parts: Sequence[Part] = ()) -> Watch:
    """The ASGI application over an output folder; `running` of the parts is up to who runs it."""
    folder = Folder(published.output)
    site = Site(folder, published.freshness, published.base_url)
    routes: dict[str, ASGIApp] = {}

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        await routes.get(scope["path"], site)(scope, receive, send)

    watch = Watch(dispatch, folder, [part.metrics for part in parts])
    routes |= {"/healthz": watch.health, "/metrics": watch.metrics}
    for part in parts:
        routes |= part.routes
    return watch


class Server:
    """Listens from when it is made, so that a port that is taken is known at once; raises FeedsvcError then.

    Touches no signal and no log: it may live in a thread of a larger process.
    """

    def __init__(self, published: Published, host: str, port: int, parts: Sequence[Part] = ()) -> None:
        self._listener = _listen(host, port)
        self.url = _address(self._listener)
        self._parts = parts
        self._uvicorn = _Uvicorn(
            uvicorn.Config(
                application(published, parts),
                log_config=None,
                access_log=False,  # Watch writes it, without queries
                server_header=False,
                lifespan="off",
                ws="none",
                timeout_keep_alive=IDLE_S,
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
            await self._uvicorn.serve([self._listener])

    def stop(self) -> None:
        """Take no new connection and let `run` return within `DRAIN_S`. Called from any thread or signal handler."""
        self._uvicorn.should_exit = True


class _Uvicorn(uvicorn.Server):
    """Without handlers of its own for signals, which it would raise again after it has drained."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(published: Published, host: str, port: int, parts: Sequence[Part] = ()) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way. Raises FeedsvcError where it cannot listen."""
    server = Server(published, host, port, parts)
    _log_to_stdout()
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


def _log_to_stdout() -> None:
    handler = logging.StreamHandler(sys.stdout)
    formatter = logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    access.addHandler(handler)
    access.setLevel(logging.INFO)
    access.propagate = False


def allow_many_connections() -> None:
    """Each is an open file; the usual soft limit of 1,024 is far below the hard one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
