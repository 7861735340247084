/*
 * The process that holds the kernel shield: started here, or by a service manager, where the command line asks for it.
 */
#ifndef ANYDHCPD_SHIELD_PROCESS_H
#define ANYDHCPD_SHIELD_PROCESS_H

#include "identity.h"

/* Ends the process where the package lacks it, and starts nothing. */
void shield_look(const char *package);

/*
 * Starts the package's process, or connects to one where the variable ANYDHCPD_SHIELD names a service manager's socket.
 * Returns our end of its socket once the program is loaded and its sandbox is up; -1 if that fails, with the reason as
 * a fact (facts.h): the daemon then serves without it. Ends the start if no process may load programs.
 */
int shield_start(const char *package, const struct identity *identity);

#endif
