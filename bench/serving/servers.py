"""What is served, and the two that serve it: one process each on one processor, over the same folder, without a log."""

from __future__ import annotations

import gzip
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SIZE = 300_000  # bytes of the feed, unpacked
CLOCK_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
SERVERS_CPU, CLIENTS_CPU = (0, 1) if (os.cpu_count() or 1) > 1 else (0, 0)
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
CONFIGURATION = """{user}
worker_processes 1; worker_cpu_affinity auto {mask}; worker_rlimit_nofile 16384; daemon off;
pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 16000; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; keepalive_timeout 600;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
    scgi_temp_path {folder};
    types {{ application/atom+xml atom; }}
    server {{ listen 127.0.0.1:{port} backlog=2048; root {output}; gzip_static on; gzip_vary on; }}
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    name: str
    url: str
    pid: int  # of the process that answers

    def cpu_s(self) -> float:
        """Processor time until now, the kernel's included."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * CLOCK_TICK_S


def publish(output: Path) -> None:
    """A feed that packs as real ones do, with the packed copy that nginx wants beside it."""
    chance = random.Random(1)  # the same words each time
    words = ["".join(chance.choices("aeioulnrstdkm", k=chance.randint(3, 9))) for _ in range(4_000)]
    entry = "<entry><title>{}</title><summary>{}</summary></entry>\n"
    content = '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
    while len(content) < SIZE:
        content += entry.format(" ".join(chance.choices(words, k=8)), " ".join(chance.choices(words, k=60)))
    output.mkdir()
    (output / "index.html").write_text("<!DOCTYPE html><title>Feeds</title>")
    (output / "feed.atom").write_text(f"{content}</feed>\n")
    (output / "feed.atom.gz").write_bytes(gzip.compress((output / "feed.atom").read_bytes(), 6, mtime=0))


@contextmanager
def feedsvc(folder: Path) -> Iterator[Server]:
    (folder / "config.toml").write_text(
        '[service]\noutput = "output"\nbase_url = "https://news.example/"\n'
        '[[source]]\nid = "a"\nurl = "https://a.example/"\n[[feed]]\nslug = "feed"\n'
    )
    command = [sys.executable, "-m", "feedsvc", "serve", "--port", "0", "--no-access-log"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with _process(command, folder, environment) as process:
        assert process.stdout
        said = re.search(r"at (http://\S+/);", process.stdout.readline())
        if not said:
            raise SystemExit("feedsvc serve did not begin")
        yield Server("feedsvc", said[1], process.pid)


@contextmanager
def nginx(folder: Path) -> Iterator[Server]:
    if not NGINX:
        raise SystemExit("nginx is not installed; on Debian: apt-get install nginx-light")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    user = "user root;" if os.getuid() == 0 else ""
    mask = bin(1 << SERVERS_CPU)[2:]
    written = CONFIGURATION.format(user=user, mask=mask, folder=folder, output=folder / "output", port=port)
    (folder / "nginx.conf").write_text(written)
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    with _process(command, folder, os.environ) as process:
        url = f"http://127.0.0.1:{port}/"
        _wait_for(url)
        workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield Server("nginx", url, int(workers[0]))


@contextmanager
def _process(command: list[str], folder: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    command = ["taskset", "-c", str(SERVERS_CPU), *command]
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait_for(url: str, limit_s: float = 10) -> None:
    end = time.monotonic() + limit_s
    while True:
        try:
            urllib.request.urlopen(url, timeout=limit_s).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return
