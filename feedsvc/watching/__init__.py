"""How the service is doing, as the state tells it: of each source and of all; what is in trouble, and since when.

Decides nothing about matching or publishing. Called by the conductors, the inquiry and the command line.
"""

from feedsvc.watching.signs import LEAST_FREE, free_bytes, moved_words, note
from feedsvc.watching.statuses import missing, published_status, service_status, source_statuses, too_seldom

__all__ = [
    "LEAST_FREE",
    "free_bytes",
    "missing",
    "moved_words",
    "note",
    "published_status",
    "service_status",
    "source_statuses",
    "too_seldom",
]
