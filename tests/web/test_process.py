"""The command as a process: where it listens, what it logs and counts, how it ends, what it imports."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from feedsvc.web import server
from tests.web.serving import Served, publish, replace, serving, start


def metrics(site: Served) -> dict[str, float]:
    lines = [line for line in site.get("/metrics").text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_requests_are_counted(own: Served) -> None:
    size = len(own.get("/harbour.atom", accept_encoding="identity").content)
    own.get("/nothing")
    own.request("PROPFIND", "/harbour.atom")
    counted = metrics(own)
    assert counted['feedsvc_http_requests_total{method="GET",status="200"}'] == 1
    assert counted['feedsvc_http_requests_total{method="GET",status="404"}'] == 1
    assert counted['feedsvc_http_requests_total{method="other",status="405"}'] == 1
    assert counted["feedsvc_http_response_bytes_total"] > size
    assert counted["feedsvc_output_files"] == 7
    assert counted["feedsvc_output_newest_file_age_seconds"] > 1e7
    replace(own.output / "harbour.atom", b"<feed/>")
    assert metrics(own)["feedsvc_output_newest_file_age_seconds"] < 1e6


def test_the_exposition_is_well_formed(site: Served) -> None:
    answer = site.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text.endswith("\n")
    described = re.findall(r"^# TYPE (\S+) (?:counter|gauge)$", answer.text, re.MULTILINE)
    for line in answer.text.splitlines():
        if not line.startswith("#"):
            assert re.fullmatch(r'[a-z_]+(\{[a-z]+="[^"]+"(,[a-z]+="[^"]+")*\})? [0-9.e+-]+', line)
            assert re.split(r"[{ ]", line)[0] in described


def test_health(own: Served) -> None:
    answer = own.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.headers["cache-control"] == "no-store"
    (own.output / "index.html").unlink()
    answer = own.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "nothing is published")


def test_a_line_for_each_request_without_its_query(own: Served) -> None:
    own.get("/harbour.atom?token=hidden", accept_encoding="identity", user_agent='reader/1 "\\\t[31m')
    own.get("/nothing")
    code, out, err = own.end()
    assert (code, err) == (0, "")
    first, second = out.splitlines()
    size = (own.output / "harbour.atom").stat().st_size
    time, _, rest = first.partition(" ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time)
    assert re.fullmatch(rf'127\.0\.0\.1 "GET /harbour\.atom" 200 {size} [\d.]+ "reader/1 \?\?\?\[31m"', rest)
    assert '"GET /nothing" 404 ' in second


def test_no_line_for_who_wants_none(tmp_path: Path) -> None:
    publish(tmp_path / "output")
    with serving(tmp_path, "--no-access-log") as served:
        assert served.get("/harbour.atom").status_code == served.get("/harbour.atom").status_code == 200
        assert served.end() == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_answer_under_way_is_finished_before_the_end(own: Served, number: signal.Signals) -> None:
    content = os.urandom(12_000_000)  # more than the sockets hold: the server waits for its reader
    replace(own.output / "harbour.atom", content)
    with httpx.stream("GET", f"{own.url}/harbour.atom", trust_env=False, headers={"Accept-Encoding": ""}) as answer:
        chunks = answer.iter_raw(1000)
        begun = next(chunks)
        own.process.send_signal(number)
        assert begun + b"".join(chunks) == content
    assert own.process.wait(timeout=60) == 0
    with pytest.raises(httpx.ConnectError):
        own.get("/")


def test_idle_connections_do_not_keep_it_from_ending(own: Served) -> None:
    with httpx.Client(trust_env=False) as kept:
        assert kept.get(f"{own.url}/").status_code == 200
        code, _, err = own.end()
    assert (code, err) == (0, "")


def test_a_port_that_is_taken(own: Served, tmp_path: Path) -> None:
    port = urlsplit(own.url).port
    second = start(tmp_path, "--port", str(port))
    out, err = second.communicate(timeout=60)
    assert (second.returncode, out) == (1, "")
    assert f" feedsvc: serve: cannot listen at 127.0.0.1, port {port}: Address already in use" in err
    assert len(err.splitlines()) == 1 and "--port" in err


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid"])
def test_a_host_that_is_not_here(tmp_path: Path, host: str) -> None:
    publish(tmp_path / "output")
    process = start(tmp_path, "--host", host)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f" feedsvc: serve: cannot listen at {host}" in err and len(err.splitlines()) == 1


def test_it_waits_for_the_first_publication(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        assert served.get("/").status_code == 404
        assert served.get("/healthz").status_code == 503
        publish(served.output)
        assert served.get("/").status_code == 200
        code, _, err = served.end()
    assert code == 0
    assert "nothing is published yet; run `feedsvc update`" in err


def test_what_is_no_http_harms_nobody(own: Served) -> None:
    where = urlsplit(own.url)
    for nonsense in (
        b"\x16\x03\x01\x02\x00\x01",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    ):
        with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
            connection.sendall(nonsense)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(65536)
    assert own.get("/").status_code == 200
    code, _, err = own.end()
    assert code == 0 and "Traceback" not in err


def test_no_part_of_an_answer_waits_for_the_other_to_be_acknowledged() -> None:
    with server._listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_other_commands_do_without_the_server() -> None:
    code = (
        "import sys, json, feedsvc.cli, feedsvc.cycle, feedsvc.inquiry, feedsvc.publish, feedsvc.ingest\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"starlette", "uvicorn", "feedsvc.web"} & set(json.loads(done.stdout))


def test_the_server_does_without_the_rest() -> None:
    code = "import sys, json, feedsvc.web; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"sqlalchemy", "feedsvc.store", "feedsvc.render", "httpx"} & set(json.loads(done.stdout))
