/*
 * The process that changes elements of nftables sets: started here, or by a service manager, where the configuration names
 * a set.
 */
#ifndef ANYDHCPD_FIREWALL_PROCESS_H
#define ANYDHCPD_FIREWALL_PROCESS_H

#include "identity.h"

/* Tells whether the package lacks the process that the configuration asks for (facts.h), and starts nothing. */
void firewall_look(const char *package);

/*
 * Starts the package's process with the sets that the configuration names (statements.h), or connects to one where the
 * variable ANYDHCPD_FIREWALL names a service manager's socket. Returns our end of its socket once its sandbox is up;
 * ends the start if it does not come up. -1: the configuration names no set; or, with a note, we lack the privilege for
 * the process; or, with the trouble handed on, the package lacks the process.
 */
int firewall_start(const char *package, const struct identity *identity);

#endif
