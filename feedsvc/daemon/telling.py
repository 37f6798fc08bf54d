"""Sends what is to be sent about news, to webhooks, chats and hubs, beside the work: neither waits for the other.

Called by `service`.
"""

from __future__ import annotations

import logging

from feedsvc import cycle
from feedsvc.daemon.pulse import utc_now
from feedsvc.daemon.saying import Said, one_line
from feedsvc.daemon.settings import Settings
from feedsvc.errors import NewerError

logger = logging.getLogger(__name__)


class Telling:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._said = Said()

    def tell(self) -> None:
        """Raises nothing: what could not be sent waits in the state."""
        try:
            problems = cycle.tell(self._settings.config, utc_now())
        except NewerError:
            return  # the work says so, and ends the process
        except Exception as error:  # a bulkhead, as for the work
            problems = [one_line(error)]
        for problem in problems:
            if self._said.is_new(problem):
                logger.warning("%s", problem)
