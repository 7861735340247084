// Limits of the control socket (src/control, src/cli).

import type { Milliseconds } from "../time.ts";

/** Clients of the control socket at once. */
export const CONTROL_CLIENTS_MAX = 16;

/** Longest line a client of the control socket may send. */
export const CONTROL_REQUEST_OCTETS_MAX = 65_536;

/** Milliseconds for which anydhcpctl waits for the daemon to say something, but for the end of a reload. */
export const CONTROL_ANSWER_MS: Milliseconds = 5000;

/** Milliseconds after which a daemon that still looks for a lease to tell writes an empty line: well below CONTROL_ANSWER_MS. */
export const LEASES_LOOK_MS: Milliseconds = 1000;

/** Leases sent to a client of the control socket in one turn of the event loop: they take about half a millisecond. */
export const LEASES_TOLD_PER_TURN = 100;

/** Leases and events sent to a subscriber in one step of the pace. */
export const LEASES_TOLD_PER_STEP = 20;

/**
 * Leases on a page, those that are looked at for one in a turn of the event loop (about half a millisecond of them), and
 * milliseconds between two such turns: one search after the other takes a third of the server's time.
 */
export const LEASES_ON_PAGE = 50;
export const LEASES_SEARCHED_PER_TURN = 100;
export const LEASE_SEARCH_PAUSE_MS: Milliseconds = 1;

/** Milliseconds for which a health check waits for the daemon: the routes of a slower one are withdrawn. */
export const HEALTH_ANSWER_MS = 1500;

/**
 * Milliseconds within which the server has to hear from itself, and after which it asks once more: less than a health check
 * waits, and more than a turn of the event loop takes at the worst.
 */
export const SELF_EXCHANGE_MS = 600;
export const SELF_QUERY_REPEAT_MS = 200;

/** Milliseconds between two looks of `anydhcpctl health --watch`, and between two lines of it that say the same. */
export const HEALTH_LOOK_MS = 200;
export const HEALTH_REPEAT_MS = 1000;

/**
 * Milliseconds between two looks whether the output of `anydhcpctl events` still has a reader: it may write nothing for
 * hours.
 */
export const UNREAD_LOOK_MS: Milliseconds = 200;

/** Milliseconds between two looks whether another process has made its reservation, and for how long one waits for that. */
export const RESERVATION_LOOK_MS: Milliseconds = 50;
export const RESERVATION_WAIT_MS: Milliseconds = 30_000;

/** Addresses of a subnet of which one is looked for that a relay may have, for a made-up query. */
export const RELAY_ADDRESSES_TRIED = 1024;

/** Leases whose hardware address is compared in one turn of the event loop: they take less than a millisecond. */
export const LEASES_COMPARED_PER_TURN = 2500;

/** Octets of a captured query that may be asked about. */
export const EXPLAINED_QUERY_OCTETS_MAX = 1500;

/** Octets of a capture file that `anydhcpctl explain` reads, and queries in it that it explains. */
export const CAPTURE_OCTETS_MAX = 64 * 1024 * 1024;
export const CAPTURE_QUERIES_MAX = 1000;

/** Longest line of a log that `anydhcpctl explain` reads. */
export const LOG_LINE_LENGTH_MAX = 8192;
