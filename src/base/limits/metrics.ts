// Limits of the metrics' socket (src/metrics).

import type { Milliseconds } from "../time.ts";

/** Lowest port that metrics may be asked for at; launcher/control_socket.c has the same. */
export const METRICS_PORT_MIN = 1024;

/** Longest path of a unix socket, by the kernel. */
export const SOCKET_PATH_OCTETS_MAX = 107;

/** Connections at once; the kernel keeps others waiting until one ends. */
export const METRICS_CLIENTS_MAX = 16;

/** Longest request line with all headers. */
export const METRICS_REQUEST_OCTETS_MAX = 8192;

/** Milliseconds for a request to come in whole, and for an answer to be taken. */
export const METRICS_REQUEST_MS: Milliseconds = 5000;
export const METRICS_ANSWER_MS: Milliseconds = 10_000;

/** Milliseconds for which the same text is given again: whoever asks without end costs no more than one who asks so often. */
export const METRICS_KEPT_MS: Milliseconds = 200;
