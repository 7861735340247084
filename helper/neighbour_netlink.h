/*
 * Neighbour entries in the kernel, up to HELPER_BATCH at a time. No checks here: check.c has said
 * yes to what is set.
 */
#ifndef ANYDHCPD_NEIGHBOUR_NETLINK_H
#define ANYDHCPD_NEIGHBOUR_NETLINK_H

#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

/* What is known of an entry, and what is to be done with it. */
enum neighbour_state {
	NEIGHBOUR_SKIPPED = 0,
	NEIGHBOUR_ASKED = 1,		/* the kernel shall say; still so if it did not: leave the entry alone */
	NEIGHBOUR_ABSENT = 2,
	NEIGHBOUR_DYNAMIC = 4,		/* learned, or ours */
	NEIGHBOUR_PROTECTED = 8,	/* permanent, without ARP, or of another program: an administrator's will */
	NEIGHBOUR_WAITING = 16,		/* asked for by ARP, not answered yet: datagrams may wait for its hardware address */
	NEIGHBOUR_WANTED = 32,		/* to be set */
};

struct neighbour_batch {
	const struct helper_neighbour *entries;
	size_t count;
	uint8_t states[HELPER_BATCH];
};

/* Finds the state of each entry that is NEIGHBOUR_ASKED. */
void neighbour_look(struct neighbour_batch *);

/* Creates or replaces each entry that is NEIGHBOUR_WANTED as reachable; `errors` gets 0 or an errno (EIO: no answer). */
void neighbour_set(const struct neighbour_batch *, int errors[HELPER_BATCH]);

/* Deletes each entry that is in one of `states`; what is not there is no error. */
void neighbour_delete(const struct neighbour_batch *, unsigned states);

#endif
