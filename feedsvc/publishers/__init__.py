"""What one publisher's html, links and dates mean: an adapter per publisher, found by the link's host.

An adapter takes a Draft as the source states it and returns the Draft as the publisher means it: the article's own
matter as clean html, and everything else it says as data. It reads no files and no network and never fails.
Called by `ingest` between a source and `normalise`; how to add one: docs/adapters.md.
"""

from __future__ import annotations

from typing import Protocol

from feedsvc import text
from feedsvc.model import Draft
from feedsvc.publishers.dw import DW
from feedsvc.publishers.generic import Generic
from feedsvc.publishers.rfi import RFI


class Publisher(Protocol):
    """An adapter."""

    @property
    def id(self) -> str:
        """Short and for ever: it begins the key of every article. Empty: the host of the link."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Hosts of the publisher's links, without "www."; each stands for its subdomains too."""

    def read(self, draft: Draft) -> Draft:
        """The draft as the publisher means it; sets `publisher` and `publisher_name`."""


PUBLISHERS: tuple[Publisher, ...] = (RFI(), DW())
GENERIC: Publisher = Generic()


def publisher_for(url: str) -> Publisher:
    """The adapter for an article's link; the generic one for a host that has none of its own."""
    host = text.url_host(text.canonical_url(url))
    domains = {host[position:] for position in range(len(host)) if position == 0 or host[position - 1] == "."}
    return next((publisher for publisher in PUBLISHERS if domains & set(publisher.hosts)), GENERIC)
