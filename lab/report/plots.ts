// Plots as SVG, drawn row by row: a label, marks on a track, the figure in words. What a mark means is
// told by its shape or its pattern, never by its colour; colours are the page's (CSS variables), so that
// they follow light and dark. Each plot is drawn twice, for wide and for narrow windows, because scaled
// letters cannot be read. Pure.

import { element, escapeMarkup } from "./markup.ts";
import { position, type Scale, ticks } from "./scale.ts";

/** Shapes of single values and patterns of bars, in the order they are told apart best. */
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
  /** What a listener is told instead of the drawing. */
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

interface Frame {
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
  return drawAt(plot, WIDE, "wide") + drawAt(plot, NARROW, "narrow");
}

/** The plot's legend as an HTML list with a sample of each mark. */
export function drawLegend(plot: Plot): string {
  const frame: Frame = { scale: { kind: "linear", low: 0, high: 1 }, left: 3, right: 31 };
  const items = plot.legend.map(({ mark, text }) => {
    const sample = element(
      "svg",
      { width: 34, height: 16, viewBox: "0 0 34 16", "aria-hidden": "true", focusable: "false" },
      drawMark(mark, frame, 8),
    );
    return `<li>${sample} ${escapeMarkup(text)}</li>`;
  });
  return items.length === 0 ? "" : `<ul class="legend">${items.join("")}</ul>`;
}

function drawAt(plot: Plot, width: number, name: "wide" | "narrow"): string {
  const narrow = name === "narrow";
  const frame: Frame = narrow
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
    parts.push(drawRow(row, frame, { middle, labelAt, width: narrow ? width : width - 2 }));
    top += band;
  }
  const axis = drawAxis(plot, frame, top, width);
  const height = top + 42;
  return element(
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
}

function drawRow(row: Row, frame: Frame, at: { middle: number; labelAt: number; width: number }): string {
  const track = element("path", { d: `M${frame.left} ${at.middle}H${frame.right}`, class: "track" });
  const label = { x: 0, y: at.labelAt, class: row.ours === true && row.group === undefined ? "label ours" : "label" };
  const value = { x: at.width, y: at.labelAt, class: "value" };
  return (
    track +
    row.marks.map((mark) => drawMark(mark, frame, at.middle)).join("") +
    element("text", label, escapeMarkup(row.label)) +
    element("text", value, escapeMarkup(row.value))
  );
}

function drawAxis(plot: Plot, frame: Frame, top: number, width: number): string {
  const most = width === NARROW ? 4 : 6;
  const all = ticks(plot.scale);
  const step = Math.ceil((all.length - 1) / most) || 1;
  const shown = all.filter((_, index) => index % step === 0);
  const lines = shown.map((value) => {
    const x = placeOf(frame, value);
    const grid = element("path", { d: `M${x} 4V${top}`, class: "grid" });
    return grid + element("text", { x, y: top + 16, class: "tick" }, escapeMarkup(plot.tickText(value)));
  });
  const middle = (frame.left + frame.right) / 2;
  return lines.join("") + element("text", { x: middle, y: top + 35, class: "axis" }, escapeMarkup(plot.axis));
}

function drawMark(mark: Mark, frame: Frame, y: number): string {
  switch (mark.kind) {
    case "dot":
      return drawShape(mark.shape, placeOf(frame, mark.at), y, mark.hollow === true ? "mark-hollow" : "mark-solid");
    case "tick":
      return element("path", { d: `M${placeOf(frame, mark.at)} ${y - 9}v18`, class: "mark-median" });
    case "range": {
      const [from, to] = [placeOf(frame, mark.from), placeOf(frame, mark.to)];
      return element("path", { d: `M${from} ${y}H${to}M${from} ${y - 4}v8M${to} ${y - 4}v8`, class: "mark-line" });
    }
    case "box": {
      const [from, to] = [placeOf(frame, mark.from), placeOf(frame, mark.to)];
      return element("rect", {
        x: from,
        y: y - 6,
        width: Math.max(1, round(to - from)),
        height: 12,
        class: "mark-box",
      });
    }
    case "bar": {
      const width = Math.max(1.5, round(placeOf(frame, mark.to) - frame.left));
      const rectangle = { x: frame.left, y: y - 6, width, height: 12 };
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

function placeOf(frame: Frame, value: number): number {
  return round(frame.left + position(frame.scale, value) * (frame.right - frame.left));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
