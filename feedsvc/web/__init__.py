"""The output folder over HTTP: true media types, validators, compression, and what a monitor asks.

Reads the published files and nothing else: no state, no database, no sources; any web server could stand in its place.
Called by `feedsvc serve`.
"""

from feedsvc.freshness import Freshness, freshness
from feedsvc.web.log import AccessLog
from feedsvc.web.parts import Part, Published
from feedsvc.web.server import Server, allow_many_connections, serve

__all__ = ["AccessLog", "Freshness", "Part", "Published", "Server", "allow_many_connections", "freshness", "serve"]
