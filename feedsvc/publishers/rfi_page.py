"""RFI's articles in full, as its pages for browsers have them.

Used by the adapter `rfi` alone, which reads what comes out of here as any other of its html.
"""

from __future__ import annotations

from html import escape

from bs4.element import Tag

from feedsvc.model import Draft
from feedsvc.publishers import pages

# In reading order: lead, picture, text.
PARTS = ("t-content__chapo", "t-content__main-media", "t-content__body")


def read(draft: Draft, body: str) -> Draft | None:
    root = pages.parse_page(body)
    found = [root.find(class_=name) for name in PARTS] if root else []
    lead, picture, matter = (part if isinstance(part, Tag) else None for part in found or (None, None, None))
    if root is None or matter is None:
        return None
    opening = f"<p><strong>{escape(lead.get_text(' ', strip=True))}</strong></p>" if lead else ""
    return pages.with_page(draft, f"{opening}{picture or ''}{matter}", pages.told(root))
