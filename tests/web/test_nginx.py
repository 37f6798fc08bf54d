"""The output folder under nginx with the configuration that deploy/nginx.conf holds: what clients see is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.web.nginx import needs_nginx, nginx_over
from tests.web.serving import EVENT, FEED_FILES, MOVED, Served

pytestmark = needs_nginx
PATHS = [*(f"/{name}" for name in FEED_FILES), "/", "/harbour.html", "/feeds.opml", "/status.json", f"/{EVENT}"]
Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def nginx(site: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Asks an nginx over the folder that `site` serves."""
    folder = tmp_path_factory.mktemp("n")
    with (
        nginx_over(site.output, folder, f"unix:{folder}/s"),
        httpx.Client(transport=httpx.HTTPTransport(uds=f"{folder}/s")) as client,
    ):

        def ask(method: str, path: str, **headers: str) -> httpx.Response:
            client.headers.clear()
            fields = {key.replace("_", "-"): value for key, value in headers.items()}
            return client.request(method, f"http://news.example{path}", headers=fields)

        yield ask


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("path", PATHS)
def test_the_same_answers(site: Served, nginx: Ask, path: str, coding: str) -> None:
    ours, theirs = (ask("GET", path, accept_encoding=coding) for ask in (site.request, nginx))
    assert (ours.status_code, ours.content) == (theirs.status_code, theirs.content)
    same = ["Content-Type", "Content-Encoding", "Last-Modified", "Content-Security-Policy", "Referrer-Policy"]
    same += ["X-Content-Type-Options", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers"]
    same += ["Cross-Origin-Resource-Policy"]
    assert {name: ours.headers.get(name) for name in same} == {name: theirs.headers.get(name) for name in same}
    if "content-encoding" in ours.headers:
        assert ours.headers["vary"] == theirs.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", PATHS)
def test_unchanged_for_both_validators(nginx: Ask, path: str) -> None:
    first = nginx("GET", path, accept_encoding="gzip")
    for condition in ({"if_none_match": first.headers["etag"]}, {"if_modified_since": first.headers["last-modified"]}):
        assert nginx("GET", path, accept_encoding="gzip", **condition).status_code == 304


@pytest.mark.parametrize("path", ["/.harbour.atom.new", "/nothing", "/events/", "/%2e%2e/config.toml"])
def test_what_is_not_published_is_not_served(nginx: Ask, path: str) -> None:
    assert nginx("GET", path).status_code in (400, 403, 404)


def test_pages_of_other_sites_may_ask_under_condition(nginx: Ask) -> None:
    leave = nginx("OPTIONS", "/harbour.json", origin="https://other.example")
    assert (leave.status_code, leave.headers["access-control-allow-origin"]) == (204, "*")
    assert "If-None-Match" in leave.headers["access-control-allow-headers"]


def test_the_page_of_a_joined_event_leads_on_by_itself(nginx: Ask) -> None:
    answer = nginx("GET", f"/{MOVED}")
    assert answer.status_code == 200 and f'content="0; url=../{EVENT}"' in answer.text
