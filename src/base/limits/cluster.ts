// Times that the servers of a cluster rely on (src/config, src/engine, src/store).

/** Seconds by which the clocks of two machines may move apart between two looks at each other. */
export const CLOCK_DRIFT_SECONDS = 5;

/** Seconds for which a network may hold back a message that still counts. */
export const MESSAGE_AGE_SECONDS = 30;

/** Octets of the file of a secret. */
export const SECRET_OCTETS_MIN = 16;
