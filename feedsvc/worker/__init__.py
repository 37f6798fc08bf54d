"""`feedsvc worker`: an update cut into jobs, which any number of processes on any machines do on one PostgreSQL state.

Jobs carry no knowledge: what is due, unmatched or unpublished stands in the state, so one that is lost is sent again
by the next look, and one that is repeated finds nothing to do. The conductors that a job calls are those of an update.
Knows Procrastinate, which nothing else does. Called by the command line.
"""

from feedsvc.worker.service import WorkerProcess

__all__ = ["WorkerProcess"]
