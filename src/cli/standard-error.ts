// The daemon's messages before its log is open, and when it ends without one.

import { isJournal, Priority } from "../journal-stream.ts";

/** Writes lines to standard error; in the journal each gets the priority. */
export function report(text: string, priority: Priority = Priority.error): void {
  const prefix = isJournal(2) ? `<${priority}>` : "";
  process.stderr.write(prefix === "" ? text : text.replace(/^(?=.)/gm, prefix));
}
