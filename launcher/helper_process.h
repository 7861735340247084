/*
 * The helper's process: started here, or by a service manager.
 */
#ifndef ANYDHCPD_HELPER_PROCESS_H
#define ANYDHCPD_HELPER_PROCESS_H

#include "identity.h"

/* Ends the process where the package lacks its helper, and starts nothing. */
void helper_look(const char *package);

/*
 * Starts the package's helper, or connects to one where the variable ANYDHCPD_HELPER names a service manager's socket.
 * Returns our end of its socket once its sandbox is up; ends the start if it does not come up. -1, with a note: we have
 * no privilege that would be worth a helper. `sockets`: which packet sockets it may open (helper/main.c).
 */
int helper_start(const char *package, const struct identity *identity, const char *sockets);

#endif
