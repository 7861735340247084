// Limits of the log (src/server/log, src/log-sink.ts).

import type { Milliseconds } from "../time.ts";

/** Lines a second that the log gives to DHCP messages, and how many of them in a row; a flood beyond it is summed up. */
export const LOG_LINES_PER_SECOND = 1000;
export const LOG_LINES_AT_ONCE = 250;

/** Of these, lines for DISCOVERs and OFFERs, which cost their sender nothing: a flood of them writes a megabyte a minute. */
export const LOG_DISCOVER_LINES_PER_SECOND = 60;
export const LOG_DISCOVER_LINES_AT_ONCE = 1000;

/** Octets of log lines that may wait for their reader; beyond it lines are dropped and counted. */
export const LOG_OCTETS_MAX = 1 << 20;

/** Lines for DHCP messages that are made in one turn of the event loop: about a millisecond of them. */
export const LOG_LINES_PER_TURN = 32;

/** Milliseconds for which lines for DHCP messages wait before they are made: a burst of clients is over by then. */
export const LOG_LINES_DELAY_MS: Milliseconds = 100;

/** Milliseconds from one write of log lines to the next. */
export const LOG_WRITE_INTERVAL_MS: Milliseconds = 25;
