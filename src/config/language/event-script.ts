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
import { hasBackslash, readPath } from "./path.ts";
import type { Parameter } from "./syntax.ts";
import { readDecimal } from "./values.ts";

const USER = new RegExp(`^[A-Za-z_][A-Za-z0-9_-]{0,${SCRIPT_USER_OCTETS_MAX - 1}}$`);
const WORDS = "user NAME, timeout SECONDS, renewals or ;";
const SECONDS = { least: SCRIPT_SECONDS_MIN, most: SCRIPT_SECONDS_MAX, what: "seconds" };

/** The script that is run when leases change, and how. */
export function readEventScript(cursor: Cursor, at: number): Parameter | undefined {
  const path = readPath(cursor, { what: "a script", octetsMax: SCRIPT_PATH_OCTETS_MAX });
  if (path === undefined) return undefined;
  if (isArgument(cursor)) return cursor.unexpected(`${WORDS}: the script has no further arguments`);
  const user = cursor.takeWord("user") ? readUser(cursor) : "";
  const timeoutSeconds = cursor.takeWord("timeout") ? readDecimal(cursor, SECONDS) : SCRIPT_SECONDS;
  const tellsRenewals = cursor.takeWord("renewals");
  if (user === undefined || timeoutSeconds === undefined) return undefined;
  if (!cursor.isMark(";"))
    return cursor.unexpectedWord(["user", "timeout", "renewals"], "; at the end of the statement");
  return { kind: "event-script", path, user, timeoutSeconds, tellsRenewals, at };
}

/** Whether something follows that looks like an argument for the script. */
function isArgument(cursor: Cursor): boolean {
  const { kind, text } = cursor.peek();
  return kind === "string" || (kind === "word" && text.startsWith("-"));
}

function readUser(cursor: Cursor): string | undefined {
  const token = cursor.peek();
  if (
    (token.kind !== "string" && token.kind !== "word") ||
    !USER.test(token.text) ||
    (token.kind === "string" && hasBackslash(token))
  )
    return cursor.unexpected("the name of a user, as in user nobody");
  cursor.next();
  return token.text;
}
