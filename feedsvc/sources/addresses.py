"""Which network addresses may be connected to, and which address a redirect leads to.

Pure but for `resolve`, which asks the system. The tables are our own because the standard library's differ between
patch levels of one Python version. Called by `network` and `fetch`.
"""

from __future__ import annotations

import base64
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

from feedsvc.sources.answers import FetchError

Address = IPv4Address | IPv6Address

# IANA IPv4 Special-Purpose Address Registry (RFC 6890), and multicast (RFC 5771): not the public internet.
SPECIAL_IPV4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared behind carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; clouds serve credentials here
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, withdrawn
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291; everything public lies herein
SPECIAL_IPV6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, withdrawn; holds an IPv4 address
        "3fff::/20",  # documentation
    )
)
# These stand for the IPv4 address in their last 32 bits: RFC 4291 section 2.5.5.2 and RFC 6052 (NAT64).
EMBEDDING_IPV4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet: not private, local, multicast or reserved."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in SPECIAL_IPV4)
    if any(address in network for network in EMBEDDING_IPV4):
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in GLOBAL_UNICAST and not any(address in network for network in SPECIAL_IPV6)


def is_any(address: Address) -> bool:
    return True


def literal(host: str) -> Address | None:
    """The address that a host is in itself, in any spelling that systems accept ("127.1", "0x7f000001"), if it is."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError, ValueError):
        return None


def resolve(host: str) -> Sequence[Address]:
    """The addresses of a name in the system's order of preference. Blocks. Raises OSError if there are none."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [ip_address(place[0]) for *_, place in found]


def parse_url(url: str) -> httpx.URL:
    """A web address that can be asked. Raises FetchError."""
    try:
        parsed = httpx.URL(url)
        port = 80 if parsed.port is None else parsed.port
        if parsed.scheme not in ("http", "https") or not parsed.host or not 0 < port < 65_536:
            raise ValueError
    except (httpx.InvalidURL, ValueError):
        raise FetchError('has no web address that can be asked; write one that begins with "https://"') from None
    return parsed.copy_with(fragment=None) if parsed.fragment else parsed


def without_credentials(url: httpx.URL) -> tuple[httpx.URL, str]:
    """The address without user and password, and these as an Authorization header (RFC 7617); empty: it has none."""
    if not url.userinfo:
        return url, ""
    token = base64.b64encode(f"{url.username}:{url.password}".encode()).decode("ascii")
    return url.copy_with(username=None, password=None), f"Basic {token}"


def redirect_target(current: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect leads, without user and password (RFC 9110 section 10.2.2). Raises FetchError."""
    try:
        target = parse_url(str(current.join(location)))
    except (FetchError, httpx.InvalidURL, ValueError):
        raise FetchError("redirects to no web address; look for the feed's url on the publisher's site") from None
    if current.scheme == "https" and target.scheme == "http":
        raise FetchError(f"redirects from https down to http ({shown(target)}), which anyone on the way can forge")
    return target.copy_with(username=None, password=None)


def shown(url: httpx.URL) -> str:
    """The address for people and records: without user and password."""
    return str(url.copy_with(username=None, password=None))
