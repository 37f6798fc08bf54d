"""What well-made feeds state, in every format, comes out as drafts."""

from datetime import UTC, date, datetime, timedelta

import pytest

from feedsvc.model import Picture
from tests.sources.reading import CAPTURED, FEEDS, ORIGIN, atom, entry, item, read, rss


def shape(name: str):
    return read((FEEDS / name).read_bytes())


def test_rss_in_the_shape_of_rfi() -> None:
    feed = shape("rfi.rss")
    assert (feed.title, feed.language, feed.home) == ("法广 - 样本", "zh-Hans", "https://www.rfi.fr/cn/")
    assert feed.self_url == "https://www.rfi.fr/cn/rss"
    assert feed.every == timedelta(minutes=15)
    assert feed.rights == "© 样本 2024"
    assert feed.remarks == ()
    first, second = feed.entries
    assert (first.source, first.origin, first.captured) == ("it", ORIGIN, CAPTURED)
    assert first.guid == "0b7c9f1e-be7a-11ee-9d02-005056bf30b7"
    assert first.url == "https://www.rfi.fr/cn/%E7%BB%8F%E8%B4%B8/20240129-%E7%A0%81%E5%A4%B4%E7%BD%A2%E5%B7%A5"
    assert first.title == "码头工人与船东谈判破裂，罢工进入第三天"
    assert first.html == "<p>谈判代表周一凌晨离开会议室，没有回答记者的提问。</p>"
    assert first.lead == "谈判代表周一凌晨离开会议室，没有回答记者的提问。"
    assert first.published == datetime(2024, 1, 29, 8, 41, 7, tzinfo=UTC)
    assert (first.authors, first.categories, first.language) == (("样本记者",), ("经贸",), "zh-Hans")
    assert first.rights == "© 样本 2024"
    assert second.title == "山区小学收到一车旧书 & 一架旧钢琴"
    assert second.lead == "捐书的人没有留下姓名。 校长说，孩子们已经编好了书目。"
    assert second.published == datetime(2024, 1, 29, 6, 5, 30, tzinfo=UTC)
    assert second.categories == ("社会", "教育")


def test_the_largest_of_a_group_of_pictures_is_taken_with_the_group_s_caption_and_credit() -> None:
    largest = "https://s.rfi.fr/media/display/11111111-2222-11ee-8888-005056a90284/w:1280/p:16x9/port.jpg"
    found = shape("rfi.rss").entries[0].pictures
    assert found == (Picture(largest, "空荡荡的集装箱码头。", "样本摄影师"),)


def test_rdf_in_the_shape_of_dw() -> None:
    feed = shape("dw.rdf")
    assert (feed.title, feed.language, feed.rights) == ("德国之声样本", "zh-CN", "样本版权声明")
    assert feed.every == timedelta(minutes=15)
    first, second = feed.entries
    assert first.url == "https://www.dw.com/zh/渡轮恢复通航/a-68000001?maca=chi-rss-chi-all-1127-rdf"
    assert first.native_id == "68000001"
    assert first.guid == first.url
    assert first.lead == "风暴过后的第一班渡轮周二早晨离港，船上有二百名乘客。"
    assert first.published == datetime(2024, 1, 30, 14, 43, 52, tzinfo=UTC)
    assert (first.categories, first.language, first.rights) == (("经济纵横",), "zh-CN", "样本版权声明")
    assert second.published == datetime(2024, 1, 30, 8, tzinfo=UTC)
    assert second.language == "zh-CN"


