"""One client's connection: uvicorn's, with a shortcut for plain requests and an end for who only holds it open.

The shortcut answers at once what is in memory, while nothing else is under way here; all the rest is uvicorn's.
Made by uvicorn for each connection; tended by `server`.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from feedsvc.web.log import Exchange
from feedsvc.web.plain import plain_request
from feedsvc.web.watch import Watch

IDLE_S = 60.0  # a feed reader that asks for many feeds keeps its connection for so long
LONGEST_HEAD = 64 << 10  # bytes of a request before its content
ABSOLUTE_FORM = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)  # a server must take it too (RFC 9112 section 3.2.2)
TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Connection(HttpToolsProtocol):
    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        assert isinstance(config.app, Watch)
        self._watch = config.app
        self._active = time.monotonic()  # when the client last got on with it; monotonic seconds
        self._unsent = 0  # bytes that it had not taken when last looked at
        self._to_answer = 0  # requests begun and not answered
        self._reading = False  # amid a request, be it in its content
        self._head_size = -1  # bytes received of a head that is not whole; negative between heads

    def data_received(self, data: bytes) -> None:
        if self._head_size < 0:  # who sends a head drop by drop does not get on
            self._active = time.monotonic()
        # What comes amid a request is part of it, whatever it looks like.
        between = not self._reading and not self._to_answer and not self.transport.get_write_buffer_size()
        if between and self._answer_at_once(data):
            return
        super().data_received(data)
        if self._head_size >= 0:
            self._head_size += len(data)
            if self._head_size > LONGEST_HEAD:
                self.transport.write(TOO_LONG)
                self.transport.close()

    def _answer_at_once(self, data: bytes) -> bool:
        request = plain_request(data)
        answer = self._watch.site.at_once(request.method, request.path, request.fields) if request else None
        if not request or not answer:
            return False
        content = b"" if request.method == "HEAD" else answer.content
        common = [b"%s: %s\r\n" % line for line in self.server_state.default_headers]  # Date
        self.transport.writelines([answer.start, *common, answer.head, content])
        client = self.client[0] if self.client else "-"
        agent = request.fields.get("user-agent", "-")
        seconds = time.monotonic() - self._active
        done = Exchange(client, request.method, request.path, agent, answer.status, len(content), seconds)
        self._watch.note(done)
        return True

    def tend(self, now: float) -> None:
        """End it where the client owes the next step and has not moved for `IDLE_S`; `now` in monotonic seconds."""
        unsent = self.transport.get_write_buffer_size()
        if unsent != self._unsent:
            self._unsent, self._active = unsent, now
        waits_for_client = unsent or self._reading or not self._to_answer
        if waits_for_client and now - self._active > IDLE_S:
            self.transport.abort()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing: uvicorn does not know of answers by the shortcut; `tend` does."""

    # Called back by httptools:

    def on_message_begin(self) -> None:
        self._to_answer += 1
        self._reading = True
        self._head_size = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_size = -1
        if absolute := ABSOLUTE_FORM.match(self.url):
            self.url = self.url[absolute.end() :] or b"/"
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._reading = False
        super().on_message_complete()

    # Called back by uvicorn:

    def on_response_complete(self) -> None:
        self._to_answer -= 1
        super().on_response_complete()
