"""The script that fills an element of somebody's page with a feed: published as embed/embed.js.

It takes every word as text and links to nothing but http(s). Its style sheet lives in a shadow root: the page's own
styles neither reach in nor are reached; custom properties do reach in.
"""

SCRIPT = r"""// Fills <div data-feedsvc="https://…/feed.json" data-limit="10"></div> with the feed's newest entries.
// Style it with --feedsvc-font, --feedsvc-ink, --feedsvc-soft, --feedsvc-line, --feedsvc-accent, --feedsvc-paper.
(() => {
  "use strict";
  const STYLE = `:host{display:block}
ol{list-style:none;margin:0;padding:0;font:var(--feedsvc-font,inherit);color:var(--feedsvc-ink,inherit);
background:var(--feedsvc-paper,transparent);overflow-wrap:anywhere}
li{padding:.5em 0;border-top:1px solid var(--feedsvc-line,#8886)}
a{color:var(--feedsvc-accent,inherit)}p{margin:0;font-size:.85em;color:var(--feedsvc-soft,inherit)}`;

  const element = (name, words, attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = words || "";
    for (const [key, value] of Object.entries(attributes)) if (value) made.setAttribute(key, value);
    return made;
  };
  const words = value => (typeof value === "string" ? value : "");
  const list = value => (Array.isArray(value) ? value : []);
  const webAddress = value => {
    try {
      const url = new URL(words(value));
      return /^https?:$/.test(url.protocol) ? url.href : "";
    } catch { return ""; }
  };
  const moment = (value, language) => {
    const date = new Date(words(value));
    if (isNaN(date)) return "";
    const shape = { dateStyle: "medium", timeStyle: "short" };
    try { return date.toLocaleString(language || undefined, shape); } catch { return date.toLocaleString(); }
  };

  const entry = (item, language) => {
    const row = element("li"), more = item._feedsvc || {};
    const href = webAddress(item.url), attributes = { lang: words(item.language), dir: "auto" };
    row.append(href
      ? element("a", words(item.title) || href, { ...attributes, href, target: "_blank", rel: "noopener noreferrer" })
      : element("span", words(item.title), attributes));
    const names = [more.publisher, ...list(more.also_reported_by).map(report => report && report.publisher)];
    const told = [...new Set(names.map(words).filter(Boolean))].join(", ");
    const line = element("p");
    line.append(element("bdi", told), told ? " · " : "",
      element("time", moment(item.date_published, language), { datetime: words(item.date_published) }));
    row.append(line);
    return row;
  };

  const fill = async place => {
    const answer = await fetch(place.dataset.feedsvc, { credentials: "omit", referrerPolicy: "no-referrer" });
    if (!answer.ok) throw new Error(`feedsvc: ${answer.status}`);
    const feed = await answer.json();
    const rows = element("ol", "", { lang: words(feed.language) });
    const most = Math.max(1, parseInt(place.dataset.limit, 10) || 10);
    for (const item of list(feed.items).slice(0, most)) if (item) rows.append(entry(item, words(feed.language)));
    const root = place.shadowRoot || place.attachShadow({ mode: "open" }), sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren(rows);
  };

  const start = () => {
    for (const place of document.querySelectorAll("[data-feedsvc]")) fill(place).catch(error => console.warn(error));
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start); else start();
})();
"""
