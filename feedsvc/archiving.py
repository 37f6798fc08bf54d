"""The pages of a feed's archive as files: which are there, and how those that cannot be rendered again are linked.

Called by `publish`, which composes and writes the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from feedsvc import paging
from feedsvc.model import TopicFeed
from feedsvc.output import Output
from feedsvc.render import page_links, relinked
from feedsvc.storage import Storage


def as_found(archive: paging.Archive, storage: Storage) -> paging.Archive:
    """Without frozen pages whose files are gone: nobody can make them again."""
    folders = {path.rpartition("/")[0] for path in archive.frozen}
    there = {name for folder in folders for name in storage.names(folder)}
    return replace(archive, frozen=tuple(path for path in archive.frozen if path in there))


def relink(feed: TopicFeed, archive: paging.Archive, pages: Sequence[paging.Page], output: Output) -> None:
    """Link the frozen pages with each other and with the first of those that are rendered. Newest first, up to one that
    is linked already: nearly always that is the first one looked at.
    """
    paths = ["", *archive.frozen, *(page.path for page in pages[:1])]
    for place in range(len(archive.frozen), 0, -1):
        older, path, newer = paths[place - 1], paths[place], ([*paths, ""])[place + 1]
        before = output.storage.read(path)
        links = page_links(replace(feed, archive=path, older=older, newer=newer))
        after = relinked(before, links, feed.base_url)
        if after == before:
            return
        output.write(path, after)
