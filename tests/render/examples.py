"""Articles, events and feeds of our own writing, Chinese, English and hostile, for the tests of topics and render."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from feedsvc.model import Article, Event, Fault, Membership, Picture, SourceStatus, Topic, TopicFeed
from feedsvc.text import event_id
from feedsvc.topics import select
from tests.composing import compose

BASE = "https://news.example/"
START = datetime(2031, 3, 4, 8, 30, tzinfo=UTC)
PUBLISHERS = {"rfi": "法广", "dw": "德国之声", "courier": "The Harbour Courier", "gangwan": "港灣日報"}


def article(publisher: str = "rfi", number: int = 1, **fields: object) -> Article:
    """An article of our own invention; any field may be given."""
    known: dict[str, object] = {
        "key": f"{publisher}:{number}",
        "publisher": publisher,
        "publisher_name": PUBLISHERS.get(publisher, publisher),
        "source": publisher,
        "origin": f"saved/{publisher}/{number}.md",
        "url": f"https://www.{publisher}.example/cn/{number}",
        "title": f"第{number}号灯塔重新点亮",
        "lead": "海港管理处说，停用十一年的灯塔周二晚间重新点亮。",
        "html": "<p>海港管理处说，停用十一年的灯塔周二晚间重新点亮。</p><p>守塔人把灯油换成了太阳能电池。</p>",
        "text": "海港管理处说，停用十一年的灯塔周二晚间重新点亮。\n守塔人把灯油换成了太阳能电池。",
        "language": "zh-Hans",
        "published": START + timedelta(minutes=number),
        "modified": None,
        "first_seen": START + timedelta(hours=2),
        "captured": START + timedelta(hours=2),
    }
    return Article(**(known | fields))  # type: ignore[arg-type]


def event(*articles: Article, updated: datetime | None = None) -> Event:
    """The event that the first of the articles founded and leads."""
    first = articles[0]
    ordered = sorted(articles, key=lambda a: (a.time, a.key))
    members = tuple(
        Membership(a, 1.0 if a is first else 0.87, "首篇报道" if a is first else "标题与导语共有：灯塔、海港")
        for a in ordered
    )
    return Event(event_id(first.key), first, members, first.time, updated or first.time)


def picture(name: str = "lamp.jpg") -> Picture:
    return Picture(f"https://pictures.example/{name}", "夜里的灯塔与渔船", "林远/海港通讯社")


def harbour_events() -> list[Event]:
    """Five events with one to four reports, over two days, in three scripts."""
    lighthouse = event(
        article(
            "rfi",
            1,
            title="停用十一年的灯塔重新点亮 渔民夜航不再靠手电",
            lead="海港管理处周二宣布，停用十一年的北岬灯塔当晚重新点亮。守塔人把灯油换成了太阳能电池，光束可以照到二十海里以外。",
            authors=("沈舟",),
            agencies=("海港通讯社",),
            rights="© 2031 法广（样本）",
            categories=("海港", "社会"),
            pictures=(picture(),),
        ),
        article("dw", 2, title="北岬灯塔复光：一座小岛等了十一年", lead="居民周二夜里聚在码头，等第一束光。"),
        article(
            "gangwan",
            3,
            title="北岬燈塔復光 漁船夜航有依靠",
            lead="燈塔停用逾十年後重啟，漁會稱今年捕撈季可提早兩週開始。",
            language="zh-Hant",
            published=START + timedelta(hours=5),
        ),
        article(
            "courier",
            4,
            title="North Cape lighthouse shines again after eleven years in the dark",
            lead="The keeper swapped lamp oil for solar cells, and the beam now reaches twenty nautical miles.",
            language="en",
            published=START + timedelta(hours=9),
        ),
    )
    ferry = event(
        article(
            "dw",
            11,
            title="渡轮公司与工会达成协议，罢工取消",
            lead="双方谈了十四个小时，最后在周三凌晨签字：工资涨百分之六，夜班补贴照旧。",
            published=START + timedelta(days=1, hours=1),
            pictures=(Picture("https://pictures.example/ferry.png", "停在码头的渡轮"),),
        ),
        article("rfi", 12, title="渡轮罢工取消 工资涨百分之六", published=START + timedelta(days=1, hours=2)),
    )
    market = event(
        article(
            "gangwan",
            21,
            title="魚市場遷址方案今日表決",
            lead="議會今日表決魚市場遷往東岸的方案，攤販代表要求保留清晨交易時段。",
            language="zh-Hant",
            published=START + timedelta(days=1, hours=3),
        )
    )
    storm = event(
        article(
            "courier",
            31,
            title="Harbour office lifts storm warning for the outer islands",
            lead="Winds fell below gale force at noon; two ferries resume service in the evening.",
            html="<p>Winds fell below gale force at noon; two ferries resume service in the evening.</p>",
            text="Winds fell below gale force at noon; two ferries resume service in the evening.",
            language="en",
            published=START + timedelta(days=1, hours=5),
            authors=("A. Reed", "M. Okafor"),
            pictures=(picture("harbour.webp"),),
        ),
        article("rfi", 32, title="外岛风暴警报解除", published=START + timedelta(days=1, hours=6)),
        article("rfi", 33, title="外岛风暴警报解除 渡轮傍晚复航", published=START + timedelta(days=1, hours=8)),
    )
    library = event(
        article("dw", 41, title="流动图书船首航", lead="一艘退役的拖网渔船装着六千本书，开始在群岛之间来回。")
    )
    return [lighthouse, ferry, market, storm, library]


HARBOUR = Topic(slug="harbour", title="港口与海岛")


def harbour_feed(base_url: str = BASE, full: frozenset[str] = frozenset()) -> TopicFeed:
    return compose(HARBOUR, select(harbour_events(), HARBOUR), base_url, full)


def empty_feed(base_url: str = BASE) -> TopicFeed:
    return compose(Topic(slug="nothing", title="Nothing yet"), [], base_url, frozenset())


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": "\"><img src=x onerror='alert(1)'>",
    "cdata": "a ]]> b <![CDATA[ c",
    "ampersand": "Fish & chips &amp; &lt;b&gt; &#0; &nosuch;",
    "comment": "<!-- --> </title></style></textarea> <!--",
    "controls": "a\x00b\x08c\x0bd\x1fe\x7ff\x85g\x9fh",
    "surrogates": "lone \ud800 and \udfff",
    "noncharacters": "x\ufffey\uffffz\ufdd0",
    "right-to-left": "\u202egnp.exe \u05e9\u05dc\u05d5\u05dd",
    "line breaks": "one\r\ntwo\u2028three",
    "blank": " \x00 ",
    "empty": "",
    "endless": "长" * 10_000,
    "unbroken": "W" * 10_000,
    "emoji": "👩‍👩‍👧‍👦 🏴‍☠️ \U0001f600",
}


def hostile_event(words: str) -> Event:
    """Two articles with the words in every field that a publisher fills."""
    bad = {
        "publisher_name": words,
        "title": words,
        "lead": words,
        "text": words,
        "rights": words,
        "authors": (words,),
        "agencies": (words,),
        "categories": (words,),
        "pictures": (Picture(f"https://p.example/{words}", words, words),),
    }
    first = article("evil", 1, language=words, **bad)
    second = article("worse", 2, url=f"javascript:{words}", language=words, **bad)
    made = event(first, second)
    members = tuple(Membership(m.article, m.score, words) for m in made.members)
    return Event(made.id, made.lead, members, made.published, made.updated)


def hostile_feed(words: str, base_url: str = BASE) -> TopicFeed:
    return compose(Topic(slug="hostile", title=words), [hostile_event(words), *harbour_events()], base_url, frozenset())


def statuses() -> list[SourceStatus]:
    return [
        SourceStatus("rfi", "法广", True, 120, START, "ok"),
        SourceStatus("dw", "德国之声", False, 0, None),
        SourceStatus(
            "courier", "The Harbour Courier", True, 7, START, "no answer", (Fault("courier", "/srv/x.md", "no time"),)
        ),
    ]
