"""Links of hostile pages: absolute, http or https only, and whose they are. Pure text."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

from feedsvc import text

# An absolute address that is in order as it stands: most of those in feeds.
PLAIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*/[\w/.~%-]*(?:\?[\w=&.%-]+)?", re.ASCII)


def absolute_url(href: str, base: str) -> str:
    """An http or https address as ASCII; empty if it is none or only a place in the same page."""
    if PLAIN.fullmatch(href):
        return href
    return _absolute_url(href, base)


def _absolute_url(href: str, base: str) -> str:
    try:
        url = urljoin(base, href.strip())
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or href.startswith("#"):
        return ""
    return quote(url, safe="%/:?#[]@!$&'()*+,;=~-._", errors="replace")


def belongs_to(url: str, hosts: tuple[str, ...]) -> bool:
    """Whether the address is on one of the hosts or on a subdomain of one."""
    host = text.url_host(url)
    return any(host == own or host.endswith(f".{own}") for own in hosts)
