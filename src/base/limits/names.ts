// Limits of names in DNS (src/names).

import type { Milliseconds } from "../time.ts";

/** Longest path of a hosts file. */
export const HOSTS_PATH_OCTETS_MAX = 1000;

/** Octets of a name as text, without the root's dot (RFC 1035 section 2.3.4: 255 as octets of a message). */
export const NAME_OCTETS_MAX = 253;

/** Octets of one label (RFC 1035 section 2.3.4). */
export const LABEL_OCTETS_MAX = 63;

/** Leases looked at in one step of the pace: less than a tenth of a millisecond of them. */
export const NAMES_PER_STEP = 8;

/**
 * Addresses with names up to which the hosts file is made in one step, and so shows one moment: they take some two
 * milliseconds. Octets of a larger one that are written and synced at once: it must not hold up the disk for leases.
 */
export const HOSTS_WHOLE_NAMES = 2000;
export const HOSTS_PIECE_OCTETS = 256 * 1024;

/**
 * Milliseconds from the start of one write of the hosts file to the next, and how many times as long as a write takes
 * they are at least, up to a limit: the first change is written at once, and a large file costs a tenth of the disk's time.
 */
export const HOSTS_WRITE_MS: Milliseconds = 250;
export const HOSTS_WRITE_TIMES = 10;
export const HOSTS_WRITE_MOST_MS: Milliseconds = 2000;

/** Milliseconds until a write that failed is tried again: at first and at most. */
export const HOSTS_RETRY_MS: Milliseconds = 1000;
export const HOSTS_RETRY_MOST_MS: Milliseconds = 60_000;

/** Lines of the log about names that are not given, in so many milliseconds; beyond, they are counted only. */
export const NAME_NOTICES_MAX = 10;
export const NAME_NOTICES_MS: Milliseconds = 60_000;

/** Octets of the longest DNS message over TCP; the answers to updates are much shorter. */
export const DNS_MESSAGE_OCTETS_MAX = 65_535;

/** Seconds by which the clocks of the server and of a DNS server may differ (RFC 8945 section 10 recommends 300). */
export const TSIG_FUDGE_SECONDS = 300;

/** Milliseconds that a DNS server has for an answer, and how often it is asked before the update waits. */
export const DNS_ANSWER_MS: Milliseconds = 2000;
export const DNS_TRIES = 2;

/** Updates under way at once. */
export const DNS_UPDATES_AT_ONCE = 8;

/**
 * Addresses looked at for updates in one step of the pace, and milliseconds that an update counts for: about what it takes of a
 * processor here and in a BIND together, which may have the same one.
 */
export const DNS_LOOKS_PER_STEP = 8;
export const DNS_UPDATE_COST_MS: Milliseconds = 0.8;

/**
 * Milliseconds for which the updater leaves a zone alone after its server did not take an update: at first and at most.
 */
export const DNS_PAUSE_MS: Milliseconds = 1000;
export const DNS_PAUSE_MOST_MS: Milliseconds = 60_000;

/** Milliseconds until the updater asks again for a name that had another owner in the DNS. */
export const DNS_CONFLICT_MS: Milliseconds = 600_000;

/** Seconds that names live in caches: half the lease time, within these. */
export const DNS_TTL_LEAST = 5;
export const DNS_TTL_MOST = 3600;

/** Zones and keys of a configuration. */
export const DNS_ZONES_MAX = 1000;
export const DNS_KEY_OCTETS_MAX = 512;

/** Milliseconds from one look at all leases to the next in a cluster, whose other servers give leases too. */
export const NAMES_LOOK_MS: Milliseconds = 2000;

/** Seconds since the end of a lease for which its name is looked for in the zones when the server starts. */
export const DNS_PAST_SECONDS = 7 * 86_400;
