// Times as the table keeps them: whole seconds in 32 bits, until 2106. A later time counts as never.

import type { EpochSeconds, Seconds } from "../../base/time.ts";

/** Stands for no end. */
export const NEVER = 0xffff_ffff;

/** A time, or a duration, as it is kept: rounded down, Infinity and all after 2106 as NEVER. */
export function toStored(time: EpochSeconds | Seconds): number {
  return time >= NEVER ? NEVER : Math.floor(time);
}

/** The time that is meant. */
export function fromStored(stored: number): number {
  return stored === NEVER ? Number.POSITIVE_INFINITY : stored;
}
