"""`feedsvc run`: one process that reads what is due, publishes, and serves if asked, for as long as the machine runs.

APScheduler is its clock; its memory is the state, which any other process may change meanwhile. Decides nothing about
sources or events. Called by the command line.
"""

from feedsvc.daemon.service import Daemon
from feedsvc.daemon.settings import Settings

__all__ = ["Daemon", "Settings"]
