"""Any host: what news sites have in common, and that what is not sure stays as it is."""

from datetime import UTC, datetime

import pytest

from feedsvc.model import Article
from tests.publishers.reading import CAPTURED, read

URL = "https://www.news.example/story/71"
FIRST = "<p>河水周二上涨两米，三个村庄的居民已经撤离。</p>"
SECOND = "<p>下周还有雨，堤坝没有损坏。</p>"
TEXT = "河水周二上涨两米，三个村庄的居民已经撤离。\n下周还有雨，堤坝没有损坏。"


def page(html: str = FIRST + SECOND, title: str = "河水上涨", url: str = URL) -> Article:
    return read(url, html, title)


def test_the_publisher_is_the_host() -> None:
    article = page()
    assert (article.publisher, article.publisher_name) == ("news.example", "news.example")
    assert article.key == "news.example:https://www.news.example/story/71"


@pytest.mark.parametrize(
    ("header", "published"),
    [
        ("<div><i>张三<br>2024-01-30T14:43:52Z</i></div>", datetime(2024, 1, 30, 14, 43, 52, tzinfo=UTC)),
        ("<div><i>2024-01-30T14:43:52+08:00</i></div>", datetime(2024, 1, 30, 6, 43, 52, tzinfo=UTC)),
        ("<div><i>Tue, 30 Jan 2024 14:43:52 GMT</i></div>", datetime(2024, 1, 30, 14, 43, 52, tzinfo=UTC)),
        ('<time datetime="2024-01-30T14:43:52.000Z">1 小时前</time>', datetime(2024, 1, 30, 14, 43, 52, tzinfo=UTC)),
        ('<time datetime="2024-01-20">上周</time>', datetime(2024, 1, 20, 12, 0, tzinfo=UTC)),
        ('<time datetime="2024-01-31">今天</time>', None),
        ("<div><i>张三<br>2024-01-31 16:05:35</i></div>", None),
        ("<div><i>张三<br>2024-01-12 16:05:35</i></div>", datetime(2024, 1, 12, 12, 0, tzinfo=UTC)),
        ("<p>【大纪元2024年01月20日讯】河边</p>", datetime(2024, 1, 20, 12, 0, tzinfo=UTC)),
        ("", None),
    ],
)
def test_stated_times(header: str, published: datetime | None) -> None:
    assert page(header + FIRST).published == published


@pytest.mark.parametrize(
    ("path", "published"),
    [
        ("/news/202401200039.aspx", datetime(2024, 1, 20, 12, 0, tzinfo=UTC)),
        ("/realtime/story20240120-1101740", datetime(2024, 1, 20, 12, 0, tzinfo=UTC)),
        ("/gb/24/1/20/n12556659.htm", datetime(2024, 1, 20, 12, 0, tzinfo=UTC)),
        ("/2024/01/20/world/x", datetime(2024, 1, 20, 12, 0, tzinfo=UTC)),
        ("/a/GF1-01202024033257.html", datetime(2024, 1, 20, 12, 0, tzinfo=UTC)),
        ("/news/202401310039.aspx", None),
        ("/id/20991231", None),
        ("/id/20241399", None),
        ("/simp/world-54994494", None),
    ],
)
def test_the_day_in_the_link(path: str, published: datetime | None) -> None:
    assert page(url=f"https://news.example{path}").published == published


def test_the_header_is_no_text_and_its_author_is_data() -> None:
    article = page("<div><i>SARAH LEE<br>2024-01-30 16:43:33</i></div>" + FIRST + SECOND)
    assert (article.authors, article.text) == (("SARAH LEE",), TEXT)


def test_an_address_before_the_text_names_the_authors() -> None:
    article = page("<address>张三, 李四</address>" + FIRST + SECOND)
    assert (article.authors, article.text) == (("张三", "李四"), TEXT)


@pytest.mark.parametrize("tag", ["h1", "strong", "p"])
def test_a_title_repeated_before_the_text_goes(tag: str) -> None:
    assert page(f"<div><{tag}>河水上涨</{tag}></div>{FIRST}{SECOND}").text == TEXT


def test_a_section_in_brackets_before_the_title_is_a_category() -> None:
    article = page("<h1>河水上涨</h1>" + FIRST + SECOND, "[World] 河水上涨")
    assert (article.title, article.categories, article.text) == ("河水上涨", ("World",), TEXT)
    assert page(title="[World] 河水上涨").title == "[World] 河水上涨"


