"""What an adapter is. Known by the table of adapters and by what loads those of third parties."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol, runtime_checkable

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


class PageAddress(NamedTuple):
    """Where an article's text can be had."""

    url: str
    wanted: Literal["page", "json"] = "page"


@runtime_checkable
class ReadsPages(Protocol):
    """What an adapter may do besides: read an article's own page, for sources whose feed has summaries only."""

    def page_addresses(self, url: str) -> tuple[PageAddress, ...]:
        """Where the text of the article that a feed links to can be had; the next is asked if one is of no use."""

    def read_page(self, draft: Draft, body: str) -> Draft | None:
        """The draft with the page's html and what else the page says, for `read` to go on with; None if the page is
        not what it used to be.
        """
