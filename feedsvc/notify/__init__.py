"""Telling others what became news: webhooks, chat services, WebSub hubs. At least once, in order, never in the way.

`record` writes down what is to be sent, without the network: most cycles have nothing to send. `sending` sends it,
`targets` are who is told, `status` says how they are doing, `tailing` reads the journal. Called by the cycle and the
command line.
"""

from feedsvc.notify.identity import target_ids
from feedsvc.notify.recording import record

__all__ = ["record", "target_ids"]
