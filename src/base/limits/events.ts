// Limits of lease events (src/server/lease-events.ts, src/control/event-stream.ts).

/** Events kept for readers that are behind or come back; each takes up to half a kilobyte. */
export const EVENTS_KEPT = 4096;

/**
 * Events described in a second over a longer time; beyond, readers look at all leases again. Each takes about 3 us.
 * EVENTS_RESUMED: after such a flood none is described before there is room for so many at once.
 */
export const EVENTS_A_SECOND = 5000;
export const EVENTS_RESUMED = 1024;

/** Readers of events at once. */
export const EVENT_READERS_MAX = 8;

/** Octets of the longest token that a reader may come back with. */
export const EVENT_TOKEN_OCTETS_MAX = 40;
