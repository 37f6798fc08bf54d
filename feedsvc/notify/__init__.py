"""Telling others what became news: webhooks, chat services, WebSub hubs. At least once, in order, never in the way.

`record` writes down what is to be sent, `send_due` sends it. Called by the cycle, the daemon and the command line.
"""

from .recording import record
from .retrying import GIVEN_UP_AFTER
from .sending import BUDGET, SendReport, send_due, try_out
from .status import target_rows
from .tailing import is_ahead, rows_after, start_after
from .targets import Target, targets

__all__ = [
    "BUDGET",
    "GIVEN_UP_AFTER",
    "SendReport",
    "Target",
    "is_ahead",
    "record",
    "rows_after",
    "send_due",
    "start_after",
    "target_rows",
    "targets",
    "try_out",
]
