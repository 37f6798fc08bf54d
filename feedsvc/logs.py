"""One setup of logging for every command: what there is to say goes to standard error.

Lines are for people ("plain") or for a collector ("json"). Under cron they carry no time, since the mail does; what
runs on does. Known by all rooms; knows the standard library alone.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

Form = Literal["plain", "json"]
# Without them Persian, Indic scripts and some emoji are not what was written.
JOINERS = "\u200c\u200d"

logger = logging.getLogger("feedsvc")


@dataclass(slots=True)
class _Asked:
    """On the command line; it counts more than the configuration. Empty: nothing was asked."""

    form: Form | Literal[""] = ""
    level: str = ""


_asked = _Asked()


def ask(form: Form | Literal[""], level: str) -> None:
    """What the command line says, until the process ends. `level`: as `logging` names it, in any case."""
    _asked.form, _asked.level = form, level


def asked(form: Form) -> Form:
    """The form that holds, where the configuration says `form`."""
    return _asked.form or form


def set_up(form: Form = "plain", *, timed: bool = False) -> None:
    """For the whole process; may be called again. `timed`: it runs on, so its lines carry times and good news too.

    Other libraries say only what is wrong: their smaller words would tell addresses and headers.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(Lines() if asked(form) == "json" else Plain(timed=timed))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logger.setLevel((_asked.level or ("info" if timed else "warning")).upper())


def tell(words: str, source: str = "", level: int = logging.ERROR) -> None:
    """A line for the operator. `source`: id of the source that it is about."""
    logger.log(level, "%s", words, extra={"source": source} if source else None)


class Plain(logging.Formatter):
    """One line for each record, whatever strangers wrote into it; a traceback of ours follows on lines of its own."""

    def __init__(self, *, timed: bool) -> None:
        super().__init__("%(asctime)s feedsvc: %(message)s" if timed else "feedsvc: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        return _time(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        record.message = plain(record.message)
        return super().formatMessage(record)


class Lines(logging.Formatter):
    """A JSON object for each record, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if source := getattr(record, "source", ""):
            said["source"] = source
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def _time(record: logging.LogRecord) -> str:
    return f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%SZ}"


def plain(words: str) -> str:
    """Strangers' words on one line, without what a terminal obeys: control characters, marks that turn text round."""
    return " ".join("".join(c if c.isprintable() or c in JOINERS else " " for c in words).split())
