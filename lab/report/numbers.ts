// Numbers as people read them on all pages: three digits that mean something, a thin
// space between thousands, units that fit. Pure.

import type { Spread } from "../results.ts";
import type { Comparability } from "./statistics.ts";

const THIN_SPACE = "\u202f";
const NONE = "\u2013";

/** A number with about three significant digits: `0.0421`, `3.14`, `52 300`; a dash for none. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  if (value === 0) return "0";
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  if (magnitude >= 2) {
    const unit = 10 ** (magnitude - 2);
    return withThousands(Math.round(value / unit) * unit);
  }
  return String(Number(value.toPrecision(3)));
}

/** "median (least to most)"; a dash for none. */
export function formatRange(of: Spread | null | undefined): string {
  if (of === null || of === undefined) return NONE;
  return `${formatNumber(of.median)} (${formatNumber(of.min)} to ${formatNumber(of.max)})`;
}

/** An integer in full: `100 000`. */
export function formatCount(value: number): string {
  return Number.isFinite(value) ? withThousands(Math.round(value)) : NONE;
}

/** Milliseconds in the unit that fits: `85 µs`, `1.2 ms`, `2.03 s`. */
export function formatMilliseconds(value: number): string {
  if (!Number.isFinite(value)) return NONE;
  if (value < 1) return `${formatNumber(value * 1000)}${THIN_SPACE}µs`;
  if (value < 1000) return `${formatNumber(value)}${THIN_SPACE}ms`;
  return `${formatNumber(value / 1000)}${THIN_SPACE}s`;
}

/** A share of 1 in percent: `48 %`, `0.02 %`. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return NONE;
  const percent = share * 100;
  if (percent !== 0 && percent < 0.005) return `<${THIN_SPACE}0.01${THIN_SPACE}%`;
  return `${Number(percent.toFixed(percent < 10 ? 2 : 0))}${THIN_SPACE}%`;
}

/** How two measurements compare: `×0.85`, or that it is not clear; a dash where it is not known. */
export function formatRatio(ratio: Comparability): string {
  if (ratio === "unclear") return "no clear difference";
  return ratio !== "unknown" && Number.isFinite(ratio) ? `×${formatNumber(ratio)}` : NONE;
}

function withThousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
}
