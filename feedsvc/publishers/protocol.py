"""What an adapter is. Known by the table of adapters and by what loads those of third parties."""

from __future__ import annotations

from typing import Protocol

from feedsvc.model import Draft


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
