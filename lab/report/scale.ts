// Axes: where a value lies on one, and which values are worth a label. Pure.

/** An axis from `low` to `high`; a logarithmic one is wholly above zero. */
export interface Scale {
  readonly kind: "linear" | "log";
  readonly low: number;
  readonly high: number;
}

/** A linear axis from zero that holds all values, ending at a round number. */
export function linearScale(values: readonly number[]): Scale {
  const highest = Math.max(0, ...values.filter(Number.isFinite));
  if (highest === 0) return { kind: "linear", low: 0, high: 1 };
  const step = roundStep(highest);
  return { kind: "linear", low: 0, high: Math.ceil(highest / step - 1e-9) * step };
}

/** A logarithmic axis over whole powers of ten that holds all values above zero. */
export function logScale(values: readonly number[]): Scale {
  const above = values.filter((value) => Number.isFinite(value) && value > 0);
  if (above.length === 0) return { kind: "log", low: 1, high: 10 };
  const low = 10 ** Math.floor(Math.log10(Math.min(...above)) + 1e-9);
  const high = 10 ** Math.ceil(Math.log10(Math.max(...above)) - 1e-9);
  return { kind: "log", low, high: Math.max(high, low * 10) };
}

/** Where `value` lies: 0 at the low end, 1 at the high end, values outside at the nearer end. */
export function position(scale: Scale, value: number): number {
  const at =
    scale.kind === "linear"
      ? (value - scale.low) / (scale.high - scale.low)
      : Math.log(value / scale.low) / Math.log(scale.high / scale.low);
  return Math.min(1, Math.max(0, Number.isNaN(at) ? 0 : at));
}

/** Values for tick marks, ascending, both ends included, about `wanted` of them and at most 12. */
export function ticks(scale: Scale, wanted = 5): readonly number[] {
  if (scale.kind === "linear") {
    const step = roundStep(scale.high - scale.low, wanted);
    const count = Math.round((scale.high - scale.low) / step);
    return Array.from({ length: count + 1 }, (_, i) => Number((scale.low + i * step).toPrecision(12)));
  }
  const decades = Math.round(Math.log10(scale.high / scale.low));
  const step = Math.max(1, Math.ceil(decades / 11));
  return Array.from({ length: Math.floor(decades / step) + 1 }, (_, i) =>
    Number((scale.low * 10 ** (i * step)).toPrecision(12)),
  );
}

/** 1, 2, 2.5 or 5 times a power of ten that divides `length` into about `wanted` parts. */
function roundStep(length: number, wanted = 5): number {
  const rough = length / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= rough * 0.999) ?? 10;
  return factor * power;
}
