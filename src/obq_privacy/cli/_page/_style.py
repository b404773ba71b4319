"""The style sheet of the map: light and dark, wide and narrow, on a screen and on paper."""

from __future__ import annotations

from typing import Final

LIGHT: Final = {
    "paper": "#ffffff",
    "card": "#f5f6f8",
    "line": "#d5d9e0",
    "ink": "#1b1f24",
    "soft": "#515a66",
    "link": "#0b57a8",
    "sensitive": "#b3261e",
    "personal": "#0b57a8",
    "other": "#5b6673",
    "recipient": "#22693a",
    "purpose": "#4a3c8c",
    "box": "#f1eff9",
}
DARK: Final = {
    "paper": "#14171b",
    "card": "#1d2127",
    "line": "#3a414b",
    "ink": "#e9ebee",
    "soft": "#aeb6c1",
    "link": "#8fc1ff",
    "sensitive": "#ff9b8e",
    "personal": "#8fc1ff",
    "other": "#aeb6c1",
    "recipient": "#86d39b",
    "purpose": "#bdb2ff",
    "box": "#25223a",
}
"""Every colour of text has at least 4.5:1 on `paper`, `card` and `box`."""


def _colours(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


_SCREEN: Final = """
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue","Noto Sans","Noto Sans CJK SC",sans-serif}
header,main,footer{max-width:79rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:2.5rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .4rem;overflow-wrap:anywhere}
h2{font-size:1.35rem;margin:3rem 0 .8rem}
p{max-width:46rem;margin:.5rem 0}
.soft,small,.key{color:var(--soft)}
.key,.code{font:.84em/1.4 ui-monospace,"SF Mono",Menlo,Consolas,monospace;overflow-wrap:anywhere}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:.15em}
a:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;list-style:none;margin:1rem 0 0;padding:0}
.skip{position:absolute;left:-999rem}.skip:focus{position:static}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.8rem;margin:1rem 0;padding:0}
.tiles div{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.75rem 1rem}
.tiles dt{color:var(--soft);font-size:.9rem;line-height:1.3}
.tiles dd{margin:0;font-size:1.7rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums}
.tiles dd small{display:block;font-size:.85rem;font-weight:400;line-height:1.35}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;list-style:none;padding:0;margin:.8rem 0;font-size:.92rem}
.legend svg{width:1.5rem;height:.9rem;vertical-align:-.1rem;margin-right:.35rem}
figure{margin:0}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:.6rem;background:var(--paper)}
.picture{display:block;width:100%;height:auto;margin:0 auto}
svg text{fill:var(--ink);font:12.5px
system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans CJK SC",sans-serif}
svg .col{font-size:14px;font-weight:650}
svg .grp{fill:var(--soft);font-size:12px;font-weight:650;letter-spacing:.02em}
svg .num{fill:var(--soft);font-size:11.5px;font-variant-numeric:tabular-nums}
.l{fill:none;stroke-width:1;opacity:.34}
.l.need{opacity:.6;stroke-width:1.4}
.l.r{opacity:.6;stroke-width:1.4}
.l.busy{opacity:.13}
.l.r.own{stroke-dasharray:1.5 4;stroke-linecap:round}
.s{stroke:var(--sensitive)}.p{stroke:var(--personal)}.n{stroke:var(--other)}.r{stroke:var(--recipient)}
.m.s{fill:var(--sensitive)}.m.p{fill:var(--personal)}.m.n{fill:var(--paper);stroke-width:2}.m.r{fill:var(--recipient)}
.node rect:not(.m){fill:var(--box);stroke:var(--purpose);stroke-width:1.2}
.k-additional rect{fill:var(--paper)!important}
.k-statutory rect{stroke-width:2.6!important}
.node:hover text,.node:focus-visible text{text-decoration:underline}
svg .node:focus-visible{outline:2px solid var(--link);outline-offset:1px}
.picture:has(.node:is(:hover,:focus-within)) .l{opacity:.05}
.picture .g:is(:hover,:focus-within) .l{opacity:1!important;stroke-width:2.2}
table{border-collapse:collapse;width:100%;font-size:.92rem;line-height:1.45}
caption{text-align:left;color:var(--soft);padding:0 0 .6rem}
th,td{text-align:left;vertical-align:top;padding:.55rem .7rem;border-bottom:1px solid var(--line);
overflow-wrap:break-word}
thead th{border-bottom:2px solid var(--line);font-weight:650;background:var(--paper)}
tbody th{font-weight:650;min-width:13rem;width:24%}
tbody th .key,tbody th small{display:block;font-weight:400;font-size:.86rem}
tbody tr:target{background:var(--card)}
td.num,th.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td a{text-decoration:none}td a:hover,td a:focus-visible{text-decoration:underline}
td ul{margin:0;padding:0;list-style:none}
td svg{width:.8rem;height:.8rem;vertical-align:-.08rem;margin-right:.3rem}
td li:has(svg){padding-left:1.1rem;text-indent:-1.1rem}
.wide{overflow-x:auto}
.narrow{display:none}
footer{margin-top:3.5rem;padding-bottom:3rem;color:var(--soft);font-size:.92rem}
@media (max-width:48rem){
header,main,footer{padding-left:1rem;padding-right:1rem}
header{padding-top:1.5rem}h1{font-size:1.5rem}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}.tiles dd{font-size:1.4rem}
table,caption,tbody,tr,th,td{display:block;width:100%}
thead{position:absolute;left:-999rem}
tbody tr{border:1px solid var(--line);border-radius:.6rem;padding:.4rem .8rem;margin:0 0 .8rem;background:var(--card)}
tbody th,td,td.num{border:0;padding:.3rem 0;min-width:0;text-align:left}
td{display:grid;grid-template-columns:7.2rem minmax(0,1fr);gap:.6rem}
td::before{content:attr(data-label);color:var(--soft)}
td.none{display:none}
tbody th{width:100%}.narrow{display:inline}
th,td{overflow-wrap:anywhere}
}
@media print{
:root{PRINT}
body{font-size:9.5pt}nav,.skip,.hint{display:none}
header,main,footer{max-width:none;padding:0}
.wide{overflow:visible}.scroll{border:0;overflow:visible}.picture{min-width:0!important;max-height:24cm}
figure,tbody tr{break-inside:avoid}h2{break-after:avoid}thead{display:table-header-group}
a{color:inherit;text-decoration:none}
}
"""


def style() -> str:
    """Give the style sheet."""
    rules = _SCREEN.replace("PRINT", _colours(LIGHT)).replace(",\n", ",").replace("px\n", "px ").replace("\n", "")
    return f":root{{{_colours(LIGHT)}}}@media (prefers-color-scheme:dark){{:root{{{_colours(DARK)}}}}}{rules}"


__all__ = ["DARK", "LIGHT", "style"]
