"""Which articles report the same event: candidates, pair score, grouping in a stream.

Pure: no network, no clock; package data is read by one module. Called by the ingest conductor and `feedsvc explain`.
"""

from feedsvc.events.explain import compare
from feedsvc.events.matcher import Matcher, canonical_order
from feedsvc.events.pairs import WINDOW
from feedsvc.events.profile import Profile, profile, profile_all
from feedsvc.events.threads import MOST_EARLIER, THREAD_WINDOW, Threads

__all__ = [
    "MOST_EARLIER",
    "THREAD_WINDOW",
    "WINDOW",
    "Matcher",
    "Profile",
    "Threads",
    "canonical_order",
    "compare",
    "profile",
    "profile_all",
]
