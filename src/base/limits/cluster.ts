// Times that the servers of a cluster rely on (src/config, src/engine, src/store).

/** Seconds by which the clocks of two machines may move apart between two looks at each other. */
export const CLOCK_DRIFT_SECONDS = 5;

/** Seconds for which a network may hold back a message that still counts. */
export const MESSAGE_AGE_SECONDS = 30;

/** Octets of the file of a secret. */
export const SECRET_OCTETS_MIN = 16;

/** Seconds for which a server of a cluster answers after its route was withdrawn: routers follow within one or two. */
export const CLUSTER_DRAIN_SECONDS = 5;

/** The share of the reserve that is left when a server without its store withdraws its route. */
export const RESERVE_LEFT_SHARE = 0.1;

/**
 * Seconds that an address of a split rests after the end of its lease, by default and at least and most: for so long
 * the server that stands in for its owner may have let the client keep it.
 */
export const SPLIT_HOLD_SECONDS = 3600;
export const SPLIT_HOLD_SECONDS_MIN = 30;
export const SPLIT_HOLD_SECONDS_MAX = 86_400;
