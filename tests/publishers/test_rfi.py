"""RFI: every fact about its saved articles, one test each. All articles here are our own writing."""

from datetime import UTC, datetime

import pytest

from feedsvc.model import Article
from tests.publishers.reading import read

URL = "https://www.rfi.fr/cn/中国/20240128-河水上涨"
COLUMN = "https://www.rfi.fr/cn/专栏检索/要闻解说/20240128-河水上涨"
HEADER = "<div>29/01/2024 - 00:00</div>"
IMAGE = '<img src="https://s.rfi.fr/media/display/0a1b/w:1280/p:16x9/river.jpg">'
LEAD = "<p><strong>                河水周日上涨两米，沿岸三个村庄的居民已经撤离到高处。        </strong></p>"
BODY = "<div><p>当地官员说，堤坝没有损坏。</p><p>下周还有雨。</p></div>"
SHARE = (
    '<div><div>分享 :</div><div><a href="https://www.facebook.com/dialog/share?x"><span></span></a>'
    '<a href="whatsapp://send?text=x"><span></span></a><a href="https://x.com/intent/tweet?u=1"><span>X</span></a>'
    "</div></div>"
)
RELATED = (
    '<div><asidedata-org-name=""data-org-type=""><div><div role="heading"><span>同一主题</span></div></div><div>'
    '<divdata-article-list><div><a href="/cn/中国/20240101-旧闻" data-article-item-link>'
    "<h2>另一篇旧闻</h2></a></div></div>"
    "</div></aside></div>"
)
MIRROR = '<br><hr><div>获取更多RSS：<br><a href="https://mirror.example">https://mirror.example</a> <br></div>'


def rfi(html: str = HEADER + IMAGE + LEAD + BODY, title: str = "河水上涨", url: str = URL) -> Article:
    return read(url, html, title)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("29/01/2024 - 00:00", datetime(2024, 1, 28, 23, 0, tzinfo=UTC)),
        ("14/07/2023 - 10:34", datetime(2023, 7, 14, 8, 34, tzinfo=UTC)),
        ("26/03/2023 - 03:30", datetime(2023, 3, 26, 1, 30, tzinfo=UTC)),
    ],
    ids=["winter", "summer", "first hour of summer time"],
)
def test_the_first_line_is_the_time_in_paris(written: str, expected: datetime) -> None:
    article = rfi(f"<div>{written}</div>{LEAD}{BODY}")
    assert article.published == expected
    assert written not in article.html


def test_without_that_line_the_day_in_the_link_counts() -> None:
    assert rfi(LEAD + BODY).published == datetime(2024, 1, 28, 12, 0, tzinfo=UTC)


def test_a_time_that_is_none_is_none() -> None:
    assert rfi(f"<div>31/02/2024 - 25:61</div>{BODY}", url="https://www.rfi.fr/cn/没有日期").published is None


def test_the_key_is_the_path_whatever_the_scheme_the_slashes_and_the_escapes() -> None:
    other = rfi(url="http://www.rfi.fr//cn/%e4%b8%ad%e5%9b%bd/20240128-%E6%B2%B3%E6%B0%B4%E4%B8%8A%E6%B6%A8")
    assert rfi().key == other.key
    assert rfi().url == other.url
    assert other.key.startswith("rfi:/cn/%E4%B8%AD")
    assert other.key.isascii()


@pytest.mark.parametrize(
    ("written", "url", "expected"),
    [
        ("河水上涨 – 法国国际广播电台 - RFI", URL, "河水上涨"),
        ("河水上漲 - 法國國際廣播電台 - RFI", URL, "河水上漲"),
        ("CLONE - 河水上涨", URL, "河水上涨"),
        ("河水上涨 - 要闻解说", COLUMN, "河水上涨"),
        ("谈判 - 谁让步？ - 今日经济", COLUMN, "谈判 - 谁让步？"),
        ("疫情 - 谁知道", URL, "疫情 - 谁知道"),
        ("河水上涨 - 要闻解说", URL, "河水上涨"),
        ("河水上涨 - 谁知道", URL + "-谁知道", "河水上涨 - 谁知道"),
        ("DQ-议员  [影]", URL, "DQ-议员 [影]"),
    ],
)
def test_the_title_loses_the_names_of_site_and_column(written: str, url: str, expected: str) -> None:
    assert rfi(title=written, url=url).title == expected


def test_section_and_column_are_categories() -> None:
    assert rfi().categories == ("中国",)
    assert rfi(title="河水上涨 - 要闻解说", url=COLUMN).categories == ("要闻解说",)


def test_the_bold_first_paragraph_is_the_lead_and_stands_first_as_plain_text() -> None:
    article = rfi()
    assert article.lead == "河水周日上涨两米，沿岸三个村庄的居民已经撤离到高处。"
    assert article.text.split("\n")[0] == article.lead
    assert f"<p>{article.lead}</p>" in article.html


def test_the_picture_counts_and_its_address_stays_whole() -> None:
    assert [p.url for p in rfi().pictures] == ["https://s.rfi.fr/media/display/0a1b/w:1280/p:16x9/river.jpg"]


@pytest.mark.parametrize("missing", ['<img src="https://static.rfi.fr/meta_og_twcards/RFI_FB.png">', "Array", ""])
def test_the_logo_and_the_mirrors_placeholder_are_no_picture(missing: str) -> None:
    article = rfi(HEADER + missing + LEAD + BODY)
    assert article.pictures == ()
    assert "<img" not in article.html
    assert "Array" not in article.text


