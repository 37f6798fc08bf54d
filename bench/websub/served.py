"""A server with a hub whose waits are short, as a process of its own: prints its address, ends with its standard input,
and prints then what CPU time and memory it took.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
from contextlib import closing
from pathlib import Path

from feedsvc import web
from feedsvc.hub import Hub, Limits
from feedsvc.sources import addresses
from feedsvc.store import open_database

BASE = "https://news.example/"
# Subscribing a thousand at once is what the limits are there against; the silent are given up after 2 s, not 10.
LIMITS = Limits(verifications_per_host=1_000, verifications=100_000, first_retry_s=0.5, answer_s=2.0)


def end_with_input(server: web.Server) -> None:
    sys.stdin.read()
    server.stop()


def main(folder: Path) -> None:
    web.allow_many_connections()
    with closing(open_database(folder / "state.sqlite")) as database:
        hub = Hub(database, folder / "output", BASE, may_reach=addresses.is_any, limits=LIMITS)
        published = web.Published(folder / "output", web.Freshness(), BASE, hub.address)
        server = web.Server(published, "127.0.0.1", 0, [hub.part()])
        print(server.url, flush=True)
        threading.Thread(target=end_with_input, args=(server,), daemon=True).start()
        server.run()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"cpu_s": used.ru_utime + used.ru_stime, "mib": used.ru_maxrss / 1024}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
