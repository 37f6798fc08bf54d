"""Deutsche Welle: every fact about its saved articles, one test each. All articles here are our own writing."""

from datetime import UTC, datetime

import pytest

from feedsvc.model import Article
from tests.publishers.reading import read

URL = "https://www.dw.com/zh/河水上涨/a-68123985"
HEADER = "<div><i><br>2024-01-30T14:43:52.557Z</i></div>"
IMAGE = '<img src="https://images.weserv.nl/?url=static.dw.com/image/66662348_303.jpg" width="100%">'
CAPTION = '<div><small style="color: #999;">撤离的居民</small></div>'
BODY = "<p>（德国之声中文网）河水周二上涨两米，三个村庄的居民已经撤离。</p><p>下周还有雨，堤坝没有损坏。</p>"
COPYRIGHT = "<p><em>© 2024</em><em>年德国之声版权声明：本文内容受保护，不得擅自使用。</em></p>"
WHOLE = HEADER + IMAGE + CAPTION + BODY + COPYRIGHT


def dw(html: str = WHOLE, title: str = "河水上涨", url: str = URL) -> Article:
    return read(url, html, title)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.dw.com/zh/另一个标题/a-68123985",
        "http://www.dw.com//zh/x/a-68123985?maca=chi-rss-chi-all-1127-rdf",
        "https://amp.dw.com/zh/x/a-68123985",
        "https://www.dw.com/zh/为什么?/a-68123985",
        "https://www.dw.com/zh/a-68123985",
        "https://api.dw.com/api/detail/article/68123985",
    ],
)
def test_only_the_number_is_the_key(url: str) -> None:
    assert dw(url=url).key == "dw:68123985"


def test_the_link_loses_its_tracker_and_its_raw_characters() -> None:
    assert dw(url="http://www.dw.com/zh/水/a-1234?maca=x").url == "https://www.dw.com/zh/%E6%B0%B4/a-1234"


def test_an_unescaped_question_mark_in_the_headline_keeps_the_link_whole() -> None:
    assert dw(url="https://www.dw.com/zh/why?/a-12345").url == "https://www.dw.com/zh/why%3F/a-12345"


@pytest.mark.parametrize(
    ("written", "authors"),
    [
        ("", ()),
        ("  文山", ("文山",)),
        ("null", ()),
        ("null 采访记者： 王 五", ("王 五",)),
        ("null 张三（综合报道）", ("张三",)),
        ("洪沙 （摘编）", ("洪沙",)),
        ("张三/William  Yang", ("张三", "William Yang")),
        ("德国之声中文网", ()),
    ],
)
def test_author_and_time_stand_first(written: str, authors: tuple[str, ...]) -> None:
    article = dw(f"<div><i>{written}<br>2024-01-30T14:43:52.557Z</i></div>{BODY}")
    assert article.authors == authors
    assert article.published == datetime(2024, 1, 30, 14, 43, 52, tzinfo=UTC)
    assert "2024-01-30T" not in article.html


def test_italics_in_a_text_without_header_stay() -> None:
    assert "<em>Die Zeit</em>" in dw("<p>据<i>Die Zeit</i>报道，河水上涨。</p>").html


@pytest.mark.parametrize(
    "proxied",
    [
        "https://images.weserv.nl/?url=static.dw.com/image/66662348_303.jpg",
        "https://images.weserv.nl?url=static.dw.com/image/66662348_303.jpg",
        "https://images.weserv.nl/?url=api.dw.com/image/66662348_303.jpg",
        "//images.weserv.nl/?w=100&url=ssl:static.dw.com/image/66662348_303.jpg&output=webp",
        "https://images.weserv.nl/?url=https%3A%2F%2Fstatic.dw.com%2Fimage%2F66662348_303.jpg",
        "https://images.weserv.nl/?url=images.weserv.nl/?url=static.dw.com/image/66662348_303.jpg",
        "https://static.dw.com/image/66662348_303.jpg",
    ],
)
def test_pictures_come_out_of_their_proxies(proxied: str) -> None:
    article = dw(f'{HEADER}<img src="{proxied}" width="100%">{BODY}')
    assert [picture.url for picture in article.pictures] == ["https://static.dw.com/image/66662348_303.jpg"]
    assert "weserv" not in article.html


