"""A courier comes back from every server with a receipt: checked addresses, bounded time and memory, no redirects."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from ipaddress import ip_address

import pytest

from feedsvc import __version__
from feedsvc.sources.addresses import Address, is_any, is_public
from feedsvc.sources.posting import LARGEST_REPLY, Courier, Parcel, Receipt
from tests.hostile_origin import Origin, response

OUTER = ip_address("127.0.0.1")  # plays the public internet


def outer_is_public(address: Address) -> bool:
    return address == OUTER or is_public(address)


def post(*parcels: Parcel, **settings: object) -> list[Receipt]:
    async def run() -> list[Receipt]:
        async with Courier(**{"may_reach": outer_is_public, **settings}) as courier:  # type: ignore[arg-type]
            return await asyncio.gather(*map(courier.post, parcels))

    return asyncio.run(run())


def receipt(url: str, **settings: object) -> Receipt:
    (found,) = post(Parcel(url, b"{}", timeout_s=1.0), **settings)
    return found


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("status?code=200", 200, ""),
        ("status?code=202", 202, ""),
        ("endless", 200, ""),
        ("drip", 200, ""),
        ("stall", 200, ""),
        ("status?code=404", 404, "answers 404 Not Found"),
        ("status?code=599", 599, "answers 599"),
        ("moved", 301, "redirects, which is not followed"),
        ("no-http", 0, "does not answer in HTTP"),
        ("no-status", 0, "does not answer in HTTP"),
        ("silence", 0, "does not answer in HTTP"),
        ("drip-headers", 0, "takes too long in all"),
        ("huge-headers", 0, "does not answer in HTTP"),
        ("continue", 0, ""),
    ],
)
def test_every_manner_of_a_server_is_a_receipt(origin: Origin, path: str, status: int, said: str) -> None:
    found = receipt(origin.url(path))
    assert found.status == status
    assert said in found.problem
    assert bool(found.problem) == (not 200 <= status < 300)
    assert "\n" not in found.problem
    assert len(found.body) <= LARGEST_REPLY


def test_a_redirect_is_not_followed(origin: Origin) -> None:
    receipt(origin.url("redirect?code=307&to=/feed"))
    assert origin.visited("feed") == []


def test_private_addresses_are_not_connected_to(origin: Origin) -> None:
    found = receipt(origin.url("feed", host="127.0.0.2"))
    assert (found.status, "127.0.0.2, which is no public address" in found.problem) == (0, True)
    named = receipt(origin.url("feed", host="inner.example"), resolve=lambda _: [ip_address("127.0.0.2")])
    assert "no public address" in named.problem
    assert origin.connections == 0
    assert receipt(origin.url("feed", host="127.0.0.2"), may_reach=is_any).status == 200


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "nonsense", "http://", "http://127.0.0.1:0/"])
def test_what_is_no_web_address_is_a_receipt(url: str) -> None:
    found = receipt(url)
    assert (found.status, "no web address" in found.problem) == (0, True)


def test_what_is_sent(origin: Origin) -> None:
    parcel = Parcel(origin.url("feed").replace("//", "//desk:p%40ss@"), b"{}", {"Content-Type": "application/json"})
    post(parcel, contact="mailto:desk@news.example")
    (visit,) = origin.visited("feed")
    assert visit.headers["user-agent"] == f"feedsvc/{__version__} (+mailto:desk@news.example)"
    assert visit.headers["content-type"] == "application/json"
    assert visit.headers["content-length"] == "2"
    assert visit.headers["authorization"] == "Basic ZGVzazpwQHNz"
    assert "accept-encoding" not in visit.headers or visit.headers["accept-encoding"] == "identity"


def test_it_asks_too_and_brings_the_beginning_of_the_reply(origin: Origin) -> None:
    origin.served["challenge"] = response("200 OK", b"c" * (2 * LARGEST_REPLY))
    (found,) = post(Parcel(origin.url("challenge"), b"", method="GET"))
    assert found.body == b"c" * LARGEST_REPLY
    assert "content-length" not in origin.visited("challenge")[0].headers


def test_retry_after_is_told(origin: Origin) -> None:
    assert receipt(origin.url("status?code=429&after=90")).retry_after == timedelta(seconds=90)
    assert receipt(origin.url("status?code=429")).retry_after is None


def test_so_many_are_on_the_wire_at_once_and_no_more(origin: Origin) -> None:
    together = [Parcel(origin.url("barrier?of=3"), b"")] * 3
    assert [found.status for found in post(*together, at_once=3)] == [200] * 3
    post(*[Parcel(origin.url("count"), b"")] * 12, at_once=4)
    assert 1 < origin.peak <= 4
