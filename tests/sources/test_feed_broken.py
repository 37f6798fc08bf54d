"""What publishers and their servers get wrong: encodings, markup, documents cut off or something else altogether."""

import gzip
import io
import json
import subprocess
import sys

import feedparser
import pytest

from tests.sources.reading import problem, read, rss

CHINESE = "国际新闻：港口的工人和船东在这个星期二重新开始谈判，他们说这是一个好的开始"
TRADITIONAL = "國際新聞：港口的工人和船東在這個星期二重新開始談判，他們說這是一個好的開始"
JAPANESE = "港のろうどうしゃはきょうからこうしょうをはじめました"


def titled(title: str, declaration: str = "") -> str:
    return f"{declaration}<rss><channel><title>{title}</title><item><title>{title}</title></item></channel></rss>"


def declared(encoding: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>\n'


@pytest.mark.parametrize(
    ("body", "content_type", "title"),
    [
        (titled(CHINESE).encode(), "", CHINESE),
        (b"\xef\xbb\xbf" + titled(CHINESE).encode(), "", CHINESE),
        (b"\xef\xbb\xbf" + titled(CHINESE, declared("gb2312")).encode(), "text/xml; charset=big5", CHINESE),
        (titled(CHINESE, declared("utf-16")).encode("utf-16"), "", CHINESE),
        (titled(CHINESE, declared("utf-16")).encode("utf-16-be"), "", CHINESE),
        (titled(CHINESE, declared("utf-16")).encode("utf-16-le"), "", CHINESE),
        (titled(CHINESE).encode("utf-32"), "", CHINESE),
        (titled(CHINESE, declared("utf-16")).encode(), "", CHINESE),
        (titled(CHINESE, declared("gb18030")).encode("gb18030"), "", CHINESE),
        (titled(CHINESE + "镕", declared("gb2312")).encode("gbk"), "", CHINESE + "镕"),
        (titled(CHINESE).encode("gb18030"), "application/rss+xml; charset=GBK", CHINESE),
        (titled(CHINESE).encode("gb18030"), "", CHINESE),
        (titled(CHINESE, declared("utf-8")).encode("gb18030"), "text/xml; charset=utf-8", CHINESE),
        (titled(TRADITIONAL, declared("Big5")).encode("big5"), "", TRADITIONAL),
        (titled(TRADITIONAL).encode("big5"), "text/html", TRADITIONAL),
        (titled(CHINESE, declared("iso-8859-1")).encode(), "text/xml; charset=iso-8859-1", CHINESE),
        (titled("“café”", declared("iso-8859-1")).encode("cp1252"), "", "“café”"),
        (titled("café").encode("latin-1"), "", "café"),
        (titled(JAPANESE).encode("euc-jp"), "", JAPANESE),
        (titled(JAPANESE, declared("iso-2022-jp")).encode("iso-2022-jp"), "", JAPANESE),
        (titled(JAPANESE, declared("x-sjis")).encode("shift_jis"), "text/xml; charset=shift_jis", JAPANESE),
        (titled("x", declared("no-such-encoding")).encode(), "text/xml; charset=neither", "x"),
        (titled(CHINESE).encode() + "国".encode()[:2], "", CHINESE),
        (
            titled(CHINESE + "\ufffd", declared("gbk")).encode().replace("\ufffd".encode(), b"\xe5\x9b"),
            "",
            CHINESE + "\ufffd",
        ),
        (titled("Порт\ufffd снова открыт").encode().replace("\ufffd".encode(), b"\xff"), "", "Порт\ufffd снова открыт"),
        (titled("plain", declared("cp037")).encode("cp037"), "", "plain"),
    ],
)
def test_encodings(body: bytes, content_type: str, title: str) -> None:
    feed = read(body, content_type)
    assert (feed.title, feed.entries[0].title) == (title, title)


@pytest.mark.parametrize(
    "content_type", ["text/html", "text/plain", "application/octet-stream", "image/png", "json", ""]
)
def test_the_content_type_decides_nothing_but_the_charset(content_type: str) -> None:
    assert read(titled("一"), content_type).title == "一"


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (titled("潮水 & 船"), "潮水 & 船"),
        (titled("A&B;C&nosuch;"), "A&B;C&nosuch;"),
        (titled("caf&eacute;&nbsp;&mdash; &hellip;"), "café — …"),
        (titled("a\x00b\x0bc\x1fd\ufffe"), "abcd"),
        (titled("a&#0;b&#x1F;c&#55357;d&#99999999;e"), "abcde"),
        (titled("a &lt; b &#38;amp; c"), "a < b & c"),
        ("\n\n  " + titled("一", declared("utf-8")), "一"),
        ("<br />\n<b>Warning</b>: no such file in /x.php\n" + titled("一", declared("utf-8")), "一"),
        (titled("一") + "<script>count()</script> & more", "一"),
        ('<?xml version="1.1"?>' + titled("一"), "一"),
        ('<!DOCTYPE rss SYSTEM "http://my.netscape.com/publish/formats/rss-0.91.dtd">' + titled("一&copy;"), "一©"),
        ('<!DOCTYPE rss [<!ENTITY house "某社"> <!ENTITY n "&#38;">]>' + titled("&house; &n; 船"), "某社 & 船"),
        ("<!DOCTYPE rss [<!-- ] > don't --> <!ELEMENT x ANY>]><!-- y --><?z ?>" + titled("一"), "一"),
        (titled("<![CDATA[A & B &nbsp; <i>c</i>]]> & d"), "A & B c & d"),
    ],
)
def test_mended_markup(body: str, title: str) -> None:
    assert read(body).entries[0].title == title