def test_a_lazy_picture_of_a_live_page_gets_a_format() -> None:
    article = dw('<img data-url="https://static.dw.com/image/777_${formatId}.jpg" src="">' + BODY)
    assert [picture.url for picture in article.pictures] == ["https://static.dw.com/image/777_303.jpg"]


def test_a_picture_without_an_address_is_none() -> None:
    article = dw(f'{HEADER}<img src="">{CAPTION}{BODY}')
    assert article.pictures == ()
    assert "撤离的居民" not in article.text


def test_small_grey_text_after_a_picture_is_its_caption() -> None:
    article = dw()
    assert [picture.caption for picture in article.pictures] == ["撤离的居民"]
    assert "<figcaption>撤离的居民</figcaption>" in article.html
    assert "撤离的居民" not in article.text


def test_a_stray_closing_small_harms_nothing() -> None:
    article = dw('<p>河水上涨两米，居民撤离。</small></p><video src="https://video.example/1.mp4" controls></video>')
    assert (article.kind, article.text, article.pictures) == ("video", "河水上涨两米，居民撤离。", ())


def test_links_for_programs_become_links_for_people_and_references() -> None:
    linked = (
        '<p>此前<a href="https://api.dw.com/api/detail/article/67456098" rel="ArticleRef">堤坝</a>加固，'
        '见<a href="https://www.dw.com/zh/x/a-67005506">报道</a>和<a href="https://api.dw.com/other">此处</a>，'
        '<a href="https://api.dw.com/api/detail/video/67000001">录像</a>，<a href="https://notdw.com/a-99999">别处</a>。</p>'
    )
    article = dw(HEADER + linked)
    assert 'href="https://www.dw.com/zh/a-67456098"' in article.html
    assert 'href="https://www.dw.com/zh/av-67000001"' in article.html
    assert "api.dw.com" not in article.html
    assert "此处" in article.text
    assert article.references == ("dw:67456098", "dw:67005506", "dw:67000001")


def test_a_link_to_itself_is_no_reference() -> None:
    assert dw('<p><a href="https://api.dw.com/api/detail/article/68123985">本文</a>更新。</p>').references == ()


@pytest.mark.parametrize(
    "opener", ["（德国之声中文网）", "(德国之声中文网) ", "（ 德國之聲中文網 ）", "（德国之圣中文网）", "（德国之声）"]
)
def test_the_house_opener_goes(opener: str) -> None:
    article = dw(f"{HEADER}<p>{opener}河水上涨两米。</p><p>还有雨。</p>")
    assert article.lead == "河水上涨两米。"
    assert article.text == "河水上涨两米。\n还有雨。"


@pytest.mark.parametrize(
    ("closing", "agencies", "authors"),
    [
        ("<p>（路透社、德新社等）</p>", ("路透社", "德新社"), ()),
        ("<p>(美联社）</p>", ("美联社",), ()),
        ("<p>张三/李四（法新社，中央社）</p>", ("法新社", "中央社"), ("张三", "李四")),
        ("<p>张三/William Yang (路透社、某某亚洲)</p>", ("路透社", "某某亚洲"), ("张三", "William Yang")),
        ("<p>（综合报导）</p>", (), ()),
        ("<p>张三／李四</p>", (), ("张三", "李四")),
    ],
)
def test_closing_credits_are_data(closing: str, agencies: tuple[str, ...], authors: tuple[str, ...]) -> None:
    article = dw(HEADER + BODY + closing + COPYRIGHT)
    assert (article.agencies, article.authors) == (agencies, authors)
    assert article.text == dw().text


