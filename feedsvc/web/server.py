"""One process that listens: binds, serves, drains. Called by `feedsvc serve`, which hands it what the settings say."""

from __future__ import annotations

import logging
import resource
import signal
import socket
import sys
import time
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from feedsvc.errors import FeedsvcError
from feedsvc.web.folder import Folder
from feedsvc.web.rhythm import Freshness
from feedsvc.web.site import Site
from feedsvc.web.watch import Watch, access

DRAIN_S = 10  # for answers under way when asked to end
IDLE_S = 60  # a feed reader that asks for many feeds keeps its connection
BACKLOG = 2048


def application(output: Path, freshness: Freshness, base_url: str) -> Watch:
    """The ASGI application over an output folder."""
    folder = Folder(output)
    site = Starlette()
    watch = Watch(site, folder)
    site.router.routes += [
        Route("/healthz", watch.health),
        Route("/metrics", watch.metrics),
        Mount("/", app=Site(folder, freshness, base_url)),
    ]
    return watch


def serve(output: Path, freshness: Freshness, base_url: str, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way. Raises FeedsvcError where it cannot listen."""
    listener = _listen(host, port)
    _log_to_stdout()
    _allow_many_connections()
    config = uvicorn.Config(
        application(output, freshness, base_url),
        log_config=None,
        access_log=False,  # Watch writes it, without queries
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=DRAIN_S,
        backlog=BACKLOG,
    )
    server = uvicorn.Server(config)

    def end(*_: object) -> None:
        server.should_exit = True

    # uvicorn puts its own handlers over these, and raises the signal again once it has drained: that must not kill us.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    print(f"Serving {output} at {_address(listener)}; Ctrl+C ends it.", flush=True)
    server.run([listener])


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


def _allow_many_connections() -> None:
    """Each is an open file; the usual soft limit of 1,024 is far below the hard one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
