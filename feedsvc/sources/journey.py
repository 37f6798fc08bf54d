"""One request on its way: what is sent at each hop, where redirects lead, and the answer in the end.

Waits for nothing. Used by `fetch` alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from feedsvc import __version__
from feedsvc.sources import decompression
from feedsvc.sources.addresses import parse_url, redirect_target, without_credentials
from feedsvc.sources.answers import (
    Answer,
    FetchError,
    Outcome,
    Received,
    Redirect,
    Request,
    Unchanged,
    parse_date,
    parse_max_age,
)

MOST_REDIRECTS = 10
LONGEST_VALIDATOR = 2_048  # characters; a longer one is not sent back
ACCEPT = {
    "feed": "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    "page": "text/html, application/xhtml+xml;q=0.9, */*;q=0.5",
    "json": "application/json, */*;q=0.5",
    "robots": "text/plain, */*;q=0.5",
}
NOWHERE = httpx.URL()


def user_agent(contact: str) -> str:
    """Who we are and whom to tell (RFC 9110 section 10.1.5); a contact address in printable ASCII."""
    return f"feedsvc/{__version__}" + (f" (+{quote(contact, safe='@:/?#&=+,;._~-')})" if contact else "")


@dataclass(slots=True)
class Journey:
    request: Request
    url: httpx.URL = NOWHERE  # to be asked next
    redirects: list[Redirect] = field(default_factory=list)
    headers: httpx.Headers = field(default_factory=httpx.Headers)  # of the latest response
    elapsed_s: float = 0.0
    bytes_on_wire: int = 0
    _credentials: tuple[tuple[str, str, int | None], str] | None = None  # an origin, and what it alone may see

    def begin(self) -> None:
        """Raises FetchError if the request's address is none."""
        self.url, authorization = without_credentials(parse_url(self.request.url))
        if authorization:
            self._credentials = _origin(self.url), authorization

    def headers_to_send(self, agent: str) -> list[tuple[bytes, bytes]]:
        headers = {
            "Host": self.url.netloc.decode("ascii"),
            "User-Agent": agent,
            "Accept": ACCEPT[self.request.wanted],
            "Accept-Encoding": decompression.ACCEPTED,
            "If-None-Match": self.request.etag,
            "If-Modified-Since": self.request.last_modified,
        }
        if self._credentials and self._credentials[0] == _origin(self.url):
            headers["Authorization"] = self._credentials[1]
        return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items() if value]

    def respond(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        # Latin-1 holds any bytes, so what is stored goes back to the server as it came.
        self.headers = httpx.Headers(list(headers), encoding="latin-1")

    def redirect(self, status: int) -> None:
        """Turn to where the latest response points. Raises FetchError."""
        location = self.headers["location"].encode("latin-1").decode("utf-8", "replace")
        been = {str(self.url), *(redirect.url for redirect in self.redirects)}
        self.url = redirect_target(self.url, location)
        self.redirects.append(Redirect(status, str(self.url)))
        if str(self.url) in been:
            raise FetchError("redirects in a circle; open the url in a browser and correct it")
        if len(self.redirects) > MOST_REDIRECTS:
            raise FetchError(f"redirects more than {MOST_REDIRECTS} times; open the url in a browser and correct it")

    def answer(self, outcome: Outcome) -> Answer:
        useful = isinstance(outcome, Received | Unchanged)
        return Answer(
            request=self.request,
            outcome=outcome,
            url=str(self.url),
            redirects=tuple(self.redirects),
            etag=self._validator("etag", self.request.etag, outcome),
            last_modified=self._validator("last-modified", self.request.last_modified, outcome),
            max_age=parse_max_age(self.headers.get("cache-control", "")) if useful else None,
            elapsed_s=self.elapsed_s,
            bytes_on_wire=self.bytes_on_wire,
            date=parse_date(self.headers.get("date", ""), self.headers.get("age", "")),
        )

    def _validator(self, name: str, sent: str, outcome: Outcome) -> str:
        """What to send next time: a document's own, but 304 may leave out what has not changed."""
        if not isinstance(outcome, Received | Unchanged):
            return sent
        stated = self.headers.get(name, "")
        if outcome == Unchanged("status"):
            stated = stated or sent
        return stated if len(stated) <= LONGEST_VALIDATOR else ""


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
