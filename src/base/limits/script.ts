// Limits of the event script (src/script). script/protocol.h has its own for the process that runs it.

import type { Milliseconds, Seconds } from "../time.ts";

/** Seconds that a script may take; the setting's default and bounds. script/protocol.h has the same bounds. */
export const SCRIPT_SECONDS: Seconds = 60;
export const SCRIPT_SECONDS_MIN: Seconds = 1;
export const SCRIPT_SECONDS_MAX: Seconds = 3600;

/** Longest path of a script. */
export const SCRIPT_PATH_OCTETS_MAX = 1024;

/** Longest name of its user, by useradd(8). */
export const SCRIPT_USER_OCTETS_MAX = 32;

/** Events that wait for the script; beyond, the script runs for all leases again. Each takes about half a kilobyte. */
export const SCRIPT_EVENTS_MAX = 4096;

/** Leases that are looked at for the script in one step of the pace. */
export const SCRIPT_LEASES_PER_STEP = 16;

/** Milliseconds that a run counts for in the pace: about what a small program takes of a processor to start and to end, and what goes with it. */
export const SCRIPT_RUN_COST_MS: Milliseconds = 1.5;

/** Octets of a variable's value, and of all arguments and variables of a call; script/protocol.h has the latter. */
export const SCRIPT_VALUE_OCTETS_MAX = 1024;
export const SCRIPT_REQUEST_OCTETS_MAX = 12_288;

/** Variables that a call of the script has at most; script/protocol.h has the same. */
export const SCRIPT_VARIABLES_MAX = 48;

/** User classes of one client that a call of the script has. */
export const SCRIPT_USER_CLASSES_MAX = 16;

/** Octets of the longest line of a script's output that comes from script/run.c. */
export const SCRIPT_LINE_OCTETS_MAX = 400;

/** Lines of scripts' output that are logged in a minute. */
export const SCRIPT_LINES_A_MINUTE = 100;

/** Milliseconds between two lines of the log about the same trouble with the script. */
export const SCRIPT_TROUBLE_MS: Milliseconds = 60_000;

/**
 * After a restart the script runs again for leases that ended up to so long before the last sign of life of the server
 * before.
 */
export const SCRIPT_REPEATED_SECONDS: Seconds = 3600;