def test_atom_in_the_shape_of_dw() -> None:
    feed = shape("dw.atom")
    assert (feed.title, feed.language) == ("德国之声样本", "zh-CN")
    assert (feed.self_url, feed.hubs) == ("https://rss.dw.com/atom/rss-chi-all", ("https://hub.example/",))
    first, second = feed.entries
    assert first.guid == "https://www.dw.com/zh/渡轮恢复通航/a-68000001"
    assert first.url == "https://www.dw.com/zh/渡轮恢复通航/a-68000001?maca=chi-rss-chi-all-1127-atom"
    assert first.published == datetime(2024, 1, 30, 14, 43, 52, tzinfo=UTC)
    assert first.modified == datetime(2024, 1, 30, 14, 50, tzinfo=UTC)
    assert (first.authors, first.categories) == (("样本编辑部",), ("经济纵横",))
    assert first.html == "<p>风暴过后的第一班渡轮周二早晨离港，船上有二百名乘客。</p>"
    assert second.title == "博物馆找回失踪四十年的怀表"
    assert second.html == "<p>怀表藏在一座<b>旧钟</b>的底座里。</p><p>修钟的人发现了它。</p>"
    assert second.authors == ("林样本", "石样本")
    assert (second.published, second.modified) == (None, datetime(2024, 1, 30, 8, tzinfo=UTC))
    assert second.rights == "样本版权声明"


def test_rdf_and_atom_of_dw_are_the_same_articles() -> None:
    from feedsvc.normalise import normalise
    from feedsvc.publishers import publisher_for

    keys = [
        [normalise(publisher_for(draft.url).read(draft)).key for draft in shape(name).entries]
        for name in ("dw.rdf", "dw.atom")
    ]
    assert keys[0] == keys[1] == ["dw:68000001", "dw:68000002"]


def test_json_feed() -> None:
    feed = shape("sample.json")
    assert (feed.title, feed.language, feed.home) == ("样本", "zh-Hans", "https://json.example/")
    assert (feed.self_url, feed.hubs) == ("https://json.example/feed.json", ("https://hub.example/",))
    first, second = feed.entries
    assert (first.guid, first.url) == ("https://json.example/1", "https://json.example/1")
    assert first.title == "灯塔重新点亮 <第二次>"
    assert first.html == "<p>守塔人说，<b>灯泡</b>是新的。</p>"
    assert first.lead == "守塔人换了灯泡。"
    assert first.published == datetime(2024, 1, 30, 14, 43, 52, tzinfo=UTC)
    assert first.modified == datetime(2024, 1, 30, 15, tzinfo=UTC)
    assert first.authors == ("样本编辑部",)
    assert first.categories == ("海岸", "灯塔")
    assert first.pictures == (Picture("https://json.example/1.jpg"),)
    assert first.kind == "audio"
    assert (second.guid, second.url, second.authors) == ("2", "https://other.example/2", ("石样本",))
    assert second.html == "<p>第一段 &lt;不是标签&gt;</p><p>第二段</p>"
    assert (second.published, second.modified, second.published_day) == (None, None, None)


ENTRY = "<title>一</title><link>https://a.example/1</link><description>话</description>"


@pytest.mark.parametrize(
    "document",
    [
        f'<rss version="0.91"><channel><title>样</title><item>{ENTRY}</item></channel></rss>',
        f'<rss version="0.92"><channel><title>样</title></channel><item>{ENTRY}</item></rss>',
        f'<RDF:RDF xmlns:RDF="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">'
        f"<channel><title>样</title></channel><item>{ENTRY}</item></RDF:RDF>",
        f'<Channel xmlns="http://purl.org/net/rss1.1#"><title>样</title><items><item>{ENTRY}</item></items></Channel>',
        f'<rss xmlns="http://backend.userland.com/rss2"><channel><title>样</title><item>{ENTRY}</item></channel></rss>',
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>样</title><entry><title>一</title>'
        '<link rel="alternate" type="text/html" href="https://a.example/1"/><summary>话</summary></entry></feed>',
        '<feed xmlns="https://www.w3.org/2005/Atom/"><title>样</title><entry><title>一</title>'
        '<link href="https://a.example/1"/><summary>话</summary></entry></feed>',
        '<feed><title>样</title><entry><title>一</title><link href="https://a.example/1"/>'
        "<summary>话</summary></entry></feed>",
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>样</a:title><a:entry><a:title>一</a:title>'
        '<a:link href="https://a.example/1"/><a:summary>话</a:summary></a:entry></a:feed>',
        '{"version": "https://jsonfeed.org/version/1", "title": "样", "items": '
        '[{"id": "1", "url": "https://a.example/1", "title": "一", "summary": "话"}]}',
    ],
    ids=["0.91", "0.92", "0.90", "1.1", "rss2-ns", "atom-0.3", "atom-https", "atom-no-ns", "atom-prefixed", "json-1.0"],
)
def test_every_dialect(document: str) -> None:
    feed = read(document)
    assert feed.title == "样"
    assert [(d.title, d.url, d.lead) for d in feed.entries] == [("一", "https://a.example/1", "话")]


