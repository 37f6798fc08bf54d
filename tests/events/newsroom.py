"""Articles of our own writing for the tests of matching."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from feedsvc.model import Article, Kind

START = datetime(2022, 5, 9, 8, tzinfo=UTC)  # a Monday


def article(
    name: str,
    title: str,
    text: str,
    *,
    hours: float = 0,
    publisher: str = "morning",
    language: str = "zh-Hans",
    kind: Kind = "article",
    references: tuple[str, ...] = (),
    url: str = "",
) -> Article:
    """An article published so many hours after START; its key is "<publisher>:<name>"."""
    time = START + timedelta(hours=hours)
    return Article(
        key=f"{publisher}:{name}",
        publisher=publisher,
        publisher_name=publisher.title(),
        source=publisher,
        origin=f"{name}.md",
        url=url or f"https://{publisher}.example/{name}",
        title=title,
        lead=text.partition("\n")[0],
        html="",
        text=text,
        language=language,
        published=time,
        modified=None,
        first_seen=time + timedelta(minutes=5),
        captured=time + timedelta(minutes=5),
        kind=kind,
        references=references,
    )


BRIDGE = article(
    "bridge",
    "河谷大桥凌晨垮塌 至少十二人落水",
    "青河市横跨河谷的旧铁桥周一凌晨突然垮塌，正在桥上的一辆公共汽车和三辆货车坠入青河，至少12人落水。\n"
    "消防部门说，已救起7人，其中2人伤势严重，另有5人失踪，搜救正在进行。\n"
    "市长宋远舟在现场表示，这座建于1958年的铁桥去年才通过检查，市政府将成立调查组查明原因。\n"
    "青河连日暴雨，水位比往年同期高出两米，搜救艇难以靠近桥墩。",
)
BRIDGE_RETOLD = article(
    "collapse",
    "青河铁桥垮塌酿5人失踪 市长允诺彻查",
    "一座有六十多年历史的铁桥周一在青河市塌入河中，一辆公共汽车和三辆货车随桥面坠河，救援人员从水里救起7人，仍有5人下落不明。\n"
    "青河市长宋远舟赶到河谷，说要成立调查组，弄清为何去年检查合格的大桥会垮塌。\n"
    "由于连日暴雨，青河水位高涨，消防部门的搜救艇靠近桥墩十分困难。",
    hours=5,
    publisher="herald",
)
BRIDGE_TRADITIONAL = article(
    "bridge-tw",
    "青河鐵橋垮塌 公車墜河5人失蹤",
    "青河市橫跨河谷的舊鐵橋週一凌晨垮塌，橋上一輛公共汽車和三輛貨車墜入青河，消防部門救起7人，另有5人失蹤。\n"
    "市長宋遠舟表示，鐵橋建於1958年，去年才通過檢查，市政府將成立調查組查明原因。\n"
    "青河連日暴雨，水位高漲，搜救艇難以靠近橋墩。",
    hours=7,
    publisher="island",
    language="zh-Hant",
)
ORCHESTRA = article(
    "orchestra",
    "海湾交响乐团任命首位女指挥",
    "海湾交响乐团宣布，由现年41岁的林若水担任首席指挥，她是乐团成立九十年来的第一位女性首席指挥。\n"
    "林若水毕业于维也纳，曾在多家歌剧院工作，将在秋季音乐会上首次登台，曲目是马勒第二交响曲。",
    hours=6,
    publisher="herald",
)


def counts(day: int, cases: int, deaths: int, publisher: str = "morning") -> Article:
    """One day's figures of an epidemic, in the words of every day."""
    weekday = "一二三四五"[day]
    return article(
        f"counts-{day}",
        f"北岭国新增{cases}例流感 {deaths}人死亡",
        f"北岭国卫生部周{weekday}公布，过去24小时全国新增流感{cases}例，另有{deaths}人死亡。\n"
        f"累计病例升至{400_000 + cases}例，累计死亡{9000 + deaths}人。卫生部呼吁民众继续戴口罩、接种疫苗。\n"
        "首都的病例仍然最多，其次是港口城市。",
        hours=24 * day,
        publisher=publisher,
    )


def market_close(day: int, index: float, points: float, cause: str) -> Article:
    """A stock exchange's close: the same headline every other day."""
    return article(
        f"market-{day}",
        "北岭股市收跌",
        f"北岭股市综合指数周{'一二三四五'[day]}下跌{points}点，收于{index}点。{cause}\n成交额为{300 + 17 * day}亿元。",
        hours=24 * day + 8,
    )
