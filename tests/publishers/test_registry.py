"""The right adapter for a link."""

import pytest

from feedsvc.publishers import GENERIC, PUBLISHERS, publisher_for


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.rfi.fr/cn/x", "rfi"),
        ("http://RFI.FR//cn/x", "rfi"),
        ("https://cn.rfi.fr/x", "rfi"),
        ("https://www.dw.com/zh/x/a-1", "dw"),
        ("https://amp.dw.com/zh/x/a-1", "dw"),
        ("https://notdw.com/a-1", ""),
        ("https://dw.com.evil.example/a-1", ""),
        ("https://evil.example/?https://www.dw.com/", ""),
        ("https://www.dw.com@evil.example/", ""),
        ("https://news.example/", ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_by_host_and_its_subdomains(url: str, expected: str) -> None:
    assert publisher_for(url).id == expected


def test_ids_and_hosts_are_unique() -> None:
    hosts = [host for publisher in PUBLISHERS for host in publisher.hosts]
    assert len(set(hosts)) == len(hosts)
    assert len({publisher.id for publisher in PUBLISHERS}) == len(PUBLISHERS)
    assert GENERIC not in PUBLISHERS