def test_a_prefix_that_nothing_declares_means_what_it_customarily_does() -> None:
    feed = read(
        "<rss><channel><item><guid>1</guid><dc:creator>甲</dc:creator><odd:thing odd2:a='b'>x</odd:thing>"
        "<media:content url='https://a.example/1.jpg'/></item></channel></rss>"
    )
    assert feed.entries[0].authors == ("甲",)
    assert feed.entries[0].pictures[0].url == "https://a.example/1.jpg"


WHOLE = rss("".join(f"<item><guid>{n}</guid><title>第{n}条</title><link>/{n}</link></item>" for n in range(4)))


@pytest.mark.parametrize("missing", [4, 20, 21, 22, 60, 90, 130, 150, 200])
def test_of_a_truncated_document_every_whole_entry_is_kept_and_no_other(missing: int) -> None:
    cut = WHOLE.encode()[:-missing]
    feed = read(cut)
    assert [draft.title for draft in feed.entries] == [f"第{n}条" for n in range(cut.count(b"</item>"))]
    assert feed.title == "样本"
    assert any("cut off" in remark for remark in feed.remarks)


def test_a_truncated_atom_feed_keeps_its_whole_entries() -> None:
    feed = read('<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:id>1</a:id></a:entry><a:entry><a:id>2</a:')
    assert [draft.guid for draft in feed.entries] == ["1"]


def test_only_the_end_tags_are_missing() -> None:
    assert len(read(WHOLE.removesuffix("</channel></rss>")).entries) == 4


def test_tags_that_do_not_match_are_left_to_the_careful_reader() -> None:
    feed = read(
        "<rss><channel><title>样本</title><language>zh</language><item><title>一<b></title><link>/1</link>"
        "<pubDate>Tue, 30 Jan 2024 01:02:03 GMT</pubDate><category>港口</category><author>甲</author>"
        "<description>摘<i>要</description><enclosure url='/1.jpg' type='image/jpeg'></item></channel></rss>"
    )
    draft = feed.entries[0]
    assert (draft.title, draft.url, draft.lead) == ("一", "https://origin.example/1", "摘要")
    assert draft.published is not None and draft.published.hour == 1
    assert (draft.categories, draft.authors, draft.language) == (("港口",), ("甲",), "zh")
    assert draft.pictures[0].url == "https://origin.example/1.jpg"
    assert any("not well-formed" in remark for remark in feed.remarks)


def test_what_the_careful_reader_fails_on_gives_what_it_states_between_its_errors() -> None:
    soup = "<rss><channel></x><item><title>一</title><category>x</item></category></channel></rss>"
    with pytest.raises(KeyError):
        feedparser.parse(io.BytesIO(soup.encode()))
    assert [draft.title for draft in read(soup).entries] == ["一"]


@pytest.mark.parametrize(
    "name", ["links", "authors", "tags", "content", "media_credit", "media_content", "source", "image"]
)
def test_names_that_the_careful_reader_uses_itself(name: str) -> None:
    odd = f"<{name}>一</{name}>"
    assert read(f"<rss><channel></x>{odd}<item><title>一</title>{odd}</item></channel></rss>").entries[0].title == "一"


def test_a_broken_feed_too_large_for_the_careful_reader_keeps_what_can_be_read() -> None:
    body = WHOLE.replace("</channel>", f"<item><title>长</title><description>{'字' * 2_200_000}</x></item></channel>")
    feed = read(body)
    assert [draft.title for draft in feed.entries][:4] == [f"第{n}条" for n in range(4)]
    assert feed.remarks


PAGE = "<!DOCTYPE html><html><head><title>某报</title>{}</head><body><p>正文</p></body></html>"
FEED_LINK = '<link rel="alternate" type="application/rss+xml" title="要闻" href="/rss">'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is empty"),
        (b" \n\xef\xbb\xbf\n", "is empty"),
        (PAGE.format(FEED_LINK), "https://origin.example/rss"),
        (PAGE.format(""), "is a web page, not a feed, and names none"),
        ("<head><title>503</title></head>", "is a web page"),
        ("<opml version='2.0'><body/></opml>", "feedsvc import"),
        ('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>', "is a sitemap"),
        ("<note><to>x</to></note>", "is XML but no feed"),
        ("Service unavailable", "is neither XML nor JSON"),
        (gzip.compress(b"<rss/>", mtime=0), "is a packed or binary file"),
        (b"%PDF-1.7", "is a packed or binary file"),
        ('{"error": "no such\\nfeed"}', 'is JSON but no JSON Feed (it says: "no such feed")'),
        ("[]", "is JSON but no JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": [', "is not whole JSON"),
        ("<rss><channel><title>样本</title><item><title>一", "was cut off"),
    ],
)
def test_what_is_no_feed_is_named(body: bytes | str, words: str) -> None:
    assert words in problem(body)


def test_anything_may_stand_anywhere_in_json() -> None:
    odd = {"id": 1.5, "url": 9, "title": "\ud800\u0000", "tags": [1, None, {}], "authors": [3, {"name": {}}]}
    items = [None, 7, odd | {"attachments": [{"url": []}], "date_published": 5}]
    feed = read(json.dumps({"version": 1, "title": ["x"], "hubs": "no", "items": items}))
    assert [(draft.guid, draft.categories, draft.authors) for draft in feed.entries] == [("1.5", ("1",), ())]


def test_the_careful_reader_is_loaded_for_what_is_broken_only() -> None:
    code = (
        "import sys; from tests.sources.reading import read, rss\n"
        "for body in (rss('<item><title>1</title></item>'), rss('<item><title>1</titl></item>')):\n"
        "    read(body); print('feedparser' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["False", "True"]