def test_an_atom_entry_document_is_a_feed_of_one() -> None:
    feed = read('<entry xmlns="http://www.w3.org/2005/Atom"><id>urn:1</id><title>独</title></entry>')
    assert [draft.title for draft in feed.entries] == ["独"]


@pytest.mark.parametrize(
    ("inside", "title"),
    [
        ("<title>潮水 &amp;amp; 船</title>", "潮水 & 船"),
        ("<title>&lt;b&gt;潮水&lt;/b&gt;退了</title>", "潮水退了"),
        ("<title>&lt;canvas&gt; 与画布</title>", "<canvas> 与画布"),
        ("<title>  两行\n  标题 </title>", "两行 标题"),
        ("<title><![CDATA[3 < 4 & 5 > 2]]></title>", "3 < 4 & 5 > 2"),
        ("<title/><dc:title>次名</dc:title>", "次名"),
        ("<title>潮<b>水</b></title>", "潮水"),
        ("<title>don&#146;t</title>", "don’t"),
    ],
)
def test_titles_are_plain_text(inside: str, title: str) -> None:
    assert item(inside).title == title


@pytest.mark.parametrize(
    ("inside", "url"),
    [
        ("<link>https://a.example/1</link>", "https://a.example/1"),
        ("<link>/1</link>", "https://origin.example/1"),
        ("<link>//a.example/1</link>", "https://a.example/1"),
        ("<link/><guid>https://a.example/1</guid>", "https://a.example/1"),
        ('<guid isPermaLink="false">https://a.example/1</guid>', ""),
        (
            '<atom:link rel="related" href="https://b.example/"/><atom:link href="https://a.example/1"/>',
            "https://a.example/1",
        ),
        (
            '<link>https://counter.example/x</link><f:origLink xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">'
            "https://a.example/1</f:origLink>",
            "https://a.example/1",
        ),
        ('<link href="https://a.example/1"/>', "https://a.example/1"),
        ("<link><![CDATA[ https://a.example/1?a=b&c=d ]]></link>", "https://a.example/1?a=b&c=d"),
    ],
)
def test_links(inside: str, url: str) -> None:
    feed = read(rss(f"<item><title>一</title>{inside}</item>"))
    assert [draft.url for draft in feed.entries] == [url]


def test_addresses_start_from_xml_base_then_from_where_the_feed_came() -> None:
    inside = (
        '<link xml:base="c/" href="d"/><title>一</title>'
        '<content type="html" xml:base="/e/">&lt;img src="f.jpg"> &lt;a href=\'#g\'>h&lt;/a></content>'
    )
    draft = entry(inside, 'xml:base="https://b.example/a/"')
    assert draft.url == "https://b.example/a/c/d"
    assert draft.html == '<img src="https://b.example/e/f.jpg"> <a href="https://b.example/e/#g">h</a>'
    moved = read(rss("<item><link>x</link></item>"), base="https://moved.example/y/")
    assert moved.entries[0].url == "https://moved.example/y/x"


