// Whether what we write goes to systemd's journal, which takes a priority from the front of each line
// (sd-daemon(3)) and has a time of its own.

import { fstatSync } from "node:fs";

/** Priorities of syslog(3), as the journal has them. */
export const Priority = { critical: 2, error: 3, warning: 4, info: 6, debug: 7 } as const;
export type Priority = (typeof Priority)[keyof typeof Priority];

/**
 * Whether the descriptor is the one that JOURNAL_STREAM names: the processes that we start inherit the variable alone.
 */
export function isJournal(fd: number): boolean {
  const named = process.env["JOURNAL_STREAM"];
  if (named === undefined) return false;
  try {
    const { dev, ino } = fstatSync(fd);
    return named === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
