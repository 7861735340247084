// Dates as dhcpd.conf(5) writes them: `4 2037/12/31 23:59:59`, in UTC. The weekday in front is for people.

import { daysInMonth, secondsOfDay } from "../../base/calendar.ts";
import type { EpochSeconds } from "../../base/time.ts";
import type { Cursor } from "./cursor.ts";
import { readDecimal } from "./values.ts";

const EXPECTED = "a date like 4 2037/12/31 23:59:59, weekday (Sunday is 0), day and time in UTC";

/** Reads a date; undefined after a complaint. */
export function readDate(cursor: Cursor): EpochSeconds | undefined {
  const { at } = cursor.peek();
  if (readDecimal(cursor, { least: 0, most: 6, what: "weekday" }) === undefined) return undefined;
  const day = readParts(cursor, "/", [1970, 1, 1], [9999, 12, 31]);
  const time = day && readParts(cursor, ":", [0, 0, 0], [23, 59, 59]);
  if (time === undefined) return undefined;
  cursor.takeWord("utc");
  const [year = 0, month = 0, dayOfMonth = 0] = day ?? [];
  const [hour = 0, minute = 0, second = 0] = time;
  if (dayOfMonth > daysInMonth(year, month))
    return cursor.report.error(at, `there is no day ${year}/${month}/${dayOfMonth}`, { expected: EXPECTED });
  return secondsOfDay(year, month, dayOfMonth) + (hour * 60 + minute) * 60 + second;
}

function readParts(
  cursor: Cursor,
  mark: "/" | ":",
  least: readonly number[],
  most: readonly number[],
): readonly number[] | undefined {
  const parts: number[] = [];
  for (const [i, lowest] of least.entries()) {
    if (i > 0 && !cursor.takeMark(mark)) return cursor.unexpected(EXPECTED);
    const part = readDecimal(cursor, { least: lowest, most: most[i] ?? 0, what: "part of a date" });
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts;
}
