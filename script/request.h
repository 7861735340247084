/*
 * The daemon's requests, parsed and checked: everything in them may come from an attacker who has taken the daemon
 * over.
 */
#ifndef ANYDHCPD_SCRIPT_REQUEST_H
#define ANYDHCPD_SCRIPT_REQUEST_H

#include <stddef.h>

#include "protocol.h"

/* Event, hardware address, IP address, name. */
#define SCRIPT_ARGUMENTS 4

/* As execve wants them; the strings lie in the message. */
struct script_request {
	char *arguments[1 + SCRIPT_ARGUMENTS + 1];	/* [0] is left to the caller; no name: one less */
	char *environment[SCRIPT_VARIABLES_MAX + 2];
};

/*
 * Takes the strings apart that stand in `length` octets behind a request's header. Ends the process if one of them could
 * not be from an honest daemon.
 */
void request_read(struct script_request *, char *strings, size_t length);

#endif
