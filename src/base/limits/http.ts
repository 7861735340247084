// Limits of the HTTP server of metrics and status page (src/http, src/metrics, src/page).

import type { Milliseconds } from "../time.ts";

/** Lowest port that may be listened at; launcher/control_socket.c has the same. */
export const HTTP_PORT_MIN = 1024;

/** Longest path of a unix socket, by the kernel. */
export const SOCKET_PATH_OCTETS_MAX = 107;

/** Connections of one socket at once; beyond it, the oldest is closed. */
export const HTTP_CLIENTS_MAX = 16;

/** Longest request line with all headers, and longest body. */
export const HTTP_HEAD_OCTETS_MAX = 8192;
export const HTTP_BODY_OCTETS_MAX = 8192;

/** Milliseconds for a request to come in whole, and for an answer to be taken. */
export const HTTP_REQUEST_MS: Milliseconds = 5000;
export const HTTP_ANSWER_MS: Milliseconds = 10_000;
