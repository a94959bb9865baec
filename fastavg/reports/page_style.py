"""The style of every page: light and dark by the reader's setting, narrow screens, print."""

from __future__ import annotations

LIGHT = """
--back: #ffffff; --text: #1f2328; --soft: #57606a; --edge: #d0d7de; --panel: #f6f8fa;
--warn: #9a3412; --shade: 31 111 180;
--c1: #1f6fb4; --c2: #b9500c; --c3: #1a7f5a; --c4: #8a4fb0; --c5: #b02a58; --c6: #6a6a00;
"""
DARK = """
--back: #14171c; --text: #e6e9ee; --soft: #9aa4b2; --edge: #343b46; --panel: #1c2129;
--warn: #f0a35c; --shade: 76 150 220;
--c1: #6cb2f0; --c2: #f0a35c; --c3: #5fc9a0; --c4: #c59be8; --c5: #f08ba3; --c6: #cfcf60;
"""
STYLE = f"""
:root {{ color-scheme: light dark; {LIGHT} }}
@media (prefers-color-scheme: dark) {{ :root {{ {DARK} }} }}
@media print {{ :root {{ color-scheme: light; {LIGHT} }} figure, tr {{ break-inside: avoid; }} }}
* {{ box-sizing: border-box; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 0 auto;
  padding: 1rem 1rem 4rem; color: var(--text); background: var(--back); }}
h1 {{ font-size: 1.7rem; line-height: 1.2; overflow-wrap: anywhere; }}
h2 {{ margin-top: 2.5rem; border-bottom: 1px solid var(--edge); padding-bottom: .3rem; }}
p, li {{ overflow-wrap: anywhere; }}
code {{ font-size: .9em; background: var(--panel); padding: .1em .3em; border-radius: 3px; }}
.wide {{ overflow-x: auto; margin: 1rem 0; }}
table {{ border-collapse: collapse; min-width: min(100%, 24rem);
  font-variant-numeric: tabular-nums; font-size: 15px; }}
th, td {{ border-bottom: 1px solid var(--edge); padding: .3rem .7rem; text-align: right;
  vertical-align: top; }}
th:first-child, td:first-child {{ text-align: left; }}
table.words th, table.words td {{ text-align: left; }}
table.words td:nth-child(2):last-child {{ overflow-wrap: anywhere; }}
@media (max-width: 30rem) {{ table {{ font-size: 13px; }} th, td {{ padding: .25rem .35rem; }} }}
td.shaded {{ background: rgb(var(--shade) / calc(var(--v) * .75)); }}
caption, figcaption {{ color: var(--soft); text-align: left; font-size: 14px; }}
caption {{ caption-side: bottom; padding-top: .4rem; }}
.figures {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr));
  gap: 1.2rem; margin: 1rem 0; }}
figure {{ margin: 0; padding: .8rem; background: var(--panel); border-radius: 8px; min-width: 0; }}
svg {{ width: 100%; height: auto; display: block; }}
svg text {{ font: 12px system-ui, sans-serif; fill: var(--soft); }}
img {{ max-width: 100%; }}
.grid {{ stroke: var(--edge); stroke-width: 1; }}
.axis {{ stroke: var(--soft); stroke-width: 1.5; }}
.dashed {{ stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 5 4; }}
.line {{ fill: none; stroke-width: 2; stroke-linejoin: round; }}
.line.c1 {{ stroke: var(--c1); }} .line.c2 {{ stroke: var(--c2); }}
.line.c3 {{ stroke: var(--c3); }} .line.c4 {{ stroke: var(--c4); }}
.line.c5 {{ stroke: var(--c5); }} .line.c6 {{ stroke: var(--c6); }}
.bar.c1, .dot.c1 {{ fill: var(--c1); }} .dot.c2 {{ fill: var(--c2); }}
.dot.c3 {{ fill: var(--c3); }} .dot.c4 {{ fill: var(--c4); }}
.dot.c5 {{ fill: var(--c5); }} .dot.c6 {{ fill: var(--c6); }}
.legend {{ margin: .3rem 0; font-size: 14px; color: var(--soft); }}
.key {{ margin-right: 1rem; display: inline-block; }}
.key i {{ display: inline-block; width: 1rem; height: .25rem; margin-right: .35rem;
  vertical-align: middle; }}
i.c1 {{ background: var(--c1); }} i.c2 {{ background: var(--c2); }}
i.c3 {{ background: var(--c3); }} i.c4 {{ background: var(--c4); }}
i.c5 {{ background: var(--c5); }} i.c6 {{ background: var(--c6); }}
.big {{ font-size: 2rem; font-weight: 600; line-height: 1.2; margin: .5rem 0 0; }}
ul.warnings {{ padding: .8rem .8rem .8rem 2rem; background: var(--panel); border-radius: 8px;
  border-left: 4px solid var(--warn); }}
"""