@pytest.mark.parametrize(
    ("content", "html", "lead"),
    [
        ('<summary type="text">1 &lt; 2</summary>', "<p>1 &lt; 2</p>", "1 < 2"),
        ("<summary>只有&lt;br/>这样</summary>", "只有<br/>这样", "只有 这样"),
        ('<content type="html">&lt;p>全文&lt;/p></content><summary>摘要</summary>', "<p>全文</p>", "摘要"),
        ('<content type="html"> </content><summary type="html">摘要</summary>', "摘要", "摘要"),
        ('<content type="application/octet-stream">PHA+5YWo5paHPC9wPg==</content>', "<p>全文</p>", ""),
        ('<content type="image/png">iVBORw0KGgo=</content>', "", ""),
    ],
)
def test_text_constructs_of_atom(content: str, html: str, lead: str) -> None:
    draft = entry(content)
    assert (draft.html, draft.lead) == (html, lead)


def test_full_content_of_rss_goes_before_its_summary() -> None:
    draft = item("<description>摘要</description><content:encoded><![CDATA[<p>全文</p>]]></content:encoded>")
    assert (draft.html, draft.lead) == ("<p>全文</p>", "摘要")


def test_a_lead_shows_what_a_reader_sees() -> None:
    html = "<!-- x > --><style>p{}</style><p>一&nbsp;二</p><script>1 > 0</script><p>三<b>四</b> > 五 --> 六</p>"
    assert item(f"<description><![CDATA[{html}]]></description>").lead == "一 二 三四 > 五 --> 六"


@pytest.mark.parametrize(
    ("inside", "authors"),
    [
        ("<author>desk@a.example (石样本)</author>", ("石样本",)),
        ("<author>石样本 &lt;desk@a.example&gt;</author>", ("石样本",)),
        ("<author>desk@a.example</author>", ()),
        ("<dc:creator>甲</dc:creator><dc:creator>乙</dc:creator>", ("甲", "乙")),
        ("<dc:creator>甲</dc:creator><itunes:author>甲 台</itunes:author>", ("甲",)),
        ("<author><name>石样本</name></author>", ("石样本",)),
    ],
)
def test_authors_are_names_without_addresses(inside: str, authors: tuple[str, ...]) -> None:
    assert item(inside).authors == authors


@pytest.mark.parametrize(
    ("inside", "pictures"),
    [
        ('<enclosure url="/1.jpg" type="image/jpeg"/>', (Picture("https://origin.example/1.jpg"),)),
        ('<enclosure url="https://a.example/1.mp3" type="audio/mpeg"/>', ()),
        ('<media:thumbnail url="https://a.example/1.jpg"/>', (Picture("https://a.example/1.jpg"),)),
        (
            '<media:content url="https://a.example/1.png"><media:title>题</media:title><media:credit>某社</media:credit>'
            '</media:content><media:thumbnail url="https://a.example/t.jpg"/>',
            (Picture("https://a.example/1.png", "题", "某社"),),
        ),
        (
            '<media:thumbnail url="https://a.example/s.jpg" width="80" height="60"/>'
            '<media:thumbnail url="https://a.example/l.jpg" width="800" height="600"/>',
            (Picture("https://a.example/l.jpg"),),
        ),
        ('<itunes:image href="https://a.example/1.jpg"/>', (Picture("https://a.example/1.jpg"),)),
        (
            '<media:credit>某社</media:credit><media:credit role="photographer">摄影师</media:credit>'
            '<media:content medium="image" url="https://a.example/1"/>',
            (Picture("https://a.example/1", "", "摄影师"),),
        ),
    ],
)
def test_pictures(inside: str, pictures: tuple[Picture, ...]) -> None:
    assert item(inside).pictures == pictures


def test_a_sound_with_little_text_is_a_sound() -> None:
    sound = '<enclosure url="https://a.example/1.mp3" type="audio/mpeg"/>'
    assert item(f"{sound}<description>第一次播音</description>").kind == "audio"
    assert item(f"{sound}<description>{'一段报道。' * 50}</description>").kind == "article"


