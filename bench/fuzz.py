"""Throws damaged input at everything that meets other people's bytes: feeds, html, dates, addresses.

    python -m bench.fuzz [--count 1000000] [--seed 1] [--target feed html date address]

The same seed and count throw the same inputs. Exit 1: a crash, a hang or a broken promise; the input is kept in a file.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.progress import track

from feedsvc import text
from feedsvc.model import Fault
from feedsvc.normalise import normalise
from feedsvc.publishers import publisher_for
from feedsvc.sanitising import ALLOWED, sanitise
from feedsvc.sources.feed import discover, parse_feed
from feedsvc.sources.feed.dates import read_time

FEEDS = Path(__file__).parent.parent / "tests" / "sources" / "feeds"
LONGEST = 5  # seconds for one input of a few kilobytes
CAPTURED = datetime(2024, 1, 31, tzinfo=UTC)
HTML = (
    '<div><p><strong>第一段</strong> &nbsp; <a href="/a-1" onclick="x()">链接</a><br/>下一行</p>'
    '<figure><img src="b.jpg">'
    "<figcaption>题 © 某社</figcaption></figure><ul><li>一<li>二</ul><!-- 注 --><script>x()</script><table><td>格</div>"
)
DATES = (
    *("Tue, 30 Jan 2024 14:43:52 +0100", "2024-01-30T14:43:52.557Z", "2024年1月30日 14:43", "Jan 30, 2024 2:43 PM EST"),
    *("20240130T144352Z", "Tue Jan 30 14:43:52 UTC 2024", "2024-01-30"),
)
ADDRESSES = (
    "https://user@www.dw.com:443/zh/标题/../a-1//x?maca=1&b=%E4%B8%AD#c",
    "//a.example/%zz;p?q=[1]",
    "http://[::1]:80/",
    "HTTP://xn--fiqs8s.example./a b",
)
# What breaks readers: pieces of markup, of entities, of encodings, and numbers at their edges.
PIECES = (
    *(
        "<",
        ">",
        "&",
        "]]>",
        "<![CDATA[",
        "<!--",
        "-->",
        "<?xml",
        "?>",
        "<!DOCTYPE rss [",
        "<!ENTITY a '&a;'>",
        "]>",
        "&a;",
    ),
    *("&#0;", "&#xD800;", "&#x10FFFF;", "&nbsp;", "&amp;amp;", '"', "'", "</item>", "<item>", "<entry>", "</channel>"),
    *("</rss>", "<title>", "<media:group>", "<a:b>", ' xmlns="', ' xml:base="//["', ' type="xhtml"', ' mode="base64"'),
    *("\x00", "\x1f", "\x85", "\ufeff", "\u202e", "\ud7ff", "\uffff", "\U0001f300", "国", "\r", "\n", "\t", " " * 50),
    *(
        "-1",
        "0",
        "99999999999999999999",
        "24:00:00",
        "+99:99",
        "1e999",
        "NaN",
        "null",
        "[",
        "{",
        "}",
        "\\ud800",
        "%",
        "://",
    ),
)
BYTES = (
    b"\xff",
    b"\xfe\xff",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\x00",
    b"\x80",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\x1b$B",
    b"\x81\x30",
)


class TookTooLongError(BaseException):
    """One input was not done with within the bound; no bulkhead may catch it."""


def mutate(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One of the seeds with a few damages: pieces put in, taken out, doubled, swapped, cut off, joined with another."""
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 2, 3, 5, 8, 20))):
        start = rng.randrange(len(data) + 1)
        end = min(len(data), start + int(rng.expovariate(0.05)))
        match rng.randrange(9):
            case 0:
                data[start:start] = rng.choice(PIECES).encode("utf-8")
            case 1:
                data[start:start] = rng.choice(BYTES)
            case 2:
                del data[start:end]
            case 3:
                data[start:start] = bytes(data[start:end]) * rng.choice((1, 2, 30))
            case 4:
                data[start:end] = bytes(rng.randrange(256) for _ in range(end - start))
            case 5:
                data[start:end] = data[start:end][::-1]
            case 6:
                del data[start + rng.randrange(50) :]
            case 7:
                other = rng.choice(seeds)
                cut = rng.randrange(len(other))
                data[start:end] = other[cut : cut + rng.randrange(200)]
            case _:
                data[start:end] = rng.choice(PIECES).encode("utf-8") * rng.choice((1, 2, 9))
    return bytes(data)


def try_feed(data: bytes, rng: random.Random) -> None:
    """Bytes to drafts, and those on to articles."""
    content_type = rng.choice(("", "text/xml; charset=gb2312", "text/html; charset=utf-8", "x; charset=\x00"))
    found = parse_feed(data, source="s", origin="https://o.example/f", captured=CAPTURED, content_type=content_type)
    if isinstance(found, Fault):
        assert found.problem and "\n" not in found.problem
        return
    for draft in found.entries:
        assert draft.url or draft.guid or draft.title
        assert all(moment is None or moment.tzinfo is UTC for moment in (draft.published, draft.modified))
        normalise(publisher_for(draft.url).read(draft))


def try_html(data: bytes, _rng: random.Random) -> None:
    html = data.decode("utf-8", "replace")
    discover(html, "https://o.example/")
    Allowlist().feed(sanitise(html))


class Allowlist(HTMLParser):
    """Complains of any tag or attribute that sanitised html may not have."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        assert {name for name, _ in attrs} <= ALLOWED[tag], attrs


def try_date(data: bytes, _rng: random.Random) -> None:
    found = read_time(data.decode("utf-8", "replace"))
    assert found.moment is None or found.moment.tzinfo is UTC


def try_address(data: bytes, _rng: random.Random) -> None:
    url = text.canonical_url(data.decode("utf-8", "replace"))
    assert url.isascii()
    assert text.canonical_url(url) == url


TARGETS: dict[str, Callable[[bytes, random.Random], None]] = {
    "feed": try_feed,
    "html": try_html,
    "date": try_date,
    "address": try_address,
}


def seeds_of(target: str) -> list[bytes]:
    if target == "feed":
        return [path.read_bytes() for path in sorted(FEEDS.iterdir())]
    return [seed.encode() for seed in {"html": (HTML,), "date": DATES, "address": ADDRESSES}[target]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000, help="inputs, shared evenly among the targets")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", nargs="+", choices=TARGETS, default=list(TARGETS))
    arguments = parser.parse_args()
    warnings.simplefilter("error")
    signal.signal(signal.SIGALRM, _interrupt)
    failures = sum(
        throw(target, arguments.count // len(arguments.target), arguments.seed) for target in arguments.target
    )
    return min(failures, 1)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise TookTooLongError


def throw(target: str, count: int, seed: int) -> int:
    """How many of the inputs did harm; each is reported with its traceback and kept."""
    seeds = seeds_of(target)
    failures = 0
    start = time.perf_counter()
    for number in track(range(count), f"{target} ...", console=Console(stderr=True)):
        rng = random.Random(f"{seed} {target} {number}")
        data = mutate(rng, seeds)
        signal.alarm(LONGEST)
        try:
            TARGETS[target](data, rng)
        except (Exception, TookTooLongError):
            failures += 1
            kept = Path(tempfile.gettempdir()) / f"fuzz-{target}-{seed}-{number}"
            kept.write_bytes(data)
            print(f"{kept}\n{traceback.format_exc(limit=-4)}", file=sys.stderr)
        finally:
            signal.alarm(0)
    print(f"{target}: {count} inputs, {failures} failures, {time.perf_counter() - start:.0f} s")
    return failures


if __name__ == "__main__":
    raise SystemExit(main())
