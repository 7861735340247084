/*
 * Which requests of the daemon are well-formed: the boundary between the process that parses hostile packets and the
 * firewall. Everything else that limits it is the list of sets (sets.h) and the sandbox.
 */
#ifndef ANYDHCPD_FIREWALL_CHECK_H
#define ANYDHCPD_FIREWALL_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol.h"

/* One octet more than the largest request, so that a longer one is seen. */
union firewall_request {
	struct firewall_header header;
	struct firewall_set_request set;
	struct firewall_change_request change;
	char octets[sizeof(struct firewall_change_request) + 1];
};

/* The fault of a request of `length` octets to a process that has `sets` sets; NULL if there is none. */
const char *check_request(const union firewall_request *, size_t length, unsigned sets);

/*
 * Reads "FAMILY TABLE SET" with single blanks between. False if it is nothing of the kind, or a name is longer than fits or has
 * other characters than letters, digits and "_./-".
 */
bool check_name(const char *text, char family[8], char table[FIREWALL_NAME_OCTETS], char set[FIREWALL_NAME_OCTETS]);

#endif
