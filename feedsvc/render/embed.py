"""A feed in other people's pages: a frame that needs no script, a script that fills an element, a page that shows how.

What is to be embedded needs an address, so without a base_url there is none of it. Called by `publish`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import replace

from feedsvc.model import Entry, TopicFeed
from feedsvc.render.addresses import file_name, published_at
from feedsvc.render.characters import presentable
from feedsvc.render.embed_script import SCRIPT
from feedsvc.render.markup import Markup, tag, text
from feedsvc.render.page import foreign, moment, page
from feedsvc.render.phrases import Phrases, phrases_for
from feedsvc.render.style import POLICY
from feedsvc.text import link_url

FOLDER = "embed"
MOST_ENTRIES = 20
PROPERTIES = tuple(f"--feedsvc-{name}" for name in ("font", "ink", "soft", "line", "accent", "paper"))
STYLE = """
:root{color-scheme:light dark;--paper:#fffefb;--ink:#1f1c18;--soft:#655d52;--line:#e4ddd0;--accent:#a12a1b;
--sans:system-ui,-apple-system,"Segoe UI","PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
@media(prefers-color-scheme:dark){:root{--paper:#1e1b18;--ink:#ebe5da;--soft:#a99f90;--line:#37312a;--accent:#f2967f}}
:lang(zh){--sans:"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",system-ui,sans-serif}
:lang(zh-Hant){--sans:"PingFang TC","Noto Sans CJK TC","Microsoft JhengHei",system-ui,sans-serif}
:lang(ja){--sans:"Hiragino Sans","Noto Sans CJK JP","Yu Gothic",system-ui,sans-serif}
body{background:var(--paper);color:var(--ink);margin:0;padding:.7rem 1rem;
font:.9375rem/1.6 var(--sans);overflow-wrap:anywhere;line-break:strict;text-autospace:normal}
[lang]{font-family:var(--sans)}
h1{font-size:1.0625rem;line-height:1.4;margin:0 0 .5rem}
a{color:inherit;text-decoration-color:var(--line);text-underline-offset:.22em}
h1 a{text-decoration:none}
a:hover{color:var(--accent);text-decoration-color:currentColor}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:2px}
ol{list-style:none;margin:0;padding:0}
li{padding:.55rem 0;border-top:1px solid var(--line)}
p{margin:.1rem 0 0;color:var(--soft);font-size:.8125rem}
time{white-space:nowrap;font-variant-numeric:tabular-nums}
""".strip()
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
FRAME_POLICY = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'"


def render_embedding(feeds: Sequence[TopicFeed], base_url: str) -> dict[str, bytes]:
    """The documents by path below the output folder; none without a base_url."""
    frames = {path: content for feed in feeds for path, content in render_frame(feed).items()}
    return frames | render_guide(feeds, base_url)


def frame_path(slug: str) -> str:
    return f"{FOLDER}/{slug}.html"


def render_frame(feed: TopicFeed, entries: Sequence[Markup] | None = None) -> dict[str, bytes]:
    """`entries`: those to be shown, as `frame_pieces` made them."""
    if not feed.base_url:
        return {}
    return {frame_path(feed.slug): _frame(presentable(feed), frame_pieces(feed) if entries is None else entries)}


def frame_pieces(feed: TopicFeed) -> list[Markup]:
    """What stands of each entry in the frame, as many as are shown there."""
    feed = presentable(replace(feed, entries=feed.entries[:MOST_ENTRIES]))
    phrases = phrases_for(feed.language)
    return [_entry(entry, phrases) for entry in feed.entries]


def guide_paths(base_url: str) -> tuple[str, ...]:
    """What `render_guide` gives."""
    return (f"{FOLDER}/embed.js", f"{FOLDER}/index.html") if base_url else ()


def render_guide(feeds: Sequence[TopicFeed], base_url: str) -> dict[str, bytes]:
    """How to embed any of the feeds, of which it shows no entry, and the script."""
    if not base_url:
        return {}
    guide = _guide([presentable(feed) for feed in feeds], base_url)
    return {f"{FOLDER}/embed.js": SCRIPT.encode(), f"{FOLDER}/index.html": guide}


def _frame(feed: TopicFeed, entries: Sequence[Markup]) -> bytes:
    phrases = phrases_for(feed.language)
    head = text(
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=FRAME_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="robots", content="noindex"),
        tag("title", feed.title),
        tag("style", Markup(STYLE)),
    )
    body = tag(
        "main",
        tag("h1", _outward(foreign(feed.title), published_at(feed, "html"))),
        tag("ol", list(entries)) if entries else tag("p", phrases.empty),
    )
    document = tag("html", tag("head", head), "\n", tag("body", body), "\n", lang=phrases.language)
    return f"<!DOCTYPE html>\n{document}\n".encode()


def _entry(entry: Entry, phrases: Phrases) -> Markup:
    names = dict.fromkeys([entry.publisher, *(report.publisher for report in entry.reports)])
    publishers = [text(phrases.separator if place else "", foreign(name)) for place, name in enumerate(names)]
    return tag(
        "li",
        _outward(foreign(entry.title, entry.language), entry.url),
        tag("p", publishers, " · ", moment(entry.published)),
    )


def _outward(words: Markup, url: str) -> Markup:
    """A link that leaves the frame: the page around it stays."""
    return tag("a", words, href=link_url(url), target="_blank", rel="noopener noreferrer") if link_url(url) else words


def _guide(feeds: Sequence[TopicFeed], base_url: str) -> bytes:
    phrases = phrases_for(feeds[0].language if feeds else "en")
    return page(
        phrases.embed,
        phrases,
        tag("header", tag("h1", phrases.embed), tag("p", phrases.embed_hint), class_="opening"),
        [_example(feed, base_url, phrases) for feed in feeds],
        top="../",
        head=[tag("meta", name="robots", content="noindex")],
        policy=f"{POLICY}; frame-src 'self'",
    )


def _example(feed: TopicFeed, base_url: str, phrases: Phrases) -> Markup:
    properties = [text(" ", tag("code", name)) for name in PROPERTIES]
    preview = f"{phrases.preview}: {feed.title}"
    return tag(
        "section",
        tag("h2", foreign(feed.title)),
        tag(
            "div",
            _snippet(phrases.frame, tag("p", phrases.frame_hint), _frame_snippet(feed, base_url)),
            _snippet(phrases.script, tag("p", phrases.script_hint, properties), _script_snippet(feed, base_url)),
        ),
        tag("iframe", src=file_name(feed, "html"), title=preview, loading="lazy"),
        class_="sources example",
        id=feed.slug,
    )


def _snippet(heading: str, hint: Markup, code: str) -> Markup:
    return tag("div", tag("h3", heading), hint, tag("pre", tag("code", code)), class_="snippet")


def _frame_snippet(feed: TopicFeed, base_url: str) -> str:
    address = f"{base_url}{FOLDER}/{file_name(feed, 'html')}"
    return str(tag("iframe", src=address, title=feed.title, width="100%", height="600", loading="lazy"))


def _script_snippet(feed: TopicFeed, base_url: str) -> str:
    # What stands in the element is shown until the script has run, and where it cannot.
    instead = tag("a", feed.title, href=published_at(feed, "html"))
    element = tag("div", instead, data_feedsvc=published_at(feed, "json"), data_limit="10")
    return str(text(element, "\n", tag("script", async_=True, src=f"{base_url}{FOLDER}/embed.js")))
