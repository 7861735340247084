/*
 * The helper's process: started here, or by a service manager. Both wait for its sandbox, return our end of its socket, and
 * end the start if it does not come.
 */
#ifndef ANYDHCPD_HELPER_PROCESS_H
#define ANYDHCPD_HELPER_PROCESS_H

#include "identity.h"

/* Starts the package's helper. `sockets`: which packet sockets it may open (helper/main.c). */
int helper_start(const char *package, const struct identity *identity, const char *sockets);

/* Connects to the socket at `path`, at which a service manager starts a helper for each connection. */
int helper_connect(const char *path);

#endif
