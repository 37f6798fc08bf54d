"""A real nginx with the configuration that deploy/nginx.conf holds, where the machine has one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="no nginx on this machine")
CONFIGURATION = Path(__file__).parent.parent.parent / "deploy" / "nginx.conf"


@contextmanager
def nginx_over(output: Path, folder: Path, listen: str) -> Iterator[None]:
    """Serves `output` at an address as nginx writes it, keeping what is its own in `folder`."""
    assert NGINX
    servers = CONFIGURATION.read_text(encoding="utf-8").replace("listen 80;", f"listen {listen};")
    servers = servers.replace("/var/lib/feedsvc/output", str(output))
    places = "".join(f"{name}_temp_path {folder};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.getuid() == 0 else ""
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"{user} pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{ }}\nhttp {{ access_log off; {places}\n{servers} }}\n"
    )
    command = [NGINX, "-p", str(folder), "-c", str(configuration), "-e", f"{folder}/error.log"]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run([*command, "-s", "stop"], check=True, capture_output=True)
