"""Conductor: what people say of events by hand changes the state at once and is kept for every later run and rebuild.

Each correction is one transaction under the lock of the sole writer; its words stand in the journal beside the state
before it commits. Publishes nothing: the next update does. Called by the command line.
"""

from feedsvc.corrections.by_hand import answer, join, split
from feedsvc.corrections.desk import Change
from feedsvc.corrections.exchange import Taken, export, take_in

__all__ = ["Change", "Taken", "answer", "export", "join", "split", "take_in"]
