// Limits of conflict checks, for an OFFER and ahead of one (src/server/conflicts, src/lease/checked-addresses.ts).

import type { Milliseconds, Seconds } from "../time.ts";

/** Conflict checks (pings) under way at once; beyond it offers go out unchecked, as waiting would be worse. */
export const PROBES_MAX = 128;

/**
 * Pings to addresses of our own links in PROBE_NEIGHBOUR_MS: each leaves an unanswered neighbour entry,
 * and the kernel's table, 1024 entries by default, serves the whole host (gc_thresh3, arp(7)).
 */
export const PROBES_ON_LINK_MAX = 128;

/** Milliseconds that the kernel keeps asking for an unused address (three requests, a second apart). */
export const PROBE_NEIGHBOUR_MS: Milliseconds = 3500;

/** Addresses tried for one DISCOVER after a ping was answered. */
export const PROBE_RETRIES = 3;

/**
 * Free addresses that are kept checked ahead of new clients: of one pool, as many as clients come up at once after a
 * power failure; of all pools together, but some of each; and for how many seconds a check counts.
 */
export const CHECKED_PER_POOL = 256;
export const CHECKED_IN_ALL = 16_384;
export const CHECKED_PER_POOL_MIN = 16;
export const CHECKED_SECONDS: Seconds = 3600;

/**
 * Of these, so many of a pool are at most so many seconds old, and are offered first; and so many of all pools
 * together, but one of each.
 */
export const CHECKED_FRESH_PER_POOL = 8;
export const CHECKED_FRESH_IN_ALL = 2400;
export const CHECKED_FRESH_SECONDS: Seconds = 300;

/** Free addresses of a pool that are known to be in use all the same, and for how many seconds. */
export const BUSY_PER_POOL = 256;
export const BUSY_SECONDS: Seconds = 300;

/**
 * Milliseconds in which addresses in use are gathered for one line of the log, from one such line to the next at least, and
 * how many of them it names.
 */
export const IN_USE_WAIT_MS: Milliseconds = 500;
export const IN_USE_NOTICE_MS: Milliseconds = 10_000;
export const IN_USE_NAMED = 8;

/**
 * Checks ahead under way at once: each on a link of ours is an entry of the kernel's neighbour table, which holds 1024
 * for the whole host (gc_thresh3, arp(7)). Without a helper that deletes these entries they stay four times as long.
 */
export const CHECKS_UNDER_WAY_MAX = 256;
export const CHECKS_UNDER_WAY_KEPT_MAX = 64;

/**
 * Milliseconds from one look for addresses to check ahead to the next, as long as there are some and when there are
 * none, and how many are asked for at each: one in a millisecond. A wireless network can send that many broadcasts at
 * its lowest rate, and a device with a few receive buffers can take them in.
 */
export const CHECK_AHEAD_TICK_MS: Milliseconds = 20;
export const CHECK_AHEAD_REST_MS: Milliseconds = 2000;
export const CHECKS_PER_TICK = 20;
/**
 * How many at most at a late look, which makes up for the looks that it missed: the loop is busy just after a start.
 */
export const CHECKS_PER_TICK_MAX = 32;

/**
 * Checks ahead on one link: at once, which is what its pools need after a start, and in a second from then on. Those
 * through routers share a bound of their own: they may all meet one router, which asks by ARP in our place.
 */
export const CHECKS_AT_ONCE_ON_LINK = 256;
export const CHECKS_PER_SECOND_ON_LINK = 32;
export const CHECKS_AT_ONCE_ROUTED = 256;
export const CHECKS_PER_SECOND_ROUTED = 64;

/**
 * Milliseconds in which a host on a link of ours has answered ARP for its address. A host does so within a few, a
 * wireless one that sleeps within 0.3 s (three beacons); the kernel would ask a second time after 1 s.
 */
export const CHECK_ON_LINK_MS: Milliseconds = 900;

/**
 * Milliseconds after which the kernel knows whether an old entry of its neighbour table is still true: five seconds in
 * which it trusts it, three requests a second apart, and one to spare.
 */
export const CHECK_OLD_NEIGHBOUR_MS: Milliseconds = 9000;

/** Milliseconds between looks at the neighbour table: it may be large. */
export const CHECK_LOOK_MS: Milliseconds = 40;

/** Milliseconds without checks ahead in a pool after the kernel took no ping: it has no route, or its neighbour table is full. */
export const CHECK_PAUSE_MS: Milliseconds = 10_000;

/** Addresses of which it is remembered why they were taken out of use. */
export const ABANDON_REASONS_MAX = 1024;
