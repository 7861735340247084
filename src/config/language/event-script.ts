// `event-script "PATH" [user NAME] [timeout SECONDS] [renewals];`. The launcher looks for the statement too, because it starts
// the process that runs the script (launcher/script_process.c).

import {
  SCRIPT_PATH_OCTETS_MAX,
  SCRIPT_SECONDS,
  SCRIPT_SECONDS_MAX,
  SCRIPT_SECONDS_MIN,
  SCRIPT_USER_OCTETS_MAX,
} from "../../base/limits/script.ts";
import type { Cursor } from "./cursor.ts";
import type { Parameter } from "./syntax.ts";
import { readDecimal } from "./values.ts";

const USER = new RegExp(`^[A-Za-z_][A-Za-z0-9_-]{0,${SCRIPT_USER_OCTETS_MAX - 1}}$`);
const SECONDS = { least: SCRIPT_SECONDS_MIN, most: SCRIPT_SECONDS_MAX, what: "seconds" };

/** The script that is run when leases change, and how. */
export function readEventScript(cursor: Cursor, at: number): Parameter | undefined {
  const path = readPath(cursor);
  if (path === undefined) return undefined;
  const user = cursor.takeWord("user") ? readUser(cursor) : "";
  const timeoutSeconds = cursor.takeWord("timeout") ? readDecimal(cursor, SECONDS) : SCRIPT_SECONDS;
  const tellsRenewals = cursor.takeWord("renewals");
  if (user === undefined || timeoutSeconds === undefined) return undefined;
  return { kind: "event-script", path, user, timeoutSeconds, tellsRenewals, at };
}

function readPath(cursor: Cursor): string | undefined {
  const token = cursor.peek();
  if (token.kind !== "string") return cursor.unexpected('the path of a script between " and "');
  cursor.next();
  const { text, at } = token;
  if (text.startsWith("/") && text.length <= SCRIPT_PATH_OCTETS_MAX && !/[\\\0\n]/.test(text)) return text;
  return cursor.report.error(at, "this is no path of a script", {
    expected: `a path from the root on, at most ${SCRIPT_PATH_OCTETS_MAX} octets, without a backslash and without arguments`,
  });
}

function readUser(cursor: Cursor): string | undefined {
  const token = cursor.peek();
  if ((token.kind !== "string" && token.kind !== "word") || !USER.test(token.text))
    return cursor.unexpected("the name of a user, as in user nobody");
  cursor.next();
  return token.text;
}
