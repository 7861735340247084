// Limits of decisions: offers, rests after a DECLINE, repetitions (src/engine, src/lease).

import type { Seconds } from "../time.ts";

/** Seconds, by the monotonic clock, for which an unclaimed OFFER holds its address; less if a pool has nothing else left. */
export const OFFER_SECONDS: Seconds = 30;

/** Offers of a full pool that are looked at, oldest first, to find one that may give way to a new client. */
export const OFFERS_LOOKED_AT = 16;

/** Seconds a declined address rests at least. */
export const ABANDON_SECONDS: Seconds = 600;

/** Share of a pool that declined addresses may take before more DECLINEs are ignored. */
export const ABANDONED_SHARE_MAX = 0.2;

/**
 * Addresses that DECLINEs of one link, and of one hardware address or relay port on it, may take out of use in a
 * minute; the rest is ignored. A hash of so many values tells senders apart.
 */
export const ABANDONS_PER_MINUTE = 60;
export const ABANDONS_PER_MINUTE_OF_CLIENT = 3;
export const DECLINERS_COUNTED = 256;

/** DHCPINFORMs of one address that are answered in a second; a hash of so many values tells addresses apart. */
export const INFORMS_PER_SECOND = 20;
export const INFORMERS_COUNTED = 1024;

/** Seconds within which a repeated DHCPREQUEST is answered from the lease as it stands. */
export const REPEAT_SECONDS: Seconds = 2;

/** Exchanges with clients on our own links of which is known how they were answered last, and for how many seconds. */
export const DELIVERIES_REMEMBERED = 1024;
export const DELIVERY_MEMORY_SECONDS: Seconds = 60;

/** An answer and the client's repeated message may have crossed so long, in seconds: shorter than any client waits, longer than a link takes. */
export const ANSWER_CROSSING_SECONDS: Seconds = 0.2;

/** Seconds that a message may be under way before it arrives, in a cluster where its copy took another way. */
export const MESSAGE_AGE_SECONDS: Seconds = 15;

/** Clients of another server of a split that this server has let keep their addresses. */
export const STAND_INS_MAX = 65_536;

/** Seconds of a lease's reserve that are not given to a client that renews while the store is away. */
export const RESERVE_MARGIN_SECONDS: Seconds = 10;
