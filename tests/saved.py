"""Saved articles of our own writing, as the archive format has them, for tests that need whole folders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

START = datetime(2024, 3, 4, 8, 0, tzinfo=UTC)


def milliseconds(time: datetime) -> int:
    return round(time.timestamp() * 1000)


def saved(title: str, url: str, html: str, captured: datetime = START) -> str:
    return f"<!--{milliseconds(captured)}-->\n[{title}]({url})\n------\n\n{html}\n"


def rfi(
    title: str, paragraphs: list[str], published: datetime = START, captured: datetime | None = None, slug: str = ""
) -> str:
    """An RFI article; `published` must not fall into Paris summer time."""
    paris = published + timedelta(hours=1)
    lead, *rest = paragraphs
    url = f"https://www.rfi.fr/cn/{quote('国际')}/{paris:%Y%m%d}-{quote(slug or title)}"
    body = "".join(f"<p>{p}</p>" for p in rest)
    html = (
        f"<div>{paris:%d/%m/%Y - %H:%M}</div>"
        f'<img src="https://s.rfi.fr/media/display/0000-{len(title)}/w:1280/p:16x9/picture.jpg">'
        f"<p><strong>{lead}        </strong></p><div>{body}<div data-selfpromo-newsletter></div></div>"
        '<div><div>分享 :</div><div><a href="https://www.facebook.com/dialog/share?u=x"><span></span></a></div></div>'
    )
    return saved(title, url, html, captured or published + timedelta(minutes=20))


def dw(
    title: str, paragraphs: list[str], number: int, published: datetime = START, captured: datetime | None = None
) -> str:
    body = "".join(f"<p>{p}</p>" for p in paragraphs)
    html = (
        f"<div><i><br>{published:%Y-%m-%dT%H:%M:%S}.000Z</i></div>"
        f'<img src="https://images.weserv.nl/?url=static.dw.com/image/{number + 1}_303.jpg" width="100%">'
        '<div><small style="color: #999;">资料图片</small></div>'
        f"{body}<p><em>© 2024年德国之声版权声明：保留一切权利。</em></p>"
    )
    return saved(
        title, f"https://www.dw.com/zh/{quote(title)}/a-{number}", html, captured or published + timedelta(minutes=30)
    )


QUAKE = [
    "瓦努阿图首都维拉港星期一清晨发生里氏7.3级地震，至少14人丧生，两百余人受伤。",
    "地震摧毁了港口边的两座办公楼，救援人员仍在废墟中搜寻幸存者，机场跑道出现裂缝，暂时停飞。",
    "瓦努阿图总理萨尔维（Charlot Salwai）宣布全国进入紧急状态，为期七天，并请求国际社会援助。",
]
QUAKE_ELSEWHERE = [
    "（德国之声中文网）南太平洋岛国瓦努阿图周一遭遇7.3级强震，已有14人丧生。"
    "总理萨尔维（Charlot Salwai）宣布进入紧急状态。",
    "地震震中位于维拉港以西约30公里。港口边两座办公楼倒塌，维拉港机场跑道受损停飞，救援人员在废墟中寻找幸存者。",
]
ELECTION = [
    "塞内加尔反对党候选人法耶（Bassirou Diomaye Faye）在总统选举首轮投票中得票过半，执政联盟的候选人已致电祝贺。",
    "这名税务官员出身的候选人十天前才获释出狱，他承诺重新谈判油气合同，并改革共同货币。",
]
MARKETS = ["东京股市周一低开低走，日经指数收盘下跌六百点，出口股领跌，交易员等待央行本周的利率会议。"]


def write(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def small_archive() -> dict[str, str]:
    """Four articles on three events: the earthquake is reported by RFI and DW."""
    return {
        "rfi/quake.md": rfi("瓦努阿图强震14人丧生 全国进入紧急状态", QUAKE),
        "dw/quake.md": dw("瓦努阿图7.3级地震 总理宣布紧急状态", QUAKE_ELSEWHERE, 70000001, START + timedelta(hours=3)),
        "rfi/election.md": rfi("塞内加尔反对党候选人法耶赢得总统大选", ELECTION, START + timedelta(hours=5)),
        "rfi/markets.md": rfi("日股收跌", MARKETS, START + timedelta(hours=6)),
    }


def configuration(folder: Path, *, extra: str = "", feeds: str = "") -> Path:
    """A configuration file over `folder`/articles, with one feed of everything, unless `feeds` says otherwise."""
    path = folder / "config.toml"
    path.write_text(
        '[service]\nbase_url = "https://news.example/"\n'
        f'{extra}\n[[source]]\nid = "saved"\npath = "articles"\n'
        + (feeds or '[[feed]]\nslug = "all"\ntitle = "全部"\n'),
        encoding="utf-8",
    )
    return path
