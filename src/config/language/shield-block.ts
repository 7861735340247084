// The rates of the kernel shield:
//
//   shield {
//     hardware-address 1 burst 10;
//     relay-port 20 burst 100;
//     relay 500 burst 2000;
//     new-clients 1000 burst 4000;
//   }
//
// each DHCPDISCOVERs a second, and how many at once; `unlimited` in place of both. Rates that are left out have their
// defaults.

import { SHIELD_BURST_MAX, SHIELD_RATE_MAX } from "../../base/limits/shield.ts";
import { DEFAULT_SHIELD_RATES, type Rate, type ShieldRates } from "../../base/shield-rates.ts";
import type { Cursor } from "./cursor.ts";
import type { Parameter } from "./syntax.ts";
import { readDecimal } from "./values.ts";

const ENTRIES: ReadonlyMap<string, keyof ShieldRates> = new Map([
  ["hardware-address", "hardwareAddress"],
  ["relay-port", "relayPort"],
  ["relay", "relay"],
  ["new-clients", "newClient"],
]);
const EXPECTED = `${[...ENTRIES.keys()].join(", ")}, or } at the end of the block`;
const PER_SECOND = { least: 1, most: SHIELD_RATE_MAX, what: "DHCPDISCOVERs a second" };
const BURST = { least: 1, most: SHIELD_BURST_MAX, what: "DHCPDISCOVERs at once" };

/** Reads the block. */
export function readShieldBlock(cursor: Cursor, at: number): Parameter | undefined {
  if (!cursor.takeMark("{"))
    return cursor.unexpected("{ and the rates of the kernel shield, as in shield { new-clients 1000; }");
  const rates: { -readonly [K in keyof ShieldRates]: Rate } = { ...DEFAULT_SHIELD_RATES };
  while (!cursor.takeMark("}")) {
    const entry = cursor.peek().kind === "word" ? ENTRIES.get(cursor.peek().text.toLowerCase()) : undefined;
    if (entry === undefined) return cursor.unexpected(EXPECTED);
    cursor.next();
    const rate = readRate(cursor);
    if (rate === undefined) return undefined;
    if (!cursor.takeMark(";")) return cursor.unexpected("; at the end of the entry");
    rates[entry] = rate;
  }
  return { kind: "shield", rates, at };
}

/** `unlimited`, or `RATE [burst COUNT]`: without a count as many as come in two seconds, but ten at least. */
function readRate(cursor: Cursor): Rate | undefined {
  if (cursor.takeWord("unlimited")) return { perSecond: 0, burst: 1 };
  const perSecond = readDecimal(cursor, PER_SECOND);
  if (perSecond === undefined) return undefined;
  const burst = cursor.takeWord("burst") ? readDecimal(cursor, BURST) : Math.max(10, 2 * perSecond);
  return burst === undefined ? undefined : { perSecond, burst };
}
