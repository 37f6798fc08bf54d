"""feedsvc: one clean feed per topic; every event once, from every source."""

__version__ = "0.1.0"
