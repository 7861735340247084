/*
 * Which neighbour entries are ours: a table of NEIGHBOURS_MAX places, each with the time of its entry.
 */
#ifndef ANYDHCPD_LIVE_ENTRIES_H
#define ANYDHCPD_LIVE_ENTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "neighbours.h"
#include "protocol.h"

/* How many there are. */
unsigned live_count(void);

/* Remembers an entry, set at `at` (rate_now()); false when there is no room for one more. */
bool live_remember(const struct helper_neighbour *entry, uint64_t at);

/* Forgets an entry; false if it is none of ours. */
bool live_forget(const struct helper_neighbour *entry);

/* Fills `old` with entries set at `limit` or before, at most `max`, without hardware addresses; returns how many. */
unsigned live_older(uint64_t limit, struct helper_neighbour *old, unsigned max);

#endif
