/*
 * The neighbour entries that are ours: at most NEIGHBOURS_MAX at a time, set at a bounded rate (rate.h),
 * deleted on request, after NEIGHBOUR_MILLISECONDS without one, and at the end.
 */
#ifndef ANYDHCPD_NEIGHBOURS_H
#define ANYDHCPD_NEIGHBOURS_H

#include <stdint.h>

#include "protocol.h"

/* The kernel's table is one for all namespaces and holds 1024 entries by default. */
#define NEIGHBOURS_MAX 256

/* An entry is wanted for one send; a caller that forgets it must not fill the table. */
#define NEIGHBOUR_MILLISECONDS 2000

/* Sets entries; `results` gets an enum helper_result for each. */
void neighbours_set(const struct helper_neighbour *, unsigned count, uint8_t *results);

/*
 * Deletes those entries that are ours; and those in a prefix of their interface that wait for an ARP answer, with the
 * datagrams that they hold back.
 */
void neighbours_delete(const struct helper_neighbour *, unsigned count);

/* Deletes entries that are too old; returns the milliseconds until the next look, -1 if there are none. */
int neighbours_expire(void);

/* Deletes every entry that is left. */
void neighbours_clear(void);

#endif