def test_a_copied_entry_names_whom_it_was_taken_from() -> None:
    source = "<source><title>某报</title><author><name>石样本</name></author><rights>© 某报</rights></source>"
    draft = entry(source)
    assert (draft.publisher_name, draft.authors, draft.rights) == ("某报", ("石样本",), "© 某报")
    assert item('<source url="https://a.example/rss">某报</source>').publisher_name == "某报"


def test_what_is_not_stated_is_empty() -> None:
    draft = read(rss("<item><title>一</title></item>", "")).entries[0]
    assert (draft.url, draft.guid, draft.html, draft.lead, draft.language, draft.rights) == ("",) * 6
    assert (draft.published, draft.published_day, draft.modified) == (None, None, None)
    assert (draft.authors, draft.categories, draft.pictures) == ((), (), ())


def test_entries_with_nothing_to_know_them_by_are_dropped() -> None:
    feed = read(rss("<item><description>无名</description></item><item><guid>1</guid></item><item/>"))
    assert [draft.guid for draft in feed.entries] == ["1"]


def dated(guid: str, hour: int, link: str = "https://a.example/1", title: str = "题") -> str:
    return (
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}{hour}</title><link>{link}</link>"
        f"<pubDate>Tue, 30 Jan 2024 {hour:02}:00:00 GMT</pubDate></item>"
    )


def test_of_entries_with_one_guid_the_newest_is_kept_in_its_place() -> None:
    feed = read(rss(dated("a", 9) + dated("b", 8) + dated("a", 11) + dated("a", 10)))
    assert [draft.title for draft in feed.entries] == ["题8", "题11"]


def test_a_guid_that_names_everything_names_nothing() -> None:
    feed = read(rss("".join(dated("0", hour, f"https://a.example/{hour}") for hour in range(4))))
    assert [(draft.guid, draft.url) for draft in feed.entries] == [("", f"https://a.example/{h}") for h in range(4)]


@pytest.mark.parametrize(
    ("channel", "every"),
    [
        ("<ttl>60</ttl>", timedelta(hours=1)),
        ("<ttl>0</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>999999999</ttl>", None),
        (
            '<s:updatePeriod xmlns:s="http://purl.org/rss/1.0/modules/syndication/"> daily </s:updatePeriod>',
            timedelta(days=1),
        ),
    ],
)
def test_how_often_the_publisher_asks_to_be_read(channel: str, every: timedelta | None) -> None:
    assert read(rss("", channel)).every == every


@pytest.mark.parametrize(
    ("stated", "language"), [("zh_TW", "zh-TW"), ("zh-Hant-HK", "zh-Hant-HK"), ("中文", ""), ("", "")]
)
def test_language(stated: str, language: str) -> None:
    assert read(rss("<item><title>一</title></item>", f"<language>{stated}</language>")).entries[0].language == language


def test_the_entry_s_own_language_goes_before_the_feed_s() -> None:
    feed = atom('<entry xml:lang="zh-TW"><title>一</title></entry><entry><title>二</title></entry>', 'xml:lang="zh-CN"')
    assert [draft.language for draft in feed.entries] == ["zh-TW", "zh-CN"]


def test_a_day_without_a_time_stays_a_day() -> None:
    draft = item("<dc:date>2024-01-30</dc:date>")
    assert (draft.published, draft.published_day) == (None, date(2024, 1, 30))


def test_an_unreadable_date_gives_way_to_a_readable_one() -> None:
    draft = item("<pubDate>yesterday</pubDate><dc:date>2024-01-30T01:02:03Z</dc:date>")
    assert draft.published == datetime(2024, 1, 30, 1, 2, 3, tzinfo=UTC)


def test_an_empty_feed_is_a_feed() -> None:
    assert read(rss("")).entries == ()
