// Limits of the conversation with the helper (src/helper, src/backend, helper/protocol.h).

import type { Microseconds, Milliseconds } from "../time.ts";

/**
 * Milliseconds to wait for the helper before a reply is broadcast instead. The kernel sets a neighbour entry when it has its lock
 * on network settings (RTNL), one for all namespaces: where containers come and go it is held for tens of milliseconds.
 */
export const HELPER_DEADLINE_MS: Milliseconds = 200;

/**
 * Microseconds for which the daemon stands still for the helper's answer to a group. In a burst the largest group took 210 to
 * 260, by the kernel's record (perf sched).
 */
export const HELPER_WAIT_US: Microseconds = 500;

/** Milliseconds for which a helper that took longer is not waited for: its answers come by the event loop. */
export const HELPER_SLOW_MS: Milliseconds = 100;

/** Groups in a row that are waited for: then it is the turn of messages that have come meanwhile. */
export const HELPER_WAITS_MAX = 4;

/** Neighbour requests in one helper message (helper/protocol.h says the same). */
export const HELPER_BATCH = 64;

/** Entries of the table in which the helper remembers the neighbours that it has set (helper/neighbours.h says the same). */
export const HELPER_TABLE_ENTRIES = 256;

/** Messages to the helper whose answers are awaited at once: as many as fill its table twice. */
export const HELPER_PENDING_MAX = (2 * HELPER_TABLE_ENTRIES) / HELPER_BATCH;

/** Milliseconds to wait for a listener from the helper. */
export const LISTEN_DEADLINE_MS: Milliseconds = 5000;

/** Milliseconds for which a helper that did not answer is not asked again; its replies are broadcast meanwhile. */
export const HELPER_REST_MS: Milliseconds = 1000;

/** Milliseconds for which the daemon serves on without its helper before it ends, so that both are started anew. */
export const HELPER_GONE_MS: Milliseconds = 10_000;
