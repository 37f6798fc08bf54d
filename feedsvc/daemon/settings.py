"""The configuration in force: read again when its file changes or someone asks, whole or not at all.

Called by `service`, between two turns of the work or during one: who works keeps the `Config` that it began with.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from feedsvc.config import Config, load
from feedsvc.errors import ConfigError
from feedsvc.publishers.adopting import load_adapters

logger = logging.getLogger(__name__)

Stamp = tuple[int, int, int] | None  # of the file; None: there is none
Lasting = Callable[[Config], dict[str, object]]  # by name, what cannot change while the process runs
UNCHANGED = "the configuration stays as it was"


class Settings:
    """Raises ConfigError where the first reading fails; after that a bad file is said and changes nothing."""

    def __init__(self, path: Path, lasting: Lasting) -> None:
        self._path = path
        self._lasting = lasting
        self._read = self._looked = _stamp(path)
        self.config = self._load()

    def _load(self) -> Config:
        config = load(self._path)
        load_adapters(config.service.adapters, config.path.parent)
        return config

    def changed(self) -> bool:
        """Whether the file is another one than was read last, and has been so since the last look: an editor may write
        it in several goes.
        """
        before, self._looked = self._looked, _stamp(self._path)
        return self._looked == before != self._read

    def reload(self) -> bool:
        """Whether another configuration is in force now."""
        self._read = self._looked = _stamp(self._path)
        try:
            config = self._load()
        except ConfigError as error:
            logger.error("%s; %s", "; ".join(error.mistakes), UNCHANGED)
            return False
        in_force = self._lasting(self.config)
        if fixed := [name for name, value in self._lasting(config).items() if value != in_force[name]]:
            said = "%s: %s cannot change while the daemon runs: restart it; %s"
            logger.error(said, self._path, " and ".join(fixed), UNCHANGED)
            return False
        if config == self.config:
            logger.info("%s: read again, nothing changed", self._path)
            return False
        self.config = config
        logger.info("%s: read again, in force from the next turn on", self._path)
        return True


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
