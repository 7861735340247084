/*
 * How much the helper does on the daemon's behalf: neighbour entries set and frames sent come out of one
 * bucket. And the clock that goes with it.
 */
#ifndef ANYDHCPD_RATE_H
#define ANYDHCPD_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* Allowed in a second, and at once. */
#define RATE_PER_SECOND 100000
#define RATE_BURST 5000

/* Milliseconds, monotonic. */
uint64_t rate_now(void);

/* Takes one token at time `at` (rate_now()); false if there is none. */
bool rate_take(uint64_t at);

#endif
