// Limits of the kernel shield (src/backend/shield, shield/): of its maps in the kernel and of its messages.

/** Interfaces that have the shield at once. */
export const SHIELD_INTERFACES_MAX = 256;

/** Addresses of this host, broadcast addresses included, to which DISCOVERs are limited. */
export const SHIELD_DESTINATIONS_MAX = 4096;

/** Clients with a lease that are told apart: 16 octets of the kernel's memory each, taken at the start, and more as they come. */
export const SHIELD_CLIENTS_MAX = 1 << 20;

/** Hardware addresses without a lease that are remembered: 88 octets each, taken at the start. The oldest give way. */
export const SHIELD_RECENT_MAX = 1 << 15;

/** Relay ports that are remembered: the same. */
export const SHIELD_PORTS_MAX = 1 << 14;

/** Keys in one message. */
export const SHIELD_BATCH = 512;

/**
 * How long the server gathers changes of clients before it tells the kernel: one message of each kind in so many
 * milliseconds.
 */
export const SHIELD_TELL_MS = 2;

/** How long clients wait that the kernel has not taken. */
export const SHIELD_RETRY_MS = 1000;

/** Leases that are looked at in one turn of the event loop when all are counted anew. */
export const SHIELD_LOOKED_AT = 4096;

/** A process that has not answered for so long is given up; attaching may take a driver seconds. */
export const SHIELD_DEADLINE_MS = 10_000;

/** How often its counts are read. */
export const SHIELD_LOOK_MS = 1000;

/** The highest rate, and the largest number at once, that can be set. */
export const SHIELD_RATE_MAX = 1_000_000;
export const SHIELD_BURST_MAX = 1_000_000;
