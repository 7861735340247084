/*
 * Neighbour entries in the kernel, up to HELPER_BATCH at a time. No checks here: check.c has said
 * yes to what is set.
 */
#ifndef ANYDHCPD_NEIGHBOUR_NETLINK_H
#define ANYDHCPD_NEIGHBOUR_NETLINK_H

#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

/* What the kernel has for an address. */
enum neighbour_state {
	NEIGHBOUR_UNKNOWN = 0,	/* it did not say: leave the entry alone */
	NEIGHBOUR_ABSENT = 1,
	NEIGHBOUR_DYNAMIC = 2,	/* learned, or ours */
	NEIGHBOUR_PROTECTED = 3,	/* permanent, without ARP, or of another program: an administrator's will */
	NEIGHBOUR_WAITING = 4,	/* asked for by ARP and not answered yet: datagrams may wait for its hardware address */
};

/* Asks for the state of each entry. */
void neighbour_look(int fd, const struct helper_neighbour *, size_t count, uint8_t *states);

/* Creates or replaces each entry as reachable; `errors` gets 0 or an errno (EIO: no answer). */
void neighbour_set(int fd, const struct helper_neighbour *, size_t count, int *errors);

/* Deletes each entry; what is not there is no error. */
void neighbour_delete(int fd, const struct helper_neighbour *, size_t count);

#endif
