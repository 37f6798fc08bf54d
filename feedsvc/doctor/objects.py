"""An output on object storage: can it be reached, written and read back, and does all lie there as it was left?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from feedsvc.config import Config
from feedsvc.doctor.finding import Finding, bad, ok, warn
from feedsvc.errors import FeedsvcError
from feedsvc.storage import Storage, opened
from feedsvc.store import open_database, published

TRIAL = "feedsvc-doctor.txt"


def objects(config: Config) -> Iterator[Finding]:
    storage = opened(config.service.output, config.freshness)
    try:
        storage.look()
        if storage.stamp("index.html") is None:
            yield warn("output", f"{storage}: nothing is published yet", "run `feedsvc update`")
        else:
            yield _whole(config, storage)
        yield _trial(storage)
    except FeedsvcError as error:
        yield bad("output", str(error), "mend that first")


def _whole(config: Config, storage: Storage) -> Finding:
    with closing(open_database(config.service.state, create=False)) as database, database.reading() as connection:
        known = published.files(connection)
    lost = [name for name, made in known.items() if storage.stamp(name) != (made.size, made.modified_ns)]
    if lost:
        words = f"{len(lost)} files are not as they were left, {min(lost)} among them"
        return warn("output", f"{storage}: {words}", "`feedsvc update` writes what differs")
    return ok("output", f"{storage}: complete; not compared with the state")


def _trial(storage: Storage) -> Finding:
    """What is written there can be read and removed again."""
    content = b"A trial of `feedsvc doctor`.\n"
    storage.write(TRIAL, content)
    storage.finish()
    read = storage.read(TRIAL)
    storage.remove(TRIAL)
    if read != content:
        return bad("output", f"{storage}: gives back something else than was written", "see what stands before it")
    return ok("output", f"{storage}: can be written, read and removed from")
