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
 * variable ANYDHCPD_FIREWALL names a service manager's socket. Returns our end of its socket once its sandbox is up; ends
 * the start if it does not come up. -1: no set is named, or, with a note, we have no privilege that would be worth one, or, with the trouble told, the
 * package lacks the process.
 */
int firewall_start(const char *package, const struct identity *identity);

#endif
