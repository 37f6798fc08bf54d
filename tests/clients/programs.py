"""Feed readers as they are installed, without their screens: subscribe, poll, look at what they hold, mark as read.

Each keeps all it knows in a folder of its own and is left as its makers deliver it, unless its class says otherwise.
"""

from __future__ import annotations

import importlib.util
import json
import mailbox
import os
import shutil
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

NewTitle = Literal["rewrites", "keeps the old one", "shows both"]
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Held:
    """An entry as the reader would list it: two with one id stand twice in its list."""

    id: str
    title: str
    read: bool


class Client(ABC):
    """What is asked of each; its home is the folder, and it reaches no network beyond this machine."""

    formats: ClassVar[tuple[str, ...]] = ("atom", "rss")
    on_new_title: ClassVar[NewTitle] = "rewrites"  # of an entry that it has already

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def subscribe(self, address: str) -> None: ...

    @abstractmethod
    def poll(self) -> None: ...

    @abstractmethod
    def held(self) -> list[Held]: ...

    @abstractmethod
    def mark_read(self, titles: Iterable[str]) -> None: ...

    def run(self, *command: str, words: str = "", **environment: str) -> str:
        own = {"HOME": str(self.folder), "TERM": "dumb", "LC_ALL": "C.UTF-8", "XDG_CONFIG_HOME": str(self.folder)}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], **own, **environment},
            input=words,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout


class Newsboat(Client):
    def subscribe(self, address: str) -> None:
        (self.folder / "urls").write_text(f"{address}\n")
        (self.folder / "config").write_text("show-read-feeds yes\n")

    def poll(self) -> None:
        self._newsboat("-x", "reload")

    def held(self) -> list[Held]:
        with closing(sqlite3.connect(self.folder / "cache.db")) as connection:
            rows = connection.execute("SELECT guid, title, unread FROM rss_item WHERE deleted = 0").fetchall()
        return [Held(guid, title, not unread) for guid, title, unread in rows]

    def mark_read(self, titles: Iterable[str]) -> None:
        ids = [held.id for held in self.held() if held.title in titles]
        (self.folder / "read").write_text("".join(f"{id_}\n" for id_ in ids))
        self._newsboat("-I", "read")

    def _newsboat(self, *words: str) -> None:
        self.run("newsboat", "-q", "-u", "urls", "-c", "cache.db", "-C", "config", *words)


class Sfeed(Client):
    """As delivered it takes id, title and link together for an entry."""

    on_new_title = "shows both"
    configuration: ClassVar[str] = ""

    def subscribe(self, address: str) -> None:
        (self.folder / "sfeedrc").write_text(
            f'sfeedpath="{self.folder}/feeds"\n{self.configuration}\nfeeds() {{\n\tfeed all "{address}"\n}}\n'
        )
        (self.folder / "feeds").mkdir()

    def poll(self) -> None:
        self.run("sfeed_update", str(self.folder / "sfeedrc"))

    def held(self) -> list[Held]:
        known = self.folder / "read"
        read = set(known.read_text().splitlines()) if known.exists() else set()
        return [Held(row[5], row[1], row[2] in read) for row in self._rows()]

    def mark_read(self, titles: Iterable[str]) -> None:
        links = [row[2] for row in self._rows() if row[1] in titles]
        self.run("sfeed_markread", "read", str(self.folder / "read"), words="".join(f"{link}\n" for link in links))

    def _rows(self) -> list[list[str]]:
        lines = (self.folder / "feeds" / "all").read_text(encoding="utf-8").splitlines()
        return [line.split("\t") for line in lines]


class SfeedById(Sfeed):
    """With the function that docs/updates.md recommends: of two lines with one id the newly read one stays."""

    on_new_title = "rewrites"
    configuration = 'merge() {\n\tsort -t \'\t\' -u -k6,6 "$3" "$2" 2>/dev/null\n}\n'


class Mail(Client):
    """What delivers entries as messages into a Maildir."""

    on_new_title = "keeps the old one"

    @property
    def box(self) -> mailbox.Maildir:
        return mailbox.Maildir(self.folder / "mail", create=True)

    def id_of(self, message: mailbox.MaildirMessage) -> str:
        return str(message["X-RSS-ID"])

    def held(self) -> list[Held]:
        return [Held(self.id_of(m), _decoded(m["Subject"]), "S" in m.get_flags()) for m in self.box]

    def mark_read(self, titles: Iterable[str]) -> None:
        box = self.box
        for key, message in box.items():
            if _decoded(message["Subject"]) in titles:
                message.set_subdir("cur")
                message.add_flag("S")
                box[key] = message


def _decoded(header: object) -> str:
    return str(make_header(decode_header(str(header)))).replace("\n", "")


