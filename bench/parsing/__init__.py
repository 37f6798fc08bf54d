"""How well and how fast feeds are read, over corpora of hard ones: feedparser's tests, W3C's validator cases, gofeed's.

Run as `python -m bench.parsing --corpus DIR`; the corpora are other people's and stay outside the project.
"""
