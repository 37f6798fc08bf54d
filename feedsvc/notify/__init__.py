"""Telling others what became news: webhooks, chat services, WebSub hubs. At least once, in order, never in the way.

`record` writes down what is to be sent, `send_due` sends it. Called by the cycle, the daemon and the command line.
"""

from .recording import record
from .sending import BUDGET, SendReport, send_due
from .targets import Target, targets

__all__ = ["BUDGET", "SendReport", "Target", "record", "send_due", "targets"]
