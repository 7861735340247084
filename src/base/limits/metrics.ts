// Limits of the metrics' socket (src/metrics).

import type { Milliseconds } from "../time.ts";

/**
 * Milliseconds for which the server gives the same text again and makes no other; longer where a text takes long: so
 * many times what the last one took. A client that asks without end costs a twentieth of the server's time.
 */
export const METRICS_KEPT_MS: Milliseconds = 200;
export const METRICS_KEPT_TIMES = 20;

/** Subnets whose series are written in one turn of the event loop: a fraction of a millisecond. */
export const SUBNETS_PER_TURN = 200;
