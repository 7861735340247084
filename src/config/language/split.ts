// A fixed split: servers without a common store, each with its own ranges of the subnets that they all serve.
//
//   split "a" hold 3600;
//   subnet 10.0.0.0 netmask 255.255.255.0 {
//     range 10.0.0.10 10.0.0.99 of "a";
//     range 10.0.0.100 10.0.0.199 of "b";
//   }

import { SPLIT_HOLD_SECONDS, SPLIT_HOLD_SECONDS_MAX, SPLIT_HOLD_SECONDS_MIN } from "../../base/limits/cluster.ts";
import type { Cursor } from "./cursor.ts";
import type { Parameter } from "./syntax.ts";
import { readDecimal } from "./values.ts";

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** `"NAME" [hold SECONDS]` behind `split`. */
export function readSplit(cursor: Cursor, at: number): Parameter | undefined {
  const name = readServerName(cursor);
  if (name === undefined) return undefined;
  const bounds = { least: SPLIT_HOLD_SECONDS_MIN, most: SPLIT_HOLD_SECONDS_MAX, what: "seconds" };
  const holdSeconds = cursor.takeWord("hold") ? readDecimal(cursor, bounds) : SPLIT_HOLD_SECONDS;
  return holdSeconds === undefined ? undefined : { kind: "split", name, holdSeconds, at };
}

/** `of "NAME"` behind a range; an empty name where there is none, undefined after a complaint. */
export function readRangeServer(cursor: Cursor): string | undefined {
  return cursor.takeWord("of") ? readServerName(cursor) : "";
}

function readServerName(cursor: Cursor): string | undefined {
  const token = cursor.peek();
  if (token.kind !== "string") return cursor.unexpected('the name of a server between " and "');
  if (!NAME.test(token.text))
    return cursor.report.error(token.at, `"${token.text}" cannot be the name of a server`, {
      expected: "1 to 63 letters, digits, dots, dashes and underscores",
    });
  cursor.next();
  return token.text;
}
