"""Our own few words, in the language of the feed: Simplified and Traditional Chinese, English for all others.

Dates are written here too, from tables of our own: the process's locale must not change a byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's words; "{}" stands for what is filled in."""

    language: str  # BCP 47, of the words themselves
    also_reported_by: str
    all_reports: str
    earlier: str
    story: str
    this_event: str
    timeline: str
    adds: str
    more_reports: str
    about_feed: str  # {} = title
    subscribe: str
    subscribe_hint: str
    entries: str
    sources: str
    status: str
    reports: str
    articles: str
    newest: str
    updated: str
    feeds: str
    feeds_hint: str
    all_feeds: str
    import_all: str
    empty: str
    why: str
    leads: str
    alone: str
    problems: str
    disabled: str
    photo: str
    times: str
    skip: str
    moved: str
    embed: str
    embed_hint: str
    frame: str
    frame_hint: str
    script: str
    script_hint: str
    preview: str
    rights: str
    separator: str  # between names
    weekdays: tuple[str, ...]  # Monday first
    day: str  # format of a date: {year} {month} {month_name} {day} {weekday}


MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

ENGLISH = Phrases(
    language="en",
    also_reported_by="Also reported by",
    all_reports="All reports side by side",
    earlier="Earlier in this story",
    story="The story",
    this_event="this event",
    timeline="Timeline",
    adds="First to say:",
    more_reports="{} more",
    about_feed="{}: every event once, with everyone who reported it.",
    subscribe="Subscribe",
    subscribe_hint="Copy one of these addresses into your feed reader.",
    entries="{} events",
    sources="Sources",
    status="Status",
    reports="{} reports",
    articles="{} articles",
    newest="newest {}",
    updated="Updated {}",
    feeds="Topics",
    feeds_hint="Every event once, from every source.",
    all_feeds="All topics",
    import_all="Subscribe to all topics at once (OPML)",
    empty="Nothing yet. Events will stand here as soon as a source reports one.",
    why="Why these stand together",
    leads="stands for the event",
    alone="So far a single report.",
    problems="Problems",
    disabled="switched off",
    photo="Photo: {}",
    times="All times are UTC. Texts and pictures belong to their publishers.",
    skip="Skip to content",
    moved="This event has been joined with another one:",
    embed="Show a feed in your own pages",
    embed_hint="Copy one of the two into the HTML of your page.",
    frame="Frame",
    frame_hint="Needs no script, and cannot touch the page that it stands in.",
    script="Script",
    script_hint="Takes on your page's font and colours. Change them with these custom properties:",
    preview="Preview",
    rights="Rights",
    separator=", ",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    day="{weekday}, {day} {month_name} {year}",
)

SIMPLIFIED = Phrases(
    language="zh-Hans",
    also_reported_by="其他报道",
    all_reports="各家报道对照",
    earlier="此前进展",
    story="事件脉络",
    this_event="本事件",
    timeline="时间线",
    adds="首次提到：",
    more_reports="另外 {} 篇",
    about_feed="{}：每件事只出现一次，并列出所有报道来源。",
    subscribe="订阅",
    subscribe_hint="将任一地址复制到阅读器即可订阅。",
    entries="{} 件事",
    sources="来源",
    status="状态",
    reports="{} 篇报道",
    articles="{} 篇文章",
    newest="最新 {}",
    updated="更新于 {}",
    feeds="专题",
    feeds_hint="每件事只出现一次，来源一个不少。",
    all_feeds="全部专题",
    import_all="一次订阅全部专题（OPML）",
    empty="暂无内容。一有来源报道，就会出现在这里。",
    why="为何归为同一事件",
    leads="代表报道",
    alone="目前只有一篇报道。",
    problems="问题",
    disabled="已停用",
    photo="图：{}",
    times="时间均为协调世界时（UTC）。文字与图片版权归各出版方所有。",
    skip="跳到正文",
    moved="此事件已与另一事件合并：",
    embed="在自己的网页中展示",
    embed_hint="任选其一，复制到网页的 HTML 中。",
    frame="内嵌框架",
    frame_hint="无需脚本，也碰不到所在网页的任何内容。",
    script="脚本",
    script_hint="沿用网页的字体与颜色；可用下列自定义属性调整：",
    preview="预览",
    rights="版权",
    separator="、",
    weekdays=("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    day="{year}年{month}月{day}日 {weekday}",
)

TRADITIONAL = Phrases(
    language="zh-Hant",
    also_reported_by="其他報導",
    all_reports="各家報導對照",
    earlier="此前進展",
    story="事件脈絡",
    this_event="本事件",
    timeline="時間軸",
    adds="首次提到：",
    more_reports="另外 {} 篇",
    about_feed="{}：每件事只出現一次，並列出所有報導來源。",
    subscribe="訂閱",
    subscribe_hint="將任一網址複製到閱讀器即可訂閱。",
    entries="{} 件事",
    sources="來源",
    status="狀態",
    reports="{} 篇報導",
    articles="{} 篇文章",
    newest="最新 {}",
    updated="更新於 {}",
    feeds="專題",
    feeds_hint="每件事只出現一次，來源一個不少。",
    all_feeds="全部專題",
    import_all="一次訂閱全部專題（OPML）",
    empty="暫無內容。一有來源報導，就會出現在這裡。",
    why="為何歸為同一事件",
    leads="代表報導",
    alone="目前只有一篇報導。",
    problems="問題",
    disabled="已停用",
    photo="圖：{}",
    times="時間均為協調世界時（UTC）。文字與圖片版權歸各出版方所有。",
    skip="跳到正文",
    moved="此事件已與另一事件合併：",
    embed="在自己的網頁中展示",
    embed_hint="任選其一，複製到網頁的 HTML 中。",
    frame="內嵌框架",
    frame_hint="無需指令碼，也碰不到所在網頁的任何內容。",
    script="指令碼",
    script_hint="沿用網頁的字型與顏色；可用下列自訂屬性調整：",
    preview="預覽",
    rights="版權",
    separator="、",
    weekdays=("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    day="{year}年{month}月{day}日 {weekday}",
)

TRADITIONAL_TAGS = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")


def phrases_for(language: str) -> Phrases:
    """The words for a BCP 47 language."""
    tag = language.lower()
    if tag.startswith(TRADITIONAL_TAGS):
        return TRADITIONAL
    return SIMPLIFIED if tag.split("-")[0] == "zh" else ENGLISH


def day_words(time: date, phrases: Phrases) -> str:
    """For a heading: Wednesday, 31 January 2024."""
    return phrases.day.format(
        year=time.year,
        month=time.month,
        month_name=MONTHS[time.month - 1],
        day=time.day,
        weekday=phrases.weekdays[time.weekday()],
    )


def clock_words(time: datetime) -> str:
    """The same in every language: 2024-01-31 10:54 UTC."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
