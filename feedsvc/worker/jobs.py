"""What is to be done, as messages: which jobs there are, who may do two of them at once, and which go first.

Pure. Called by `queues` and `work`.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

from feedsvc.text import url_host

SCHEDULE = "schedule"  # the queue that every worker works on
# All sources of a host are in one share, and a share is read by one worker at a time. So many that some hundred workers
# find something to do, so few that a reading is worth its job.
SHARES = 64
EVERY_LANGUAGE = "*"


class Kind(NamedTuple):
    queue: str
    priority: int = 0


KINDS = {
    "scan": Kind(SCHEDULE, 9),  # what is due, and what was left undone
    "look_after": Kind(SCHEDULE, 9),  # jobs of workers that are gone
    "show": Kind(SCHEDULE, 9),  # corrections, and how sources are, from time to time
    "tidy": Kind(SCHEDULE, 9),
    "fetch": Kind("fetch"),  # one share of the sources that are due
    # Between reading and matching; where the output is at hand, from which a state that begins anew takes over.
    "sort": Kind("publish", 2),
    "match": Kind("match", 1),  # the articles of one language, or of several
    "publish": Kind("publish"),
    "tell": Kind("publish", -1),  # webhooks and hubs
}


class Job(NamedTuple):
    kind: str
    subject: str = ""  # which share, which languages; empty where there is only one such job
    attempt: int = 0  # how many times running it has failed

    @property
    def lock(self) -> str:
        """Of these one runs at a time, and one waits at most."""
        return f"{self.kind} {self.subject}".strip()

    @property
    def lock_while_running(self) -> str | None:
        """None for what frees the locks of workers that are gone: its own could be freed by nobody."""
        return None if self.kind == "look_after" else self.lock


def share_of(id_: str, url: str) -> int:
    """Of a source."""
    return zlib.crc32((url_host(url) or id_).encode()) % SHARES


def languages_of(subject: str) -> list[str] | None:
    """None: every one."""
    return None if subject == EVERY_LANGUAGE else subject.split("+")


def streams(waiting: set[str], tied: set[frozenset[str]], *, together: bool) -> list[str]:
    """What is matched by one job each, of the languages in which articles wait. Those that a correction ties to one
    another are one stream, and all are where a feed crosses languages.
    """
    if together:
        return [EVERY_LANGUAGE] if waiting else []
    groups = [frozenset({language}) for language in waiting]
    for languages in tied:
        apart = [group for group in groups if not group & languages]
        groups = [*apart, languages.union(*(group for group in groups if group & languages))]
    return sorted("+".join(sorted(group)) for group in groups if group & waiting)
