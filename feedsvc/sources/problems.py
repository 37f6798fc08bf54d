"""What went wrong with a request, in one clause that an operator understands.

Used by `fetch` alone.
"""

from __future__ import annotations

import logging
import ssl

import httpcore

from feedsvc.sources.answers import FetchError

logger = logging.getLogger(__name__)

AGAIN = "it will be tried again"
UNFIT = "cannot be asked for: its url or what is remembered of it does not fit into HTTP"
WORDS: tuple[tuple[type[Exception], str], ...] = (
    (httpcore.ConnectTimeout, f"does not take a connection in time; {AGAIN}"),
    (httpcore.ReadTimeout, f"goes silent; {AGAIN}"),
    (httpcore.TimeoutException, f"does not keep up; {AGAIN}"),
    (TimeoutError, f"takes too long in all; {AGAIN}"),
    (httpcore.ConnectError, f"refuses the connection; {AGAIN}"),
    (httpcore.NetworkError, f"breaks the connection off; {AGAIN}"),
    (httpcore.ProxyError, "cannot be had through the proxy of the environment"),
    (httpcore.LocalProtocolError, UNFIT),
    (UnicodeError, UNFIT),
    (httpcore.RemoteProtocolError, "does not answer in HTTP as it should"),
)


def problem_of(error: Exception, url: str) -> str:
    """Of what a request raised. What nobody foresaw is logged with its traceback."""
    if isinstance(error, FetchError):
        return str(error)
    # httpcore keeps what lay beneath as the argument, and drops the cause.
    beneath = error.args[0] if error.args else None
    if isinstance(beneath, ssl.SSLError):
        return f"cannot be trusted: {_tls(beneath)}"
    for kind, words in WORDS:
        if isinstance(error, kind):
            return words + _detail(error)
    logger.error("fetching %s failed", url, exc_info=error)
    return f"failed in a way that was not foreseen ({type(error).__name__}); please report it with the log"


def _tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its TLS certificate is not valid ({error.verify_message}); tell the publisher"
    return f"no TLS connection comes about ({error.reason or 'broken off'}); see whether it should be http"


def _detail(error: Exception) -> str:
    """What the protocol's library says; it may quote the server, so only what is plain and short."""
    if not isinstance(error, httpcore.ProtocolError | httpcore.ProxyError):
        return ""
    words = "".join(c if c.isprintable() and c.isascii() else " " for c in str(error))
    return f" ({' '.join(words.split())[:120]})" if words.strip() else ""
