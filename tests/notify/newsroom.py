"""One installation over saved articles whose feed has webhooks, and what a test makes happen in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from feedsvc.config import load
from feedsvc.cycle import run_cycle
from feedsvc.notify.sending import BUDGET, SendReport, send_due
from feedsvc.notify.status import target_rows
from feedsvc.store import open_database
from tests.notify.receiver import Receiver
from tests.saved import ELECTION, MARKETS, QUAKE, QUAKE_ELSEWHERE, START, configuration, dw, rfi, write

NOW = datetime(2024, 3, 10, tzinfo=UTC)
QUAKE_TITLE = "瓦努阿图强震14人丧生 全国进入紧急状态"
ELECTION_TITLE = "塞内加尔反对党候选人法耶赢得总统大选"
MARKETS_TITLE = "日股收跌"


def quake() -> dict[str, str]:
    return {"rfi/quake.md": rfi(QUAKE_TITLE, QUAKE)}


def quake_elsewhere() -> dict[str, str]:
    text = dw("瓦努阿图7.3级地震 总理宣布紧急状态", QUAKE_ELSEWHERE, 70000001, START + timedelta(hours=3))
    return {"dw/quake.md": text}


def quake_revised() -> dict[str, str]:
    paragraphs = ["瓦努阿图当局把死亡人数上调到三十一人，并说搜救行动已经结束，机场周四重新开放。", *QUAKE[1:]]
    captured = START + timedelta(days=2)
    return {"rfi/quake-2.md": rfi("死亡人数升至31人 搜救结束", paragraphs, captured=captured, slug=QUAKE_TITLE)}


def election() -> dict[str, str]:
    return {"rfi/election.md": rfi(ELECTION_TITLE, ELECTION, START + timedelta(hours=5))}


def markets() -> dict[str, str]:
    return {"rfi/markets.md": rfi(MARKETS_TITLE, MARKETS, START + timedelta(hours=6))}


def older() -> dict[str, str]:
    text = "海港管理处的灯塔停用十一年之后周日晚间重新点亮，守塔人把灯油换成了太阳能电池，渔民夜航不再靠手电。"
    return {"rfi/lighthouse.md": rfi("灯塔重新点亮", [text], START - timedelta(days=3))}


@dataclass
class Newsroom:
    """The earthquake has been published before any webhook is told anything."""

    folder: Path
    receiver: Receiver
    now: datetime = NOW

    def configure(self, *webhooks: str, service: str = "", feed: str = "") -> None:
        """Each webhook: its settings as TOML; a path of the receiver stands for its whole address."""
        tables = "".join(f"[[feed.webhook]]\n{self._settings(webhook)}\n" for webhook in webhooks)
        feeds = f'[[feed]]\nslug = "all"\ntitle = "全部"\n{feed}\n{tables}'
        configuration(self.folder, extra=f"allow_private = true\n{service}\n", feeds=feeds)

    def _settings(self, webhook: str) -> str:
        return f'url = "{self.receiver.url(webhook)}"' if webhook.startswith("/") else webhook

    def publish(self, *files: dict[str, str]) -> None:
        for some in files:
            write(self.folder / "articles", some)
        run_cycle(load(self.folder / "config.toml"), self.now, lambda *_: None)

    def send(self, *, after: timedelta = timedelta(), budget: timedelta = BUDGET) -> SendReport:
        self.now += after
        config = load(self.folder / "config.toml")
        database = open_database(config.service.state)
        try:
            return send_due(config, database, self.now, budget)
        finally:
            database.close()

    def rows(self) -> list[dict[str, Any]]:
        config = load(self.folder / "config.toml")
        database = open_database(config.service.state)
        try:
            return target_rows(config, database)
        finally:
            database.close()
