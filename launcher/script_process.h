/*
 * The process that runs the event script (script/main.c), where the configuration names one: started here, or by a
 * service manager.
 */
#ifndef ANYDHCPD_SCRIPT_PROCESS_H
#define ANYDHCPD_SCRIPT_PROCESS_H

#include "identity.h"

/* Tells what will keep the script from being run (facts.h) as far as any user can see, and starts nothing. */
void script_look(const char *package, const struct identity *);

/*
 * Starts it, or connects to one where the variable ANYDHCPD_SCRIPT names a service manager's socket. Returns our end of
 * its socket once its privileges are given up; ends the start if it does not come up. -1: the configuration has no
 * script; or, with the trouble handed on, the script cannot have the user that it names, cannot be executed, or the
 * package lacks the process. Needs statements_read; before private_root_begin (private_root.h), since scripts are to
 * see the files of the system.
 */
int script_start(const char *package, const struct identity *);

#endif
