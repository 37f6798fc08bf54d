"""Measures and training. Knows feedsvc; feedsvc does not know it, and no wheel carries it."""
