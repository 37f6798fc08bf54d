"""What is remembered between runs: articles with their revisions, events, memberships, documents, sources.

Knows the types of `model` and nothing of how they come about; the conductors call it, one transaction a step.
"""

from feedsvc.store.database import Database, as_file, as_it_is, has_state, memory_database, open_database
from feedsvc.store.lock import sole_writer, try_lock

__all__ = [
    "Database",
    "as_file",
    "as_it_is",
    "has_state",
    "memory_database",
    "open_database",
    "sole_writer",
    "try_lock",
]
