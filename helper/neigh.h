/*
 * Neighbour entries in the kernel, up to HELPER_BATCH at a time. No checks here: check.c has said
 * yes to what is set.
 */
#ifndef ANYDHCPD_NEIGH_H
#define ANYDHCPD_NEIGH_H

#include <stddef.h>
#include <stdint.h>

#include "message.h"

/* What the kernel has for an address. */
enum neigh_state {
	NEIGH_UNKNOWN = 0,	/* it did not say: leave the entry alone */
	NEIGH_ABSENT = 1,
	NEIGH_DYNAMIC = 2,	/* learned, or ours */
	NEIGH_PROTECTED = 3,	/* permanent, without ARP, or of another program: an administrator's will */
	NEIGH_WAITING = 4,	/* asked for by ARP and not answered yet: datagrams may wait for its hardware address */
};

/* Asks for the state of each entry. */
void neigh_look(int fd, const struct helper_neighbour *, size_t count, uint8_t *states);

/* Creates or replaces each entry as reachable; `errors` gets 0 or an errno (EIO: no answer). */
void neigh_set(int fd, const struct helper_neighbour *, size_t count, int *errors);

/* Deletes each entry; what is not there is no error. */
void neigh_delete(int fd, const struct helper_neighbour *, size_t count);

#endif