def test_a_credit_on_the_copyright_line_is_kept_apart() -> None:
    article = dw(HEADER + BODY + "<p>张三/李四（德新社） © 2024年德国之声版权声明：不得擅自使用。</p>")
    assert (article.agencies, article.authors, article.rights) == (("德新社",), ("张三", "李四"), "© 2024年德国之声")
    assert article.text == dw().text


def test_an_ordinary_bracket_at_the_end_is_text() -> None:
    article = dw(HEADER + "<p>会议在柏林举行（德国首都）</p>")
    assert article.text.endswith("（德国首都）")


@pytest.mark.parametrize(
    ("notice", "rights"),
    [
        (COPYRIGHT, "© 2024年德国之声"),
        ("<p>©️ 2021年 德国之声版权声明：x</p>", "©️ 2021年 德国之声"),
        ("<p>2021年德国之声版权声明：x</p>", "2021年德国之声"),
        ("<p><em>@ 2020年德国之声版权声明：x</em></p>", "@ 2020年德国之声"),
        ("<p>© 2020年德國之聲版權聲明：x</p>", "© 2020年德國之聲"),
    ],
)
def test_the_copyright_paragraph_is_rights_and_no_text(notice: str, rights: str) -> None:
    article = dw(HEADER + BODY + notice)
    assert article.rights == rights
    assert article.text == dw().text
    assert "声明" not in article.html


@pytest.mark.parametrize(
    "notice",
    [
        "<p><em>德国之声致力于让读者信得过。</em></p>",
        "<p><em>摘编自其它报刊，观点归其作者。</em></p>",
        "<p>DW中文有Instagram！</p>",
    ],
)
def test_notices_of_the_house_are_no_text(notice: str) -> None:
    assert dw(HEADER + BODY + notice + COPYRIGHT).text == dw().text


def test_doubled_bold_becomes_one_heading() -> None:
    article = dw(
        HEADER
        + "<p>第一段。</p><p><strong><strong>堤坝的</strong></strong><strong>历史</strong></p><p>建于1950年。</p>"
    )
    assert article.html == "<p>第一段。</p><h2>堤坝的历史</h2><p>建于1950年。</p>"


GALLERY_ITEM = (
    '<div><img src="https://images.weserv.nl/?url=static.dw.com/image/{0}_303.jpg"><b>图{0}</b>：河水上涨。</div>'
)


def test_a_related_gallery_is_another_article() -> None:
    gallery = "<h3>相关图集：河的历史</h3>" + "".join(GALLERY_ITEM.format(n) for n in (11, 12, 13))
    article = dw(HEADER + BODY + gallery + "<p>（路透社）</p>" + COPYRIGHT)
    assert article.text == dw().text
    assert article.pictures == ()
    assert (article.kind, article.agencies) == ("article", ("路透社",))


def test_a_gallery_keeps_the_words_below_its_pictures() -> None:
    article = dw("".join(GALLERY_ITEM.format(n) for n in (11, 12, 13)))
    assert article.kind == "gallery"
    assert len(article.pictures) == 3
    assert article.text.split("\n")[0] == "图11：河水上涨。"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("/zh/x/av-68123985", "video"),
        ("/zh/x/live-68123985", "live"),
        ("/zh/x/g-68123985", "gallery"),
        ("/zh/x/a-68123985", "article"),
    ],
)
def test_the_link_says_what_it_is(url: str, kind: str) -> None:
    article = dw(url=f"https://www.dw.com{url}")
    assert (article.kind, article.key) == (kind, "dw:68123985")


def test_either_script_is_told_from_the_text() -> None:
    assert dw().language == "zh-Hans"
    assert dw("<p>經濟學家說，這項協議對兩國貿易關係很重要。</p>", "協議").language == "zh-Hant"


def test_the_mirrors_advert_leaves_nothing() -> None:
    advert = '<br><hr><div>获取更多RSS：<br><a href="https://mirror.example">https://mirror.example</a> <br></div>'
    assert dw(WHOLE + advert).fingerprint == dw().fingerprint