@pytest.mark.parametrize(
    ("html", "caption", "credit"),
    [
        ("<figure><img src='/a.jpg'><figcaption>老桥 ©EPA</figcaption></figure>", "老桥", "EPA"),
        (
            "<figure><img src='/a.jpg'><figcaption>老桥 <cite>Li/Reuters</cite></figcaption></figure>",
            "老桥",
            "Li/Reuters",
        ),
        ("<div class='pic'><img src='/a.jpg'></div><figcaption>老桥。（法新社）</figcaption>", "老桥。", "法新社"),
        (
            "<div class='wrap'><img data-src='/a.jpg' src='data:image/gif,x'></div><div class='picinfo'>老桥</div>",
            "老桥",
            "",
        ),
        (
            "<p>\u00a0<img src='/a.jpg'/></p><div class='image-caption'>老桥<span class='copyright'> </span></div>",
            "老桥",
            "",
        ),
        ("<img srcset='/a.jpg 2x, /b.jpg 1x'><div><small>老桥</small></div>", "老桥", ""),
        ("<video poster='/a.jpg' src='/v.mp4'></video><div><small>老桥</small></div>", "老桥", ""),
        ("<a href='/big'><img src='http://www.news.example/a.jpg' alt='桥'></a>", "", ""),
    ],
)
def test_pictures_captions_and_credits(html: str, caption: str, credit: str) -> None:
    article = page(html + FIRST + SECOND)
    (picture,) = article.pictures
    assert (picture.url, picture.caption, picture.credit) == ("https://www.news.example/a.jpg", caption, credit)
    assert article.text == TEXT


@pytest.mark.parametrize(
    "html",
    [
        "<img src='/img/icon-zoom.png'>",
        "<img src='/x.svg'>",
        "<img src='/p.gif' width='1' height='1'>",
        "<img src='/grey_line.png' alt='Short presentational grey line'>",
        "<img src='javascript:alert(1)'>",
        "<img>",
    ],
)
def test_decoration_is_no_picture(html: str) -> None:
    assert page(html + FIRST + SECOND).fingerprint == page().fingerprint


@pytest.mark.parametrize(
    "junk",
    [
        "<ul><li><a href='/story/1'>旧闻一</a></li><li>• <a href='/story/2'>旧闻二</a></li></ul>",
        "<p>延伸阅读：</p><ul><li><a href='/story/1'>旧闻一</a></li></ul>",
        "<div class='paragraph moreArticle'><div class='moreArticle-title'>延伸閱讀</div><a href='/1'>旧闻</a></div>",
        "<section role='region'><div id='dfp-ad-imu1' class='dfp-tag-wrapper'>广告</div></section>",
        "<div class='AdSlot__container___2BqUD'>advertisement</div>",
        "<div class='SubscriptionInner'>訂閱<input type='text'><svg><path d='M0'/></svg></div>",
        "<div class='social-share'><a href='https://x.com/intent'>分享</a></div>",
        "<script>document.write('<p>x</p>')</script><noscript>enable it</noscript>",
        "<iframe src='https://video.example/1'>x</iframe><form><button>ok</button></form>",
        "<p>歡迎訂閱本社電子報，每週三發報。</p>",
        "<p>==========</p><hr><p><br></p>",
        "<div>获取更多RSS：<br><a href='https://mirror.example'>https://mirror.example</a><br></div>",
        "<p>© 2024 News Example</p>",
        "<p><a href='/story/1'>点击查看英文版</a></p>",
        "<p>责任编辑：王五 #</p>",
        "<p>记者：王五 责编：赵六 网编：孙七</p>",
        "<p>翻译：王五</p>",
    ],
)
def test_what_is_no_text_leaves_none(junk: str) -> None:
    assert page(FIRST + SECOND + junk).text == TEXT


@pytest.mark.parametrize(
    ("opener", "agencies"),
    [
        ("（中央社記者王五台北17日電）", ("中央社",)),
        ("路透北京1月30日 - ", ("路透",)),
        ("路透1月30日 - ", ("路透",)),
        ("【大纪元2024年01月30日讯】（大纪元记者王五采访报导）", ("大纪元",)),
        ("（本台资深记者王五采访报导／赵六翻译）", ()),
        ("PARIS (Reuters) - ", ("Reuters",)),
    ],
)
def test_openers_are_credits(opener: str, agencies: tuple[str, ...]) -> None:
    article = page(FIRST.replace("<p>", f"<p>{opener}") + SECOND)
    assert (article.agencies, article.text) == (agencies, TEXT)


