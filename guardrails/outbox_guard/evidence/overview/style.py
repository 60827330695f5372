"""How the page looks: light and dark, wide and narrow, on paper."""

CSS = """\
:root { color-scheme: light dark; --ground: #fff; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de;
  --card: #f6f8fa; --good: #116329; --bad: #a40e26; --warn: #7d4e00; --link: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --ink: #e6edf3; --soft: #9aa4ae;
  --line: #30363d; --card: #161b22; --good: #56d364; --bad: #ff7b72; --warn: #e3b341;
  --link: #79c0ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 72rem; background: var(--ground);
  color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .7rem; padding-bottom: .3rem;
  border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
a { color: var(--link); }
p { margin: .4rem 0; max-width: 46rem; }
.soft { color: var(--soft); }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; margin-top: 1rem; }
.note { border-left: 4px solid var(--warn); background: var(--card); padding: .6rem .9rem;
  margin: .8rem 0; }
.note.bad { border-color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .7rem .4rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; overflow-wrap: normal; }
td code { overflow-wrap: break-word; }  /* a place is as wide as its longest part */
td:first-child { overflow-wrap: normal; }
td.code, .matrix th:first-child { white-space: nowrap; }
.matrix th, .matrix td { min-width: 6.5rem; padding-right: .9rem; overflow-wrap: normal; }
.matrix thead th { vertical-align: bottom; }
.matrix tbody th { color: var(--ink); font-weight: 400; position: sticky; left: 0;
  background: var(--ground); }
code, pre, .code { font: .85rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: .8rem 1rem; margin: .4rem 0; overflow: auto; max-height: 26rem; tab-size: 4; }
.verdict { display: inline-block; min-width: 6.2rem; font-weight: 700; }
.holds, .proved { color: var(--good); }
.broken, .missing, .failed, .error, .no { color: var(--bad); }
.waived, .not-judged, .not-run, .inapplicable, .warning { color: var(--warn); }
ul { margin: .2rem 0; padding-left: 1.1rem; }
svg { display: block; width: 100%; min-width: 34rem; max-width: 54rem; height: auto;
  margin: .5rem 0; }
svg text { font: 13px system-ui, sans-serif; fill: var(--ink); }
svg .call { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
svg .state rect { fill: var(--card); stroke: var(--soft); stroke-width: 1.5; }
svg .state text { text-anchor: middle; fill: var(--soft); }
svg .state .name { font-size: 17px; font-weight: 700; fill: var(--ink); }
svg .way path { fill: none; stroke: var(--soft); stroke-width: 1.5; }
svg marker path { fill: var(--soft); }
@media (max-width: 44rem) { body { padding: 1.2rem .8rem 3rem; }
  .stack thead { display: none; } .stack tr { display: block; padding: .6rem 0;
  border-bottom: 1px solid var(--line); }
  .stack td { display: block; border: 0; padding: .1rem 0; } }
@media print { :root { --ground: #fff; --ink: #000; --soft: #444; --line: #bbb; --card: #fff;
  --good: #000; --bad: #000; --warn: #000; --link: #000; }
  body { max-width: none; padding: 0; font-size: 10pt; } nav { display: none; }
  pre { max-height: none; overflow: visible; white-space: pre-wrap; }
  .scroll { overflow: visible; } .matrix th, .matrix td { min-width: 0; font-size: 7pt; }
  svg { min-width: 0; } h2, h3, p:has(+ .scroll) { break-after: avoid; }
  tr, svg { break-inside: avoid; } }
"""
