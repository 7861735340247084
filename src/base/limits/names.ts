// Limits of names in DNS (src/names).

import type { Milliseconds } from "../time.ts";

/** Longest path of a hosts file. */
export const HOSTS_PATH_OCTETS_MAX = 1000;

/** Octets of a name as text, without the root's dot (RFC 1035 section 2.3.4: 255 as octets of a message). */
export const NAME_OCTETS_MAX = 253;

/** Octets of one label (RFC 1035 section 2.3.4). */
export const LABEL_OCTETS_MAX = 63;

/** Leases looked at in one turn of the event loop; each takes a few microseconds. */
export const NAMES_PER_TURN = 256;

/**
 * Milliseconds from the start of one write of the hosts file to the next, and how many times as long as a write takes
 * they are at least: the first change is written at once, and a large file costs a tenth of the disk's time.
 */
export const HOSTS_WRITE_MS: Milliseconds = 250;
export const HOSTS_WRITE_TIMES = 10;

/** Milliseconds until a write that failed is tried again: at first and at most. */
export const HOSTS_RETRY_MS: Milliseconds = 1000;
export const HOSTS_RETRY_MOST_MS: Milliseconds = 60_000;

/** Lines of the log about names that are not given, in so many milliseconds; beyond, they are counted only. */
export const NAME_NOTICES_MAX = 10;
export const NAME_NOTICES_MS: Milliseconds = 60_000;
