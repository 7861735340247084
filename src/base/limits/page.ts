// Limits of the status page (src/page).

import type { Milliseconds } from "../time.ts";

/** Characters of the token that allows changes. */
export const PAGE_TOKEN_LENGTH_MIN = 16;
export const PAGE_TOKEN_LENGTH_MAX = 256;

/**
 * Between two answers the server rests so many times as long as the first one took, and no longer than this: a client
 * that asks without end costs a fifth of the server's time.
 */
export const PAGE_REST_TIMES = 4;
export const PAGE_REST_MS_MAX: Milliseconds = 2000;

/** Requests that wait for their turn. */
export const PAGE_WAITING_MAX = 32;

/** Milliseconds within which the log reports a wrong token once. */
export const PAGE_TOKEN_NOTICE_MS: Milliseconds = 10_000;
