// The proleptic Gregorian calendar in UTC, without a clock.

import type { EpochSeconds } from "./time.ts";

const DAY_SECONDS = 86_400;

/** Seconds of midnight of a date (month 1..12); days are not checked. */
export function secondsOfDay(year: number, month: number, day: number): EpochSeconds {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const marchMonth = month > 2 ? month - 3 : month + 9;
  const dayOfYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return (era * 146_097 + dayOfEra - 719_468) * DAY_SECONDS;
}

/** Days of a month (1..12). */
export function daysInMonth(year: number, month: number): number {
  const next = month === 12 ? secondsOfDay(year + 1, 1, 1) : secondsOfDay(year, month + 1, 1);
  return (next - secondsOfDay(year, month, 1)) / DAY_SECONDS;
}
