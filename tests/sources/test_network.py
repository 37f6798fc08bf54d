"""Ways to a server other than plain HTTP/1.1: TLS with HTTP/2, and the proxies of the environment."""

import asyncio
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest

from feedsvc.sources.addresses import is_any, is_public
from feedsvc.sources.answers import Received, Request, Unchanged
from feedsvc.sources.fetch import FetchSettings, fetch
from tests.hostile_origin import FEED, PAGES, Origin, Visit, hostile_origin, response

SETTINGS = FetchSettings(spacing_s=0, connect_s=5, read_s=5, total_s=10, may_reach=is_any)


def ask(request: Request, settings: FetchSettings = SETTINGS) -> tuple[object, str]:
    (answer,) = fetch([request], settings)
    return answer.outcome, answer.problem


# HTTP/2


class H2Server(asyncio.Protocol):
    """Answers every stream with a feed, or 304 to whoever knows its version."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="ascii"))
        self.h2.initiate_connection()
        transport.write(self.h2.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self.answer(event.stream_id, dict(event.headers))
        self.transport.write(self.h2.data_to_send())

    def answer(self, stream: int, headers: dict[str, str]) -> None:
        known = headers.get("if-none-match") == '"v2"'
        self.h2.send_headers(stream, [(":status", "304" if known else "200"), ("etag", '"v2"')], end_stream=known)
        if not known:
            self.h2.send_data(stream, FEED, end_stream=True)


@contextmanager
def h2_server(certificate: Path, key: Path) -> Iterator[int]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    tls.set_alpn_protocols(["h2"])
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(H2Server, "127.0.0.1", 0, ssl=tls))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Signed by itself, for localhost, made on the spot: no key lies in the repository."""
    if not shutil.which("openssl"):
        pytest.skip("needs openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    return certificate, key


def test_http2_is_spoken_where_the_server_does(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with h2_server(*certificate) as port:
        url = f"https://localhost:{port}/feed"
        outcomes = [ask(Request("s", url))[0], ask(Request("s", url, etag='"v2"'))[0]]
    assert isinstance(outcomes[0], Received)
    assert outcomes[0].body == FEED
    assert outcomes[1] == Unchanged("status")


@pytest.mark.parametrize(("host", "trusted"), [("localhost", False), ("127.0.0.1", True)])
def test_a_certificate_that_is_not_valid(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, host: str, trusted: bool
) -> None:
    """Signed by nobody we know, or made out to another name."""
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with h2_server(*certificate) as port:
        _, problem = ask(Request("s", f"https://{host}:{port}/feed"))
    assert problem.startswith("cannot be trusted: its TLS certificate is not valid (")


def test_certificates_are_read_for_https_alone(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/certificates.pem")
    assert isinstance(ask(Request("s", origin.url("feed")))[0], Received)
    _, problem = ask(Request("s", "https://localhost:9/feed"))
    assert problem.startswith("cannot be trusted: the certificates that SSL_CERT_FILE")


# Proxies


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Origin]:
    """The hostile origin as forward proxy: it is asked for whole addresses and answers each itself."""

    async def forward(visit: Visit, writer: asyncio.StreamWriter) -> None:
        writer.write(response("200 OK", FEED))

    monkeypatch.setitem(PAGES, "far-away", forward)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with hostile_origin() as origin:
        monkeypatch.setenv("http_proxy", f"http://reader:word@127.0.0.1:{origin.port}")
        yield origin


STRICT = replace(SETTINGS, may_reach=is_public)


def test_the_proxy_of_the_environment_is_used(proxy: Origin) -> None:
    """It looks up the name; its own address may be private."""
    outcome, _ = ask(Request("s", "http://news.invalid/far-away?x"), STRICT)
    assert isinstance(outcome, Received)
    (visit,) = proxy.visits
    assert visit.target == "http://news.invalid/far-away?x"
    assert visit.headers["proxy-authorization"] == "Basic cmVhZGVyOndvcmQ="
    assert visit.headers["host"] == "news.invalid"


@pytest.mark.parametrize("host", ["10.0.0.1", "2130706433", "[::1]"])
def test_private_addresses_are_not_asked_of_the_proxy_either(proxy: Origin, host: str) -> None:
    _, problem = ask(Request("s", f"http://{host}/far-away"), STRICT)
    assert "no public address" in problem
    assert proxy.visits == []


def test_no_proxy_is_heeded(proxy: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    assert isinstance(ask(Request("s", proxy.url("feed")))[0], Received)
    assert proxy.visits[0].target == "/feed"


@pytest.mark.parametrize("address", ["socks5://reader:word@127.0.0.1:1", "http://[::1"])
def test_a_proxy_that_cannot_be_used_is_named_without_its_password(
    proxy: Origin, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("http_proxy", address)
    _, problem = ask(Request("s", "http://news.invalid/"))
    assert problem.startswith("cannot go through the proxy")
    assert "word" not in problem