@pytest.mark.parametrize("opening", ["（中新网）", "（王五说）", "路透社报道说，", "【观点】"])
def test_what_only_looks_like_an_opener_stays(opening: str) -> None:
    assert page(FIRST.replace("<p>", f"<p>{opening}")).text.startswith(opening)


@pytest.mark.parametrize("closer", ["（編輯：王五）1130120", "(完)", "（完）", "（本文依据了路透社的报道。）"])
def test_closers_are_no_text(closer: str) -> None:
    assert page(FIRST + SECOND.replace("</p>", f"{closer}</p>")).text == TEXT


def test_the_republics_calendar_dates_an_article() -> None:
    assert page(FIRST + "<p>完结。（編輯：王五）1130120</p>").published == datetime(2024, 1, 20, 12, 0, tzinfo=UTC)


def test_an_agency_named_at_the_end_is_credited() -> None:
    assert page(FIRST + "<p>完结。<em>（本文依据了路透社的报道。）</em></p>").agencies == ("路透社",)


def test_a_bold_lead_is_an_ordinary_paragraph() -> None:
    article = page(FIRST.replace("<p>", "<p><b>").replace("</p>", "</b></p>") + SECOND)
    assert article.html == FIRST + SECOND
    assert article.lead == "河水周二上涨两米，三个村庄的居民已经撤离。"


def test_lines_parted_by_breaks_are_paragraphs() -> None:
    assert (
        page("河水上涨两米。<br><br>还有雨。<br/>完了。", "水").html
        == "<p>河水上涨两米。</p><p>还有雨。</p><p>完了。</p>"
    )


def test_an_excerpts_more_link_goes() -> None:
    assert page(f"河水上涨两米。…...<a href='{URL}'>...more</a>").text == "河水上涨两米。"


def test_structure_comes_through() -> None:
    article = page(
        "<h1>大</h1><p>引。</p><ol><li>一<ul><li>甲</li></ul></li><li>二 <b>重</b></li></ol>"
        "<blockquote><p>话一。</p>话二。</blockquote><h6>小</h6><p>完<i>了</i>。</p>"
    )
    assert article.html == (
        "<h2>大</h2><p>引。</p><ol><li>一</li><li>甲</li><li>二 <strong>重</strong></li></ol>"
        "<blockquote><p>话一。</p><p>话二。</p></blockquote><h4>小</h4><p>完<em>了</em>。</p>"
    )


def test_data_in_a_table_is_one_line_a_row_and_a_layout_table_is_none() -> None:
    table = "<table><tr><th>日</th><th>数</th></tr><tr><td>一</td><td>3</td></tr></table>"
    assert page(FIRST + table).text.split("\n")[1:] == ["日 | 数", "一 | 3"]
    assert page(f"<table><tr><td>{FIRST}{SECOND}</td></tr></table>").text == TEXT


def test_a_badly_named_wrapper_does_not_lose_the_article() -> None:
    prose = "<p>" + "河水上涨了，居民撤离了。" * 60 + "</p>"
    assert len(page(f"<div class='content has-sidebar ad'>{prose}</div>").text) > 600


def test_references_are_the_hosts_own_numbered_articles() -> None:
    linked = (
        "<p>见<a href='/story/20240120'>前文</a>、<a href='/tag/河'>河</a>、<a href='https://other.example/20240101'>他报</a>"
        "和<a href='https://www.news.example/story/20240120#top'>又</a>。</p>"
    )
    assert page(FIRST + linked).references == ("news.example:https://www.news.example/story/20240120",)


@pytest.mark.parametrize(("tag", "kind"), [("video", "video"), ("audio", "audio")])
def test_little_text_around_a_player_makes_its_kind(tag: str, kind: str) -> None:
    player = f"<{tag} src='/v'></{tag}>"
    assert page(player + FIRST).kind == kind
    assert page(player + FIRST * 3).kind == "article"


def test_an_empty_page_is_still_an_article_with_a_title() -> None:
    article = page("<div>\n</div>")
    assert (article.title, article.text, article.html, article.time) == ("河水上涨", "", "", CAPTURED)


@pytest.mark.parametrize("label", ["文：甲乙、丙丁", "今晨最新"])
def test_a_byline_or_label_before_the_text_is_no_lead(label: str) -> None:
    first = "港口星期二恢复通航，首批二十艘货轮已经靠岸，工会称罢工就此结束。"
    assert page(f"<p>{label}</p><p>{first}</p><p>其余货轮将在周末前陆续进港。</p>").lead == first
