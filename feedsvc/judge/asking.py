"""The judge: asks one question after the other, bounded in time, and falls silent for good once it is of no use.

A failure is no answer (None), never an exception; when the judge falls silent, one warning says why and what to do.
Called by `judging`.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Self

from feedsvc.judge import wording
from feedsvc.judge.exchange import Exchange, NoReplyError, Reply, TimeUpError
from feedsvc.judge.wording import Brief

logger = logging.getLogger(__name__)

MOST_FAILURES = 3  # in a row: less may be chance, more would be a waste of everyone's time
FORM_REFUSED = (400, 422)  # how servers answer parameters that they, or their models, do not take
# What further questions would not change, and what the operator can do about it.
HOPELESS = {
    401: "refuses the key; see [dedup.judge] api_key_env",
    402: "wants to be paid first; see to the account",
    403: "refuses the key; see [dedup.judge] api_key_env",
    404: "does not know the address or the model; see [dedup.judge] url and model",
    405: "does not answer chat completions there; see [dedup.judge] url",
    429: "has been asked too much; a smaller [dedup.judge] budget would spare it",
}
NO_USE = "use a model that answers at once and keeps to a JSON schema"


class Judge:
    """Answers for one run. `key` may be empty; `timeout` bounds the waiting of all questions together."""

    def __init__(self, url: str, model: str, key: str, timeout: timedelta) -> None:
        self._url = url
        self._model = model
        self._exchange = Exchange(f"{url}/chat/completions", key)
        self._timeout = timeout.total_seconds()
        self._waited = 0.0  # seconds, so far
        self._form = 0
        self._answers = 0
        self._failures = 0  # in a row
        self.silent = False  # whether it is not asked any more in this run

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.silent = True
        self._exchange.close()

    def ask(self, article: Brief, candidates: Sequence[Brief]) -> tuple[int, ...] | None:
        """Numbers, from 0, of the candidates that report the same event as the article; None: no answer."""
        if self.silent:
            return None
        try:
            answer = wording.read_answer(self._reply(article, candidates).body, len(candidates))
        except NoReplyError as failure:
            self._failed(str(failure), final=failure.final)
            return None
        if answer is None:
            self._failed(f"gave no usable answer; {NO_USE}", final=False)
            return None
        self._answers += 1
        self._failures = 0
        return answer

    def _reply(self, article: Brief, candidates: Sequence[Brief]) -> Reply:
        """The reply with status 200. A form that the server refuses is not tried again once another one worked."""
        for form in range(self._form, len(wording.FORMS)):
            reply = self._post(wording.request(self._model, article, candidates, form))
            if reply.status not in FORM_REFUSED:
                break
        if reply.status != 200:
            raise _refusal(reply)
        self._form = form
        return reply

    def _post(self, data: object) -> Reply:
        begun = time.monotonic()
        try:
            return self._exchange.post(data, max(0.0, self._timeout - self._waited))
        except TimeUpError:
            said = f"gave {self._answers} answers in the {self._timeout:g} s that an update waits for it"
            raise NoReplyError(f"{said}; use a faster model or a longer [dedup.judge] timeout", final=True) from None
        finally:
            self._waited += time.monotonic() - begun

    def _failed(self, said: str, *, final: bool) -> None:
        self._failures += 1
        if final or self._failures == MOST_FAILURES:
            self.close()
            logger.warning("the judge at %s %s. The score alone decides the rest of this update", self._url, said)


def _refusal(reply: Reply) -> NoReplyError:
    if reply.status in HOPELESS:
        # Only plain seconds are repeated: a header is the server's text.
        wait = f" (wait {reply.retry_after} s)" if re.fullmatch(r"[0-9]{1,6}", reply.retry_after) else ""
        return NoReplyError(f"{HOPELESS[reply.status]}{wait}", final=True)
    if 300 <= reply.status < 400:
        return NoReplyError("redirects elsewhere; write the final address as [dedup.judge] url", final=True)
    return NoReplyError(f"answers with HTTP status {reply.status}; see its own log", final=False)
