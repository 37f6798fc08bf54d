"""What of a published document could act: looked at in a real Chromium, its content security policy switched off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
# Elements and attributes: what our own pages are made of, and what may stand in the html that feeds carry.
OF_PAGES = (
    "html head meta title link style body a header nav main section article h1 h2 h3 h4 p span time bdi ul ol li "
    "details summary div figure figcaption img b strong code footer",
    "charset content name http-equiv lang rel type title href src alt class id loading decoding width height datetime "
    "target aria-label aria-labelledby aria-current",
)
OF_FEEDS = (
    "html head body p h2 h3 h4 ul ol li blockquote figure figcaption img a em strong bdi time",
    "href src alt class lang datetime",
)
AUDIT = """([html, elements, attributes]) => {
  window.fired = [];
  for (const name of ['alert', 'confirm', 'prompt', 'print', 'open'])
    window[name] = () => { window.fired.push(`called ${name}`); };
  document.open(); document.write(html); document.close();
  const found = [], known = new Set(elements.split(' ')), plain = new Set(attributes.split(' '));
  for (const element of document.querySelectorAll('*')) {
    const name = element.localName;
    if (!known.has(name)) found.push(`element ${name}`);
    for (const attribute of element.attributes) {
      if (!plain.has(attribute.name)) found.push(`attribute ${attribute.name} of ${name}`);
      if (['href', 'src'].includes(attribute.name) && !(name === 'link' && element.rel === 'icon')) {
        const scheme = new URL(attribute.value, 'https://site.example/').protocol;
        if (!/^https?:$/.test(scheme)) found.push(`${scheme} in ${attribute.name} of ${name}`);
      }
    }
    if (name === 'meta' && /refresh|set-cookie/i.test(element.httpEquiv)) found.push(`meta ${element.httpEquiv}`);
    if (name === 'link' && !/^(icon|alternate|canonical)$/.test(element.rel)) found.push(`link ${element.rel}`);
    if (name === 'img' && /^https?:..tracker[.]/.test(element.src)) found.push('tracker');
    for (const kind of ['error', 'load', 'click', 'mouseover', 'focus', 'toggle'])
      if (!element.closest('a, summary')) element.dispatchEvent(new Event(kind));
  }
  if (document.querySelectorAll('style').length !== (known.has('style') ? 1 : 0)) found.push('another style sheet');
  return [...found, ...window.fired];
}"""


class Examiner:
    """One tab for any number of documents; another one after each that acted."""

    def __init__(self, browser: Any) -> None:
        self.context = browser.new_context(bypass_csp=True)
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.context.route("**/*", self._refuse)

    def _refuse(self, route: Any) -> None:
        if route.request.resource_type != "image":
            self.asked.append(f"asked for a {route.request.resource_type}")
        route.abort()

    def findings(self, documents: dict[str, bytes]) -> list[str]:
        """Every word of what is wrong, with the document's path before it."""
        found = []
        for name, document in documents.items():
            if name.endswith(".html") and name != "embed/index.html":
                found += [f"{name}: {each}" for each in self.audit(document.decode(), OF_PAGES)]
        for name, fragments in carried(documents).items():
            found += [f"{name}: {each}" for each in self.audit("\n".join(fragments), OF_FEEDS)]
        return found

    def audit(self, html: str, known: tuple[str, str]) -> list[str]:
        self.asked.clear()
        found = sorted({*self.page.evaluate(AUDIT, [html, *known]), *self.asked})
        if found:
            before, self.page = self.page, self.context.new_page()
            before.close()  # once there is another: a browser may end with its last tab
        return found

    def close(self) -> None:
        self.context.close()


def carried(documents: dict[str, bytes]) -> dict[str, list[str]]:
    """The html that feed readers would show, by name of the feed: whatever a format has as html, unescaped once."""
    return {
        name: list(_html_of(name, document))
        for name, document in documents.items()
        if name.endswith((".atom", ".rss", ".json"))
    }


def _html_of(name: str, document: bytes) -> Iterator[str]:
    if name.endswith(".json"):
        yield from (item["content_html"] for item in json.loads(document)["items"])
        return
    for element in etree.fromstring(document).iter(etree.Element):
        is_html = element.get("type") == "html" or element.tag in (CONTENT, "description")
        if is_html and element.getparent().tag != "channel":
            yield element.text or ""


def words_of(html: str) -> str:
    """Plain text as a person reads it, on one line."""
    return re.sub(r"\s+", " ", "".join(etree.HTML(html or "<p>").itertext())).strip()
