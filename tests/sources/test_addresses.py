"""Which addresses are public, and where redirects may lead."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.sources.addresses import is_any, is_public, literal, parse_url, redirect_target, shown
from feedsvc.sources.answers import FetchError


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.9", "169.254.169.254"),
        *("172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.19.0.1"),
        *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "fec0::1", "::7f00:1", "100::1"),
        *("2001:db8::1", "2001::1", "2001:2::1", "2002:7f00:1::", "3fff::1", "5f00::1", "64:ff9b:1::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a00:1"),
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
    assert is_any(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1"),
        *("192.169.0.1", "198.17.255.255", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "2001:4860::8888"),
        *("::ffff:1.1.1.1", "64:ff9b::101:101"),  # behind NAT64 every IPv4 host looks like this
    ],
)
def test_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses())
def test_what_python_calls_private_is_not_public(address: IPv4Address | IPv6Address) -> None:
    if is_public(address) and not (isinstance(address, IPv6Address) and str(address).startswith(("64:ff9b", "::ffff"))):
        assert address.is_global
        assert not address.is_multicast


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("::1", "::1"),
    ],
)
def test_addresses_in_any_spelling(host: str, address: str) -> None:
    assert literal(host) == ip_address(address)


@pytest.mark.parametrize("host", ["news.example", "", "1.2.3.4.5", "新闻", "a" * 300, "0x", "\0"])
def test_names_are_no_addresses(host: str) -> None:
    assert literal(host) is None


@given(st.text())
def test_any_text_is_an_address_to_ask_or_one_problem(url: str) -> None:
    try:
        assert parse_url("http://" + url).host
    except FetchError as problem:
        assert str(problem)


@pytest.mark.parametrize(
    ("current", "location", "target"),
    [
        ("https://a.example/feed?x", "/new", "https://a.example/new"),
        ("https://a.example/feed/x", "../y?z", "https://a.example/y?z"),
        ("http://a.example/feed", "//b.example/f", "http://b.example/f"),
        ("http://a.example/feed", "https://a.example/feed", "https://a.example/feed"),
        ("http://a.example/feed", "http://user:word@b.example/f#top", "http://b.example/f"),
        ("https://a.example/feed", "HTTPS://B.example/新", "https://b.example/%E6%96%B0"),
    ],
)
def test_redirects_lead_on(current: str, location: str, target: str) -> None:
    assert str(redirect_target(httpx.URL(current), location)) == target


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://a.example/feed", "from https down to http (http://a.example/feed)"),
        ("//user:word@[::1", "to no web address"),
        ("javascript:alert(1)", "to no web address"),
        ("file:///etc/passwd", "to no web address"),
        ("https://b.example:0/", "to no web address"),
    ],
)
def test_redirects_that_are_not_followed(location: str, words: str) -> None:
    with pytest.raises(FetchError) as problem:
        redirect_target(httpx.URL("https://a.example/feed"), location)
    assert words in str(problem.value)


def test_credentials_are_not_shown() -> None:
    assert shown(httpx.URL("https://reader:word@a.example/feed")) == "https://a.example/feed"
