"""Article pages of our own writing, in the shapes of publishers' pages: what is taken of them and what is not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from feedsvc.model import Article, Draft
from feedsvc.normalise import normalise
from feedsvc.publishers import page_reader_for, publisher_for
from feedsvc.publishers.protocol import PageAddress
from tests.publishers.reading import draft

LEAD = "渔港周二清晨重新开放，第一班渡轮载着二百名乘客离港，码头上站满了等候的家属。"
BODY = [
    "港务局说，风暴在三天前摧毁了东侧防波堤，修复工程还要四个月，期间大船只能停靠西港。",
    "渔民合作社的负责人表示，八十条渔船里有十二条受损，保险公司已经派人到现场估价。",
    "市政府承诺在月底前拿出重建方案，并为停工的装卸工人提供每天的生活补贴。",
    "气象部门预计周末还有一次强风，但风力不会超过上一次，渡轮公司会提前公布停航时间。",
    "岛上的学校本周四复课，被雨水浸泡的图书馆一楼仍在清理，志愿者把湿书一本本摊开晾晒。",
]
RFI_URL = "https://www.rfi.fr/cn/%E7%BB%8F%E8%B4%B8/20240130-%E6%B8%94%E6%B8%AF"
DW_URL = "https://www.dw.com/zh/%E6%B8%94%E6%B8%AF/a-68000001"


def paragraphs(*words: str) -> str:
    return "".join(f"<p>{each}</p>" for each in words or BODY)


def read(url: str, body: str, **stated: object) -> Article | None:
    """What the page makes of a draft whose feed had a title and nothing else."""
    found = page_reader_for(url).read_page(draft(url, "", title="渔港重新开放", **stated), body)
    if found is None:
        return None
    article = normalise(publisher_for(url).read(replace(found)))
    assert isinstance(article, Article)
    return article


def in_full(url: str, body: str, **stated: object) -> Article:
    article = read(url, body, **stated)
    assert article is not None
    return article


def rfi(json_ld: str = "", body: str = "") -> str:
    return f"""<!DOCTYPE html><html><head><title>渔港 - RFI</title><script type="application/ld+json">{json_ld}</script>
    <meta property="article:published_time" content="2024-01-30T08:00:00+01:00"></head>
    <body><header><nav><p>首页</p></nav></header><main><article class="t-content"><h1>渔港重新开放</h1>
    <p class="t-content__chapo">{LEAD}</p>
    <div class="t-content__main-media"><figure><picture>
    <img srcset="https://s.rfi.fr/media/display/aa-11/w:720/p:16x9/port.jpg 720w"
     alt="渡轮"></picture><figcaption>渡轮离港。</figcaption></figure></div>
    <div class="t-content__body u-clearfix">{body or paragraphs()}<div class="o-self-promo"><p>订阅</p></div></div>
    </article><aside><p>{"同一主题的其它文章。" * 60}</p></aside></main></body></html>"""


NEWS = {
    "@type": ["NewsArticle"],
    "datePublished": "2024-01-30T07:12:00+01:00",
    "author": [{"@type": "Person", "name": "样本记者"}],
    "keywords": "港口, 渔业",
}


def test_an_rfi_page() -> None:
    article = in_full(RFI_URL, rfi(json.dumps({"@graph": [{"@type": "WebPage"}, NEWS]})))
    assert article.text.split("\n") == [LEAD, *BODY]
    assert article.published is not None
    assert article.published.isoformat() == "2024-01-30T06:12:00+00:00"
    assert (article.authors, article.lead) == (("样本记者",), LEAD)
    assert [picture.caption for picture in article.pictures] == ["渡轮离港。"]
    assert article.key.startswith("rfi:/cn/")


@pytest.mark.parametrize(
    ("json_ld", "published"),
    [
        (json.dumps(NEWS)[:-1] + ",}", "2024-01-30T06:12:00+00:00"),  # a trailing comma
        (json.dumps(NEWS).replace("样本", "样\n本"), "2024-01-30T06:12:00+00:00"),  # a raw line break
        (json.dumps([{"@type": "Organization"}, NEWS | {"keywords": ["港口", "渔业"]}]), "2024-01-30T06:12:00+00:00"),
        ('{"@type": "NewsArticle", "datePub', "2024-01-30T07:00:00+00:00"),  # cut off: the meta element tells
        ("[" * 100_000, "2024-01-30T07:00:00+00:00"),
        ("", "2024-01-30T07:00:00+00:00"),
    ],
)
def test_json_ld_is_read_tolerantly(json_ld: str, published: str) -> None:
    article = in_full(RFI_URL, rfi(json_ld))
    assert article.published is not None
    assert article.published.isoformat() == published


def test_what_the_feed_says_comes_first() -> None:
    stated = in_full(RFI_URL, rfi(json.dumps(NEWS)), authors=("署名",), categories=("社会",))
    assert (stated.authors, stated.categories) == (("署名",), ("社会",))


def test_an_rfi_page_that_no_longer_fits() -> None:
    assert read(RFI_URL, "<html><body><div class='story'><p>新版面</p></div></body></html>") is None


def dw(**content: object) -> str:
    return json.dumps({"data": {"content": {"title": "渔港重新开放", **content}}})


def test_dw_is_asked_for_json_first_then_for_the_page() -> None:
    assert page_reader_for(DW_URL).page_addresses(f"{DW_URL}?maca=chi-rss") == (
        PageAddress("https://www.dw.com/graph-api/zh/content/article/68000001", "json"),
        PageAddress(DW_URL),
    )
    live = page_reader_for(DW_URL).page_addresses("https://www.dw.com/zh/x/live-68000009")
    assert live[0].url == "https://www.dw.com/graph-api/zh/content/liveblog/68000009"


def test_a_dw_article_as_json() -> None:
    body = dw(
        text=paragraphs(*BODY[:2]) + '<p><img data-id="68000007" alt=""></p>' + paragraphs(*BODY[2:]),
        teaser=LEAD,
        contentDate="2024-01-30T06:12:00Z",
        mainContentImageLink={"targetId": 68000003, "description": "渡轮离港。"},
        firstPersonArray=[{"fullName": "林样本"}, {"name": "石样本"}, None],
    )
    article = in_full(DW_URL, body)
    assert article.text.split("\n") == [LEAD, *BODY]
    assert article.authors == ("林样本", "石样本")
    assert article.published is not None
    assert [picture.url for picture in article.pictures] == [
        "https://static.dw.com/image/68000003_303.jpg",
        "https://static.dw.com/image/68000007_303.jpg",
    ]
    assert article.pictures[0].caption == "渡轮离港。"


def test_a_dw_liveblog_as_json() -> None:
    posts = [{"title": "上午", "text": paragraphs(BODY[0])}, {"text": paragraphs(BODY[1])}, "?"]
    assert in_full(DW_URL, dw(posts=posts)).text.split("\n") == ["上午", BODY[0], BODY[1]]


@pytest.mark.parametrize(
    "body",
    ["{", "{}", '{"data": {"content": null}}', '{"text": 5}', dw(text=""), '{"a":' * 50_000, dw(text="<p> </p>")],
)
def test_dw_json_that_no_longer_fits(body: str) -> None:
    assert read(DW_URL, body) is None


def test_a_dw_page() -> None:
    page = f"<html><nav><p>首页</p></nav><article><header><h1>渔港</h1></header>{paragraphs()}</article></html>"
    assert in_full(DW_URL, page).text.endswith(BODY[-1])


AROUND = (
    f"<header><nav><ul><li><a href='/'>首页</a></li></ul></nav></header>{{}}<footer><p>{'版权说明。' * 80}</p></footer>"
)


@pytest.mark.parametrize(
    "page",
    [
        f"<main><article><h1>渔港</h1>{paragraphs()}</article></main>",
        f"<div><div id='c'>{paragraphs()}</div><div class='teasers'><p>别的新闻</p><p>还有一条</p></div></div>",
        "".join(f"<article><p>短讯{n}</p></article>" for n in range(20)) + f"<article>{paragraphs()}</article>",
        f"<div><div>{paragraphs()}<aside><p>{'相关文章的摘要。' * 20}</p></aside></div></div>",
    ],
)
def test_the_article_of_an_unknown_page(page: str) -> None:
    html = f"<html><body>{AROUND.format(page)}</body></html>"
    article = in_full("https://harbour.example/story/1", html)
    assert article.text.split("\n")[-len(BODY) :] == BODY
    assert not any(words in article.text for words in ("版权说明", "首页", "短讯", "别的新闻", "相关文章"))


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<p>请接受我们的条款。</p>",
        "<html><body><div>登录后阅读</div></body></html>",
        "<b>" * 50_000,
        "\x00\x01\x02",
    ],
)
def test_a_page_without_an_article_gives_none(page: str) -> None:
    assert read("https://harbour.example/story/1", page) is None


class Headlines:
    """A third party's adapter that does not read pages."""

    id = "headlines"
    hosts = ("headlines.example",)

    def read(self, draft: Draft) -> Draft:
        return replace(draft, publisher=self.id, title=draft.title.upper())


def test_an_adapter_that_reads_no_pages_is_helped_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsvc.publishers.PUBLISHERS", (Headlines(),))
    found = page_reader_for("https://headlines.example/1").read_page(
        draft("https://headlines.example/1", "", title="harbour"), f"<article>{paragraphs()}</article>"
    )
    assert found is not None
    assert publisher_for(found.url).read(found).title == "HARBOUR"
    assert BODY[0] in found.html
