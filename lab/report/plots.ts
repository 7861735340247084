// Plots as SVG, drawn row by row: a label, marks on a track, the figure in words. A mark's shape or pattern, never its
// colour, shows its meaning; colours are the page's (CSS variables), so that they follow light and dark. Each plot is
// drawn twice, for wide and for narrow windows, because scaled letters cannot be read. Pure.

import { element, escapeMarkup } from "./markup.ts";
import { PLOT_COLOURS, PLOT_STYLE } from "./page-style.ts";
import { position, type Scale, ticks } from "./scale.ts";

/** Shapes of single values and patterns of bars; the first differ most. */
export type Shape = "circle" | "square" | "triangle" | "diamond" | "cross";
export type Pattern = "solid" | "hatched" | "outlined" | "dotted";

/** Something drawn on a row's track. */
export type Mark =
  | { readonly kind: "dot"; readonly at: number; readonly shape: Shape; readonly hollow?: boolean }
  | { readonly kind: "tick"; readonly at: number }
  | { readonly kind: "range"; readonly from: number; readonly to: number }
  | { readonly kind: "box"; readonly from: number; readonly to: number }
  | { readonly kind: "bar"; readonly to: number; readonly pattern: Pattern };

/** One line of a plot. */
export interface Row {
  readonly label: string;
  /** Set in bold: what the page is about. */
  readonly ours?: boolean;
  /** The figure in words, at the right. */
  readonly value: string;
  readonly marks: readonly Mark[];
  /** Starts a group of this name, which stands above. */
  readonly group?: string;
}

/** A plot before it is drawn. */
export interface Plot {
  /** The text for screen readers instead of the drawing. */
  readonly description: string;
  readonly axis: string;
  readonly scale: Scale;
  readonly tickText: (value: number) => string;
  readonly rows: readonly Row[];
  /** What the marks mean. */
  readonly legend: readonly { readonly mark: Mark; readonly text: string }[];
}

/** The widths that plots are drawn for, in CSS pixels. */
export const WIDE = 760;
export const NARROW = 330;

const LETTERS = 13;
const BAND = 30;
/** Of rows that stand in groups. */
const GROUPED_BAND = 20;
const LABEL_BAND = 17;
const GROUP_GAP = 10;
const LABEL_WIDTH = 205;
const VALUE_WIDTH = 150;
const MARGIN = 26;
const HEADING_BAND = 20;
/** Around the drawing in a file of its own. */
const FILE_MARGIN = 16;

/** Where on a row's track values are drawn. */
interface PlotArea {
  readonly scale: Scale;
  readonly left: number;
  readonly right: number;
}

/** Fill patterns that bars refer to; once on a page, not hidden by `display: none`. */
export function patternDefinitions(): string {
  const tile = { width: 6, height: 6, patternUnits: "userSpaceOnUse" };
  const hatch = element("path", { d: "M-1 1L1 -1M0 6L6 0M5 7L7 5", class: "mark-line" });
  const dots = element("circle", { cx: 2, cy: 2, r: 1.3, class: "mark-solid" });
  const patterns =
    element("pattern", { id: "hatched", ...tile }, hatch) + element("pattern", { id: "dotted", ...tile }, dots);
  const attributes = { width: 0, height: 0, class: "patterns", "aria-hidden": "true", focusable: "false" };
  return element("svg", attributes, element("defs", {}, patterns));
}

/** Both drawings of a plot; the page's style shows the one that fits. */
export function drawPlot(plot: Plot): string {
  return drawAt(plot, WIDE, "wide").svg + drawAt(plot, NARROW, "narrow").svg;
}

/**
 * A plot as an SVG file of its own, for light and dark: the wide drawing with `lines` above it, the first of them as its
 * title and the last of them below it.
 */
export function drawFile(plot: Plot, lines: readonly string[]): string {
  const [title = "", ...others] = lines;
  const [middle, foot] = [others.slice(0, -1), others.at(-1) ?? ""];
  const top = LETTERS * 2 + (middle.length + 1) * LABEL_BAND;
  const drawn = drawAt(plot, WIDE, "wide");
  const height = top + drawn.height + HEADING_BAND;
  const text = (content: string, y: number, style: string): string =>
    element("text", { x: 0, y, class: style }, escapeMarkup(content));
  const parts = [
    `<title>${escapeMarkup(title)}</title>`,
    `<style>${PLOT_COLOURS}${PLOT_STYLE}</style>`,
    element("rect", { width: WIDE + 2 * FILE_MARGIN, height, class: "paper" }),
    patternDefinitions(),
    `<g class="plot" transform="translate(${FILE_MARGIN} 0)">`,
    text(title, LETTERS * 2, "heading"),
    ...middle.map((line, index) => text(line, LETTERS * 2 + (index + 1) * LABEL_BAND, "label")),
    text(foot, height - LABEL_BAND / 2, "label"),
    "</g>",
    `<g transform="translate(${FILE_MARGIN} ${top})">${drawn.svg}</g>`,
  ];
  const size = `viewBox="0 0 ${WIDE + 2 * FILE_MARGIN} ${height}" width="${WIDE + 2 * FILE_MARGIN}" height="${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">\n${parts.join("\n")}\n</svg>\n`;
}

