"""Builds HTML so that nothing foreign can ever stand in it unescaped.

A `Markup` is HTML already; any other string is text and is escaped when it enters. Knows no page.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})  # elements without content and end tag


class Markup(str):
    """Text that is HTML, as opposed to text that is to be shown."""

    __slots__ = ()


def text(*children: object) -> Markup:
    """The children one after another: strings escaped, lists spread, None and False left out."""
    parts: list[str] = []
    for child in children:
        if isinstance(child, Markup):
            parts.append(child)
        elif isinstance(child, str):
            parts.append(escape(child, quote=False))
        elif isinstance(child, Iterable):
            parts.append(text(*child))
        elif child is not None and child is not False:
            raise TypeError(f"neither text nor markup: {child!r}")
    return Markup("".join(parts))


def tag(name: str, /, *children: object, **attributes: str | bool | None) -> Markup:
    """One element. Attributes: `class_` is "class", `http_equiv` is "http-equiv"; None and False are left out."""
    written = "".join([_attribute(key, value) for key, value in attributes.items()])
    if name in VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{text(*children)}</{name}>")


def _attribute(key: str, value: str | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
