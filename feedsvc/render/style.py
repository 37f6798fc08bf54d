"""The one style sheet of all pages: a few KB, inline, so that a page is one file and asks nobody for anything.

Colours have a contrast of at least 4.5 to 1 on every ground they stand on, by day and by night (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

import base64
import hashlib

STYLE = """
:root{color-scheme:light dark;--paper:#faf8f3;--card:#fffefb;--ink:#1f1c18;--soft:#655d52;--line:#e4ddd0;
--accent:#a12a1b;--wash:#f4ece1}
:root,[lang]{--leading:1.6;
--sans:system-ui,-apple-system,"Segoe UI","PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;
--serif:"Iowan Old Style","Palatino Linotype",Palatino,Georgia,"Noto Serif CJK SC","Songti SC",serif}
@media(prefers-color-scheme:dark){:root{--paper:#161412;--card:#1e1b18;--ink:#ebe5da;--soft:#a99f90;--line:#37312a;
--accent:#f2967f;--wash:#26211c}}
:lang(zh){--sans:"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",system-ui,sans-serif;
--serif:"Source Han Serif SC","Noto Serif CJK SC","Songti SC",Georgia,"Microsoft YaHei",serif;--leading:1.8}
:lang(zh-Hant){--sans:"PingFang TC","Noto Sans CJK TC","Microsoft JhengHei",system-ui,sans-serif;
--serif:"Source Han Serif TC","Noto Serif CJK TC","Songti TC",Georgia,"Microsoft JhengHei",serif}
:lang(ja){--sans:"Hiragino Sans","Noto Sans CJK JP","Yu Gothic",system-ui,sans-serif;
--serif:"Hiragino Mincho ProN","Noto Serif CJK JP","Yu Mincho",Georgia,serif;--leading:1.8}
:lang(ko){--sans:"Apple SD Gothic Neo","Noto Sans CJK KR","Malgun Gothic",system-ui,sans-serif;
--serif:AppleMyungjo,"Noto Serif CJK KR",Batang,Georgia,serif}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;padding:0 clamp(1.1rem,4vw,3rem);max-width:68rem;background:var(--paper);color:var(--ink);
font:1rem/var(--leading) var(--sans);overflow-wrap:anywhere;line-break:strict;text-autospace:normal;
hanging-punctuation:allow-end}
[lang]{font-family:var(--sans)}
:is(h1,.card h2,.entry h3,.brand) [lang]{font-family:var(--serif)}
h1,h2,h3,h4,p,ul,ol,figure{margin:0;padding:0}
h1,h2,h3{font-family:var(--serif);font-weight:700;line-height:1.35}
h1,h2,h3,p,li{text-wrap:pretty}
ul,ol{list-style:none}
a{color:inherit;text-decoration:underline;text-decoration-color:var(--line);text-decoration-thickness:1px;
text-underline-offset:.22em}
a:hover{color:var(--accent);text-decoration-color:currentColor}
:focus-visible{outline:2px solid var(--accent);outline-offset:3px;border-radius:2px}
:target{outline:2px solid var(--accent);outline-offset:-1px}
#content:target{outline:0}
time,.count{font-variant-numeric:tabular-nums;white-space:nowrap}
bdi{unicode-bidi:isolate}
summary{cursor:pointer}
img{display:block;width:100%;height:auto;background:var(--wash);aspect-ratio:16/9;object-fit:cover;
object-position:50% 30%;border-radius:.4rem}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:1}
.masthead{display:flex;justify-content:space-between;align-items:baseline;gap:1rem;padding:1.1rem 0 .8rem;
border-bottom:3px double var(--line);font-size:.875rem}
.masthead a{text-decoration:none}
.brand{font-family:var(--serif);font-weight:700;font-size:1.05rem}
.brand::before{content:"";display:inline-block;width:.62em;height:.62em;margin-right:.5em;background:var(--accent);
border-radius:50% 50% 50% 0}
.opening{padding:clamp(1.8rem,5vw,3.2rem) 0 clamp(1.4rem,4vw,2.2rem)}
.opening h1{font-size:clamp(1.7rem,1.2rem + 2.2vw,2.6rem);line-height:1.3}
.opening h1:not(:lang(zh),:has(:lang(zh))){letter-spacing:-.01em;text-wrap:balance}
.opening p{margin-top:.8rem;color:var(--soft);max-width:40em}
.opening .facts{margin-top:.5rem}
.picture{margin-top:1.4rem}
.facts,.byline,.formats{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 1.1em}
.facts,.byline,.credit,.others time,.line time,footer{color:var(--soft);font-size:.875rem}
.byline{gap:0 .8em}
.badge{font-size:.75rem;line-height:1.6;color:var(--accent);border:1px solid;border-radius:.3rem;padding:0 .45em}
.clamp{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:6;overflow:hidden;padding-bottom:.12em}
.subscribe{background:var(--wash);border-radius:.6rem;padding:1.1rem 1.3rem 1.2rem}
.subscribe h2{font-size:1.05rem}
.subscribe p{color:var(--soft);font-size:.875rem}
.addresses{display:grid;gap:.4rem;margin-top:.7rem}
.addresses a{display:flex;flex-direction:column;gap:.1rem;padding:.45rem .8rem;background:var(--card);
border:1px solid var(--line);border-radius:.4rem;text-decoration:none}
.addresses a:hover{border-color:var(--accent)}
.addresses b{color:var(--accent);font-size:.875rem}
code{font:.8125rem/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.addresses code,pre{user-select:all}
.day{padding-top:clamp(1.8rem,5vw,3rem)}
.day>h2{font:600 .875rem/1.6 var(--sans);color:var(--soft);padding-bottom:.5rem;border-bottom:1px solid var(--line)}
.entry{padding:1.6rem 0;border-bottom:1px solid var(--line)}
.entry:last-child{border-bottom:0}
.publisher{color:var(--accent);font-weight:600}
.entry h3{font-size:clamp(1.2rem,1.1rem + .5vw,1.42rem);margin:.2rem 0 .45rem}
.entry h3 a,.card h2 a{text-decoration:none}
.summary{max-width:42em}
.thumbnail{margin:.3rem 0 .9rem}
.credit{font-size:.75rem;line-height:1.5;margin-top:.35rem}
.others{margin-top:1rem;padding-left:1rem;border-left:2px solid var(--line);max-width:44em;font-size:.9375rem}
.others header{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;
font-size:.8125rem;margin-bottom:.2rem}
.others h4,summary{font:600 .8125rem/1.8 var(--sans);color:var(--soft)}
.others header a{color:var(--accent)}
.others li{padding:.2rem 0;line-height:1.6;text-wrap:wrap}
.others .publisher{color:inherit;margin-right:.35em}
.others time{font-size:.8125rem}
.more{display:flex;flex-wrap:wrap;gap:.4rem 1.6rem;margin-top:1.3rem;font-size:.875rem}
.more a{color:var(--accent)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:1.1rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1.1rem 1.3rem 1.2rem;
display:flex;flex-direction:column}
.card h2{font-size:1.18rem;margin:.25rem 0 .5rem}
.card.lead{border-color:var(--accent)}
.adds{margin-top:auto;padding-top:.7rem;font-size:.8125rem;color:var(--soft)}
.adds bdi{display:inline-block;background:var(--wash);color:var(--ink);border-radius:.3rem;padding:0 .5em;
margin:.15rem 0}
.beside h2{font-size:1.05rem;margin-bottom:.3rem}
.beside h3{font:600 .8125rem/1.8 var(--sans);color:var(--soft)}
.beside section+section{margin-top:2rem}
.line{margin:.2rem 0 .6rem .3rem;border-left:2px solid var(--line);font-size:.9375rem}
.line li{position:relative;padding:.25rem 0 .25rem 1.1rem;line-height:1.5}
.line li::before{content:"";position:absolute;left:-6px;top:.75em;width:10px;height:10px;border-radius:50%;
background:var(--paper);border:2px solid var(--soft)}
.line [aria-current]::before{background:var(--accent);border-color:var(--accent)}
.timeline time{display:inline-block;min-width:5.6em}
.headlines{font-size:.9375rem;margin:.3rem 0 1rem}
.headlines li{padding:.4rem 0;border-top:1px solid var(--line);line-height:1.55}
.headlines a{text-decoration:none}
.card .facts{margin-top:auto}
.card .empty{color:var(--soft);font-size:.9375rem;margin-bottom:1rem}
.formats{font-size:.875rem;margin-top:.2rem}
.why{margin-top:1.5rem;background:var(--wash);border-radius:.6rem;padding:.7rem 1.3rem}
.why summary{color:var(--ink)}
.why li{padding:.55rem 0;border-top:1px solid var(--line);font-size:.9375rem;line-height:1.6}
.why ol{margin-top:.6rem}
.reason{color:var(--soft);font-size:.875rem}
.sources{padding-top:clamp(2rem,6vw,3.5rem)}
.sources h2{font-size:1.25rem;margin-bottom:.5rem}
.sources>ul>li{padding:.6rem 0;border-top:1px solid var(--line)}
.sources li>p{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 1em}
.sources b{font-weight:600}
.sources details{font-size:.875rem;color:var(--soft)}
.sources summary{color:var(--accent)}
.wrong{color:var(--accent);font-weight:600}
.bars{display:block;max-width:100%;height:auto;margin:.4rem 0;fill:var(--soft)}
.snippet{margin:.9rem 0}
.snippet h3{font:600 1rem/1.6 var(--sans)}
.snippet p code{white-space:nowrap}
.snippet p{color:var(--soft);font-size:.875rem}
pre{margin:.4rem 0 0;padding:.7rem .9rem;background:var(--wash);border-radius:.4rem;white-space:pre-wrap}
iframe{display:block;width:100%;height:26rem;border:1px solid var(--line);border-radius:.4rem}
footer{margin-top:clamp(2.5rem,8vw,5rem);padding:1.2rem 0 2.5rem;border-top:3px double var(--line);font-size:.8125rem}
footer p+p{margin-top:.3rem}
footer a{display:inline-block;margin-right:1.2em}
@media(min-width:48rem){
.opening:has(.picture){display:grid;grid-template-columns:minmax(0,1fr) 19rem;gap:2.2rem;align-items:start}
.opening .picture{margin:.5rem 0 0}
.entry{display:grid;grid-template-columns:minmax(0,1fr) 15rem;column-gap:2.2rem}
.entry>*{grid-column:1}
.entry>.thumbnail{grid-column:2;grid-row:1/span 6;margin:.4rem 0 0}
.addresses{grid-template-columns:repeat(3,minmax(0,1fr))}
.example{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:0 2.2rem}
.example h2{grid-column:1/3}
}
@media(max-width:63.99rem){.beside{margin-top:2rem}}
@media(min-width:64rem){
.columns{display:grid;grid-template-columns:minmax(0,1fr) 17rem;column-gap:2.6rem}
.day{display:grid;grid-template-columns:10rem minmax(0,1fr);column-gap:2.5rem}
.day>h2{grid-column:1;grid-row:1/span 200;border:0;padding-top:1.7rem;position:sticky;top:0;align-self:start}
.day>.entry{grid-column:2}
.day{border-top:1px solid var(--line);padding-top:0}
.subscribe{margin-bottom:clamp(1.8rem,4vw,2.5rem)}
}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--accent:#000;--wash:#fff}
body{max-width:none;font-size:10.5pt}.masthead,.subscribe,.more,.formats,.skip,footer p:first-child{display:none}
.entry,.card{break-inside:avoid}h2,h3{break-after:avoid}.clamp{display:block}.entry>.thumbnail{max-width:6cm}}
""".strip()

# The policy names the style sheet by its hash: no other style, no script, no frame, nothing but pictures.
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
DIRECTIVES = (
    "default-src 'none'",
    "img-src https: http: data:",
    f"style-src 'sha256-{STYLE_HASH}'",
    "base-uri 'none'",
    "form-action 'none'",
)
POLICY = "; ".join(DIRECTIVES)
# A drop of ink, so that no browser asks the server for a favicon.
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Cpath d='M2 14V8a6 6 0 1 1 6 6z' fill='%23a12a1b'/%3E%3C/svg%3E"
)
