"""What one publisher's html, links and dates mean: an adapter per publisher, found by the link's host.

An adapter takes a Draft as the source states it and returns the Draft as the publisher means it: the article's own
matter as clean html, and everything else it says as data. It reads no files and no network and never fails.
Called between a source and `normalise`; how to add one, here or as a third party: docs/adapters.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from feedsvc import text
from feedsvc.publishers.adopting import load_adapters
from feedsvc.publishers.dw import DW
from feedsvc.publishers.generic import Generic
from feedsvc.publishers.protocol import Publisher, ReadsPages
from feedsvc.publishers.rfi import RFI

__all__ = ["GENERIC", "PUBLISHERS", "Publisher", "ReadsPages", "adopt", "page_reader_for", "publisher_for"]


PUBLISHERS: tuple[Publisher, ...] = (RFI(), DW())
GENERIC = Generic()

# Third parties' adapters. One set for the whole process, as their modules are.
_adopted: tuple[Publisher, ...] = ()


def adopt(names: Sequence[str], folder: Path) -> None:
    """Third parties' adapters, "module:Class", from now on go before our own; those of an earlier call are forgotten.

    Imports them, from `folder` too: their code runs. Raises ConfigError with a line for each that cannot be used.
    """
    global _adopted  # noqa: PLW0603
    _adopted = load_adapters(names, folder)


def publisher_for(url: str) -> Publisher:
    """The adapter for an article's link; the generic one for a host that has none of its own."""
    host = text.url_host(text.canonical_url(url))
    domains = {host[position:] for position in range(len(host)) if position == 0 or host[position - 1] == "."}
    return next((publisher for publisher in (*_adopted, *PUBLISHERS) if domains & set(publisher.hosts)), GENERIC)


def page_reader_for(url: str) -> ReadsPages:
    """The adapter for an article's link if it reads pages; else the generic one."""
    publisher = publisher_for(url)
    return publisher if isinstance(publisher, ReadsPages) else GENERIC
