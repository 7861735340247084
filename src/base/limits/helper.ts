// Limits of the conversation with the helper (src/helper, src/backend, helper/protocol.h).

import type { Milliseconds } from "../time.ts";

/**
 * Milliseconds to wait for the helper before a reply is broadcast instead. The kernel sets a neighbour entry when it has its lock
 * on network settings (RTNL), one for all namespaces: where containers come and go it is held for tens of milliseconds.
 */
export const HELPER_DEADLINE_MS: Milliseconds = 200;

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
