// Limits of the conversation with the process that changes elements of nftables sets (src/firewall, firewall/protocol.h).

import type { Milliseconds } from "../time.ts";

/** Sets that a configuration may name (firewall/protocol.h says the same). */
export const FIREWALL_SETS_MAX = 30;

/** Elements in one message (firewall/protocol.h says the same). */
export const FIREWALL_BATCH = 512;

/** Octets of a table's or a set's name (firewall/protocol.h has room for a NUL behind it). */
export const FIREWALL_NAME_OCTETS_MAX = 63;

/** Messages with changes whose answers are awaited at once: as many as the socket to the process holds. */
export const FIREWALL_PENDING_MAX = 16;

/** Milliseconds that an ACK waits for the kernel's answer, from when its lease is durable. */
export const FIREWALL_DEADLINE_MS: Milliseconds = 200;

/** The same where a late ACK is held back: its client would ask again after some seconds only. */
export const FIREWALL_HOLD_MS: Milliseconds = 1000;

/** Milliseconds for which no ACK waits for a process that did not answer in time, unless it is held back then; and for which a full set is not tried again. */
export const FIREWALL_REST_MS: Milliseconds = 1000;

/** Milliseconds for which the daemon's start waits to hear which sets there are. */
export const FIREWALL_START_MS: Milliseconds = 2000;

/**
 * Milliseconds between two comparisons of the sets with the leases because another program changes nftables, at least; and
 * so many times as long as the last one took.
 */
export const FIREWALL_COMPARE_MS: Milliseconds = 10_000;
export const FIREWALL_COMPARE_TIMES = 50;

/** Milliseconds between two comparisons with the leases of other servers of a cluster. */
export const FIREWALL_FOLLOW_MS: Milliseconds = 5000;

/** Leases that are compared in one turn of the event loop. */
export const FIREWALL_LEASES_PER_TURN = 2000;