/** The plot's legend as an HTML list with a sample of each mark. */
export function drawLegend(plot: Plot): string {
  const area: PlotArea = { scale: { kind: "linear", low: 0, high: 1 }, left: 3, right: 31 };
  const items = plot.legend.map(({ mark, text }) => {
    const sample = element(
      "svg",
      { width: 34, height: 16, viewBox: "0 0 34 16", "aria-hidden": "true", focusable: "false" },
      drawMark(mark, area, 8),
    );
    return `<li>${sample} ${escapeMarkup(text)}</li>`;
  });
  return items.length === 0 ? "" : `<ul class="legend">${items.join("")}</ul>`;
}

function drawAt(plot: Plot, width: number, name: "wide" | "narrow"): { readonly svg: string; readonly height: number } {
  const narrow = name === "narrow";
  const area: PlotArea = narrow
    ? { scale: plot.scale, left: MARGIN, right: width - MARGIN }
    : { scale: plot.scale, left: LABEL_WIDTH, right: width - VALUE_WIDTH };
  const parts: string[] = [];
  const band = plot.rows.some(({ group }) => group !== undefined) ? GROUPED_BAND : BAND;
  let top = 4;
  for (const [index, row] of plot.rows.entries()) {
    if (row.group !== undefined) {
      if (index > 0) top += GROUP_GAP;
      const heading = { x: 0, y: top + LETTERS, class: row.ours === true ? "heading ours" : "heading" };
      parts.push(element("text", heading, escapeMarkup(row.group)));
      top += HEADING_BAND;
    }
    const labelAt = narrow ? top + LETTERS : top + band / 2 + 4;
    if (narrow) top += LABEL_BAND;
    const middle = top + band / 2;
    parts.push(drawRow(row, area, { middle, labelAt, width: narrow ? width : width - 2 }));
    top += band;
  }
  const axis = drawAxis(plot, area, top, width);
  const height = top + 42;
  const svg = element(
    "svg",
    {
      class: `plot ${name}`,
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": plot.description,
    },
    axis + parts.join(""),
  );
  return { svg, height };
}

function drawRow(row: Row, area: PlotArea, at: { middle: number; labelAt: number; width: number }): string {
  const track = element("path", { d: `M${area.left} ${at.middle}H${area.right}`, class: "track" });
  const label = { x: 0, y: at.labelAt, class: row.ours === true && row.group === undefined ? "label ours" : "label" };
  const value = { x: at.width, y: at.labelAt, class: "value" };
  return (
    track +
    row.marks.map((mark) => drawMark(mark, area, at.middle)).join("") +
    element("text", label, escapeMarkup(row.label)) +
    element("text", value, escapeMarkup(row.value))
  );
}

function drawAxis(plot: Plot, area: PlotArea, top: number, width: number): string {
  const most = width === NARROW ? 4 : 6;
  const all = ticks(plot.scale);
  const step = Math.ceil((all.length - 1) / most) || 1;
  const shown = all.filter((_, index) => index % step === 0);
  const lines = shown.map((value) => {
    const x = xOf(area, value);
    const grid = element("path", { d: `M${x} 4V${top}`, class: "grid" });
    return grid + element("text", { x, y: top + 16, class: "tick" }, escapeMarkup(plot.tickText(value)));
  });
  const middle = (area.left + area.right) / 2;
  return lines.join("") + element("text", { x: middle, y: top + 35, class: "axis" }, escapeMarkup(plot.axis));
}

function drawMark(mark: Mark, area: PlotArea, y: number): string {
  switch (mark.kind) {
    case "dot":
      return drawShape(mark.shape, xOf(area, mark.at), y, mark.hollow === true ? "mark-hollow" : "mark-solid");
    case "tick":
      return element("path", { d: `M${xOf(area, mark.at)} ${y - 9}v18`, class: "mark-median" });
    case "range": {
      const [from, to] = [xOf(area, mark.from), xOf(area, mark.to)];
      return element("path", { d: `M${from} ${y}H${to}M${from} ${y - 4}v8M${to} ${y - 4}v8`, class: "mark-line" });
    }
    case "box": {
      const [from, to] = [xOf(area, mark.from), xOf(area, mark.to)];
      return element("rect", {
        x: from,
        y: y - 6,
        width: Math.max(1, round(to - from)),
        height: 12,
        class: "mark-box",
      });
    }
    case "bar": {
      const width = Math.max(1.5, round(xOf(area, mark.to) - area.left));
      const rectangle = { x: area.left, y: y - 6, width, height: 12 };
      return element("rect", { ...rectangle, class: `bar ${mark.pattern}` });
    }
  }
}

function drawShape(shape: Shape, x: number, y: number, style: string): string {
  switch (shape) {
    case "circle":
      return element("circle", { cx: x, cy: y, r: 4, class: style });
    case "square":
      return element("path", { d: `M${x - 4} ${y - 4}h8v8h-8z`, class: style });
    case "triangle":
      return element("path", { d: `M${x - 5} ${y + 4}h10l-5 -9z`, class: style });
    case "diamond":
      return element("path", { d: `M${x - 5} ${y}l5 -5l5 5l-5 5z`, class: style });
    case "cross":
      return element("path", { d: `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`, class: "mark-line" });
  }
}

function xOf(area: PlotArea, value: number): number {
  return round(area.left + position(area.scale, value) * (area.right - area.left));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