def test_a_lazy_picture_comes_from_its_noscript_with_caption_and_credit() -> None:
    article = rfi(
        LEAD + '<figure class="m-figure"><img src="data:image/gif;base64,R0==" alt="桥" class="m-figure__img"/>'
        '<noscript><img src="https://s.rfi.fr/media/display/77/bridge.jpg" alt="桥"/></noscript><figcaption '
        'class="m-figure__caption"><span class="m-figure__caption__legend">老桥</span> '
        '<span class="m-figure__caption__credits">© 李四</span></figcaption></figure>' + BODY
    )
    (picture,) = article.pictures
    assert (picture.url, picture.caption, picture.credit) == (
        "https://s.rfi.fr/media/display/77/bridge.jpg",
        "老桥",
        "李四",
    )
    assert "老桥" not in article.text


@pytest.mark.parametrize("junk", [SHARE, SHARE + RELATED, RELATED, MIRROR, SHARE + MIRROR], ids=range(5))
def test_share_links_related_articles_and_the_mirrors_advert_leave_nothing(junk: str) -> None:
    assert rfi(HEADER + IMAGE + LEAD + BODY + junk).fingerprint == rfi().fingerprint


@pytest.mark.parametrize(
    "junk",
    [
        "<div data-selfpromo-newsletter>每天的新闻信</div><div data-selfpromo-app></div>",
        '<div class="o-self-promo o-self-promo--app" data-selfpromo-app>下载应用</div>',
        '<div class="m-interstitial"><div class="m-block-ad__label"><span>广告</span></div></div>',
        '<button data-readmore-unlocker class="m-interstitial__unlock-btn"><span>继续浏览后续</span></button>',
        '<script>alert("x")</script><style>p{}</style>',
        '<div class="m-em-audio"><script type="application/json">{}</script><p>收听节目</p></div>',
        "<p> </p><p>&nbsp;</p><p><strong></strong></p>",
        "<!-- 分享 : -->",
    ],
)
def test_promotion_adverts_scripts_and_emptiness_leave_nothing(junk: str) -> None:
    assert rfi(HEADER + IMAGE + LEAD + junk + BODY).fingerprint == rfi().fingerprint


def test_an_adverts_broken_tag_does_not_swallow_the_article() -> None:
    broken = (
        '<div class="m-interstitial"><div class="m-interstitial__ad"><divclass="m-block-ad "data-tms-ad-type="box">'
        '<div class="m-block-ad__label"><span class="m-block-ad__label__text">广告</span></div>'
    )
    article = rfi(HEADER + LEAD + broken + "<p>第一段话。</p><p>第二段话。</p><p>第三段话。</p>")
    assert article.text.split("\n")[-3:] == ["第一段话。", "第二段话。", "第三段话。"]


def test_agency_copy_becomes_credit() -> None:
    article = rfi(
        HEADER + '<div class="t-content__body u-clearfix"><p>（法新社伦敦30日电）    股市今天上涨。</p>'
        '<p>    分析师感到意外。（译者：张三/核稿：李四）</p><p class="t-copyright">© 2021 AFP</p></div>'
    )
    assert article.text == "股市今天上涨。\n分析师感到意外。"
    assert article.lead == "股市今天上涨。"
    assert (article.agencies, article.authors, article.rights) == (("AFP",), ("张三（译者）",), "© 2021 AFP")
    assert "AFP" not in article.html


def test_own_reporting_that_cites_the_agency_is_not_agency_copy() -> None:
    article = rfi(LEAD + "<p>法新社报道说，水位还在上升。</p>")
    assert article.agencies == ()
    assert "法新社报道说" in article.text


def test_bold_lines_become_headings_and_an_interviewers_questions_do_not() -> None:
    article = rfi(
        LEAD + "<p><b>堤坝的历史</b></p><p>堤坝建于1950年。</p><p><strong>法广：</strong>堤坝安全吗？</p>"
        "<p><b>法广：那么，您为什么还留在村里，没有同其他人一起撤离呢？您不担心吗？</b></p><p>我等着看。</p>"
    )
    assert "<h2>堤坝的历史</h2>" in article.html
    assert "<p><strong>法广：</strong>堤坝安全吗？</p>" in article.html
    assert article.html.count("<h2>") == 1


def test_links_to_earlier_articles_are_references_and_related_boxes_are_not() -> None:
    linked = '<p>此前<a href="/cn/中国/20240120-堤坝">堤坝</a>加固。<a href="https://other.example/1">他报</a></p>'
    article = rfi(LEAD + linked + RELATED)
    assert article.references == ("rfi:/cn/%E4%B8%AD%E5%9B%BD/20240120-%E5%A0%A4%E5%9D%9D",)
    assert 'href="https://www.rfi.fr/cn/' in article.html


@pytest.mark.parametrize(("edition", "expected"), [("cn", "zh-Hans"), ("tw", "zh-Hant"), ("fr", "fr")])
def test_the_edition_decides_where_the_text_does_not(edition: str, expected: str) -> None:
    assert (
        rfi("<p>...</p>", "日股收跌" if edition != "fr" else "Crue", f"https://www.rfi.fr/{edition}/x").language
        == expected
    )


def test_a_programme_without_text_is_audio() -> None:
    article = rfi(IMAGE, "法广2024年1月28日第一次播音 北京时间6:00-7:00")
    assert (article.kind, article.text) == ("audio", "")
    assert rfi().kind == "article"
