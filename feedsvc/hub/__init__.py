"""A WebSub hub for the feeds of this site (W3C Recommendation of 23 January 2018): who subscribes is sent each new
version as soon as it stands in the output folder.

Knows the output folder and its own table of the state, nothing of sources, articles or events. Publishes nothing.
A part of `feedsvc serve`, which runs it if the configuration says so.
"""

from feedsvc.hub.hub import Hub
from feedsvc.hub.limits import Limits
from feedsvc.hub.opening import opened

__all__ = ["Hub", "Limits", "opened"]
