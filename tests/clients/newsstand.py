"""A site of our own news in four states, each made by `feedsvc update`, served by `feedsvc serve` one after another."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from lxml import etree

from tests.saved import MARKETS, START, dw, rfi, small_archive, write

STATES = ("first", "unchanged", "one updated, one new", "one absorbed")
RECOUNT = [
    "塞内加尔宪法委员会星期五下令在三个省重新计票，原定下周举行的就职典礼推迟，首都街头有人抗议。",
    "委员会说，选票箱的封条在运输中破损；落选一方要求全国重选，被委员会驳回。",
]
SHIPS = ["（德国之声中文网）北海渔业研究所的两艘考察船周三从不来梅港启航，将用六周时间清点鲱鱼的幼苗。"]
ORCHESTRA = ["里昂的铁路工人交响乐团周四在一座停用的机车库里首演，门票收入用来修缮车站的旧钟。"]
ORCHESTRA_TOO = ["（德国之声中文网）法国里昂：一支由退休司机组成的乐队在旧车库办了第一场音乐会，听众坐在月台上。"]
ELECTED, RECOUNTED = "塞内加尔反对党候选人法耶赢得总统大选", "塞内加尔重新计票 总统就职典礼推迟"
EARTHQUAKE = "瓦努阿图强震14人丧生 全国进入紧急状态"
CONCERT, CONCERT_TOO = "里昂铁路工人乐团首演", "退休司机组乐队 车库开音乐会"
SIGNS = "R&D 考察船启航：AT&T 与 <鲱鱼> 5 < 6"  # what a reader may take for html
CLOSED, CLOSED_BETTER = MARKETS[0], MARKETS[0].replace("六百点", "六百一十点")


def first_articles() -> dict[str, str]:
    """Five events: an earthquake told by two, an election, the markets, and a concert that is taken for two events."""
    return small_archive() | {
        "rfi/orchestra.md": rfi(CONCERT, ORCHESTRA, START + timedelta(hours=7)),
        "dw/orchestra.md": dw(CONCERT_TOO, ORCHESTRA_TOO, 70000007, START + timedelta(hours=9)),
    }


def later_articles() -> dict[str, str]:
    """The election told anew at its address, a figure put right in the markets, and something new."""
    at = START + timedelta(hours=30)
    return {
        "rfi/recount.md": rfi(RECOUNTED, RECOUNT, START + timedelta(hours=5), captured=at, slug=ELECTED),
        "rfi/markets.again.md": rfi("日股收跌", [CLOSED_BETTER], START + timedelta(hours=6), captured=at),
        "dw/ships.md": dw(SIGNS, SHIPS, 70000009, START + timedelta(hours=29)),
    }


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the feed, as published."""

    id: str
    title: str
    link: str


@dataclass
class Newsstand:
    address: str  # with the slash
    shown: Path  # what is served
    states: dict[str, Path]  # output folders

    def show(self, state: str) -> None:
        """Serve this state from now on, file by file as `publish` does it."""
        source = self.states[state]
        wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
        for path in [p for p in self.shown.rglob("*") if p.is_file() and p.relative_to(self.shown) not in wanted]:
            path.unlink()
        for name in wanted:
            (self.shown / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, self.shown / f".{name.name}.new")
            (self.shown / f".{name.name}.new").replace(self.shown / name)

    def told(self, state: str) -> dict[str, Told]:
        """The entries of this state's feed, by id."""
        return {told.id: told for told in read(self.states[state])}


def read(output: Path) -> list[Told]:
    return [
        Told(e.findtext("{*}id"), e.findtext("{*}title"), e.find("{*}link[@rel='alternate']").get("href"))
        for e in etree.parse(output / "all.atom").iterfind("{*}entry")
    ]


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "feedsvc", *words]


def _run(folder: Path, *words: str) -> None:
    done = subprocess.run(_command(*words), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _made(folder: Path, address: str) -> dict[str, Path]:
    """The four states, each an output folder."""
    (folder / "config.toml").write_text(
        f'[service]\nbase_url = "{address}"\n[[source]]\nid = "saved"\npath = "articles"\nevery = "0s"\n'
        '[[feed]]\nslug = "all"\ntitle = "全部 & 其他"\n',
        encoding="utf-8",
    )
    states = {}
    for state in STATES:
        if state == STATES[0]:
            write(folder / "articles", first_articles())
        if state == STATES[2]:
            write(folder / "articles", later_articles())
        if state == STATES[3]:
            _run(folder, "join", *(told.id for told in read(folder / "output") if told.title in (CONCERT, CONCERT_TOO)))
        _run(folder, "update")
        states[state] = folder / f"state {len(states) + 1}"
        shutil.copytree(folder / "output", states[state])
    return states


@contextmanager
def newsstand(folder: Path) -> Iterator[Newsstand]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    states = _made(folder, address)
    with subprocess.Popen(
        _command("serve", "--port", str(port)),
        cwd=folder,
        env=os.environ | {"PYTHONWARNINGS": "error"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            assert "http://" in process.stdout.readline()
            yield Newsstand(address, folder / "output", states)
        finally:
            process.kill()
