"""Links of hostile pages: absolute, http or https only, and whose they are. Pure text."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

from feedsvc import text


def absolute_url(href: str, base: str) -> str:
    """An http or https address as ASCII; empty if it is none or only a place in the same page."""
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