class Rss2email(Mail):
    def subscribe(self, address: str) -> None:
        self._r2e("new", "me@news.example")
        configuration = (self.folder / "r2e.cfg").read_text()
        own = {"email-protocol": "maildir", "maildir-path": str(self.folder), "maildir-mailbox": "mail"}
        kept = [line for line in configuration.splitlines() if line.partition(" =")[0] not in own]
        kept[kept.index("[DEFAULT]") + 1 : 0] = [f"{key} = {value}" for key, value in own.items()]
        (self.folder / "r2e.cfg").write_text("\n".join(kept) + "\n")
        assert self.box is not None
        self._r2e("add", "all", address)

    def poll(self) -> None:
        self._r2e("run")

    def _r2e(self, *words: str) -> None:
        self.run("r2e", "-c", "r2e.cfg", "-d", "r2e.json", *words)


class Feed2exec(Mail):
    def id_of(self, message: mailbox.MaildirMessage) -> str:
        return str(message["Message-ID"]).strip("<>").replace("urn-uuid-", "urn:uuid:")

    def subscribe(self, address: str) -> None:
        assert self.box is not None
        self._feed2exec("add", "mail", address, "--output", "maildir", "--mailbox", str(self.folder))

    def poll(self) -> None:
        # Its cache would hold for the five minutes that Cache-Control gives; its user polls later than that.
        self._feed2exec("fetch", "--nocache")

    def _feed2exec(self, *words: str) -> None:
        self.run("feed2exec", "--config", "feed2exec.ini", "--database", "feed2exec.db", *words)


class Elfeed(Client):
    def subscribe(self, address: str) -> None:
        (self.folder / "start.el").write_text(
            f"(package-initialize)\n(require 'elfeed)\n(require 'json)\n"
            f'(setq elfeed-db-directory "{self.folder}/db" elfeed-feeds \'("{address}"))\n'
        )

    def poll(self) -> None:
        self._emacs("(elfeed-update)", "(while (> (elfeed-queue-count-total) 0) (accept-process-output nil 0.05))")

    def held(self) -> list[Held]:
        told = self._emacs(
            "(let (all) (with-elfeed-db-visit (entry feed)"
            " (push (vector (cdr (elfeed-entry-id entry)) (elfeed-entry-title entry)"
            " (if (elfeed-tagged-p 'unread entry) json-false t)) all))"
            ' (princ (concat "\\n" (json-encode (vconcat all)) "\\n")))'
        )
        return [Held(*row) for row in json.loads(told.splitlines()[-1])]

    def mark_read(self, titles: Iterable[str]) -> None:
        for title in titles:
            self._emacs(
                "(with-elfeed-db-visit (entry feed)"
                f' (when (equal (elfeed-entry-title entry) "{title}") (elfeed-untag entry \'unread)))'
            )

    def _emacs(self, *forms: str) -> str:
        evaluated = [word for form in (*forms, "(elfeed-db-save)") for word in ("--eval", form)]
        return self.run("emacs", "--batch", "-l", "start.el", *evaluated)


class Reader(Client):
    """The library of PyPI, in this process."""

    formats = ("atom", "rss", "json")

    def subscribe(self, address: str) -> None:
        self._with(lambda reader: reader.add_feed(address))

    def poll(self) -> None:
        self._with(lambda reader: list(reader.update_feeds_iter(scheduled=False)))

    def held(self) -> list[Held]:
        return self._with(lambda reader: [Held(e.id, e.title, e.read) for e in reader.get_entries()])

    def mark_read(self, titles: Iterable[str]) -> None:
        def mark(reader: Any) -> None:
            for entry in list(reader.get_entries()):
                if entry.title in titles:
                    reader.mark_entry_as_read(entry)

        self._with(mark)

    def _with(self, act: Callable[[Any], Answer]) -> Answer:
        from reader import make_reader

        with closing(make_reader(str(self.folder / "reader.sqlite"))) as reader:
            return act(reader)


# Client, what it needs on this machine: programs, a module of Python, a package of Debian.
CLIENTS: dict[str, tuple[type[Client], tuple[str, ...]]] = {
    "newsboat": (Newsboat, ("newsboat",)),
    "sfeed": (Sfeed, ("sfeed_update", "sfeed_markread", "curl")),
    "sfeed by id": (SfeedById, ("sfeed_update", "sfeed_markread", "curl")),
    "rss2email": (Rss2email, ("r2e",)),
    "feed2exec": (Feed2exec, ("feed2exec",)),
    "elfeed": (Elfeed, ("emacs", "curl", "elpa-elfeed")),
    "reader": (Reader, ("reader",)),
}


def missing(needed: Iterable[str]) -> list[str]:
    """Of what a client needs, what is not on this machine."""
    return [name for name in needed if not _is_here(name)]


def _is_here(name: str) -> bool:
    installed = shutil.which(name) or importlib.util.find_spec(name)
    return bool(installed) or Path("/usr/share/doc", name).is_dir()  # every package of Debian has its folder there
