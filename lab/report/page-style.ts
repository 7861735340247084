// The page's style sheet: one column of text, tables that become lists on a phone, plots drawn for
// two widths, colours for light, dark and paper. No fonts or files from elsewhere. Pure.

/** Below this many CSS pixels a table's rows are stacked and the narrow plots are shown. */
const NARROW_BELOW = 960;

/** Colours for light and dark, by purpose. */
export const PLOT_COLOURS = `:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --ink: #1d1f21; --soft: #565b60; --line: #c9ccd0; --faint: #e9eaec; --accent: #0b5f7a;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181a; --ink: #e6e7e8; --soft: #a4a9ae; --line: #45494e; --faint: #26292c; --accent: #7cc4de; }
}
`;

/** How plots are drawn, on the page and in files of their own. */
export const PLOT_STYLE = `.plot text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: var(--ink); }
.plot .ours, .plot .heading { font-weight: 700; }
.plot .heading { font-size: 13px; }
.plot .value { text-anchor: end; font-variant-numeric: tabular-nums; }
.plot .tick, .plot .axis { text-anchor: middle; fill: var(--soft); font-size: 12px; }
.track { stroke: var(--faint); stroke-width: 1; }
.grid { stroke: var(--line); stroke-width: 1; stroke-dasharray: 1 3; }
.mark-solid { fill: var(--ink); stroke: none; }
.mark-hollow { fill: var(--paper); stroke: var(--ink); stroke-width: 1.5; }
.mark-line { fill: none; stroke: var(--ink); stroke-width: 1.5; }
.mark-median { fill: none; stroke: var(--ink); stroke-width: 3; }
.mark-box { fill: var(--line); stroke: var(--ink); stroke-width: 1; }
.bar { stroke: var(--ink); stroke-width: 1; }
.bar.solid { fill: var(--ink); }
.bar.hatched { fill: url(#hatched); }
.bar.dotted { fill: url(#dotted); }
.bar.outlined { fill: none; }
.paper { fill: var(--paper); }
`;

/** The whole style sheet. */
export const PAGE_STYLE = `
${PLOT_COLOURS}* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: .5rem 0 .25rem; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.75rem 0 .5rem; padding-top: .5rem; border-top: 2px solid var(--ink); }
h3 { font-size: 1.05rem; line-height: 1.35; margin: 2rem 0 .25rem; }
p, li { max-width: 44rem; }
p { margin: .4rem 0 .8rem; }
.lead { color: var(--soft); }
.note { border-left: 4px solid var(--ink); padding: .1rem 0 .1rem .8rem; }
code { font: .92em/1.4 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
ul, ol { padding-left: 1.3rem; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0 0; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
figure { margin: 1rem 0 1.5rem; }
.patterns { position: absolute; }
.plot { display: block; max-width: 100%; height: auto; overflow: visible; }
.plot.narrow { display: none; }
${PLOT_STYLE}.legend { list-style: none; padding: 0; margin: .5rem 0 0; display: flex; flex-wrap: wrap; gap: .15rem 1.25rem; font-size: .9rem; }
.legend svg { vertical-align: -3px; margin-right: .15rem; }
figcaption { color: var(--soft); font-size: .9rem; max-width: 44rem; margin-bottom: .75rem; }
table { border-collapse: collapse; width: 100%; margin: .75rem 0 1rem; font-size: .92rem; }
caption { text-align: left; color: var(--soft); font-size: .9rem; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem .45rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
thead th { border-bottom: 2px solid var(--ink); vertical-align: bottom; }
tbody th { font-weight: 600; }
td.number, th.number { text-align: right; padding-right: 0; padding-left: .7rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
th.number, td.number .how { white-space: normal; }
.group th { padding-top: 1.1rem; font-weight: 700; color: var(--soft); border-bottom: 1px solid var(--ink); }
.sign { font-weight: 700; }
.how { display: block; font-weight: 400; color: var(--soft); font-size: .88em; }
.matrix { table-layout: fixed; }
.matrix thead th:first-child { width: 20%; }
details { margin: .5rem 0 1rem; }
summary { cursor: pointer; color: var(--accent); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .5rem 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: ${NARROW_BELOW - 1}px) {
  main { padding: 1rem 1rem 3rem; }
  h1 { font-size: 1.45rem; }
  .plot.wide { display: none; }
  .plot.narrow { display: block; }
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacked, .stacked caption, .stacked tbody, .stacked tr, .stacked th, .stacked td { display: block; width: auto; }
  .stacked tr { border-bottom: 1px solid var(--ink); padding: .5rem 0; }
  .stacked th, .stacked td { border: 0; padding: .12rem 0; }
  .stacked td, .stacked td.number { display: grid; grid-template-columns: minmax(0, 40%) minmax(0, 1fr); gap: .75rem; text-align: left; padding: .12rem 0; white-space: normal; }
  .stacked td::before { content: attr(data-label); color: var(--soft); }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .4rem; }
}
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #333; --line: #999; --faint: #ddd; --accent: #000; }
  h2, figure, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
`;
