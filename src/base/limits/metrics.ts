// Limits of the metrics' socket (src/metrics).

import type { Milliseconds } from "../time.ts";

/** Lowest port that metrics may be asked for at; launcher/control_socket.c has the same. */
export const METRICS_PORT_MIN = 1024;

/** Longest path of a unix socket, by the kernel. */
export const SOCKET_PATH_OCTETS_MAX = 107;

/** Connections at once; beyond it, the one that is oldest is closed. */
export const METRICS_CLIENTS_MAX = 16;

/** Longest request line with all headers. */
export const METRICS_REQUEST_OCTETS_MAX = 8192;

/** Milliseconds for a request to come in whole, and for an answer to be taken. */
export const METRICS_REQUEST_MS: Milliseconds = 5000;
export const METRICS_ANSWER_MS: Milliseconds = 10_000;

/**
 * Milliseconds for which the same text is given again, and no other is made; longer where a text takes long: so many times
 * what the last one took. Whoever asks without end costs a twentieth of the server's time.
 */
export const METRICS_KEPT_MS: Milliseconds = 200;
export const METRICS_KEPT_TIMES = 20;

/** Subnets whose series are written in one turn of the event loop: a fraction of a millisecond. */
export const SUBNETS_PER_TURN = 200;
