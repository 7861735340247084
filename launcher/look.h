/*
 * What a configuration asks for that a daemon cannot have, found out without making or opening any of it.
 */
#ifndef ANYDHCPD_LOOK_H
#define ANYDHCPD_LOOK_H

#include "identity.h"

/* Tells the troubles (facts.h) of every statement but `event-script`; ends the process where there is no helper. Needs statements_read. */
void look_at_statements(const char *package, const struct identity *);

/*
 * For `anydhcpctl check`: writes what would keep a daemon from starting with the configuration as facts to standard output.
 * Without privilege, as far as can be seen, for a daemon that root starts. `files` has the configuration and the files that
 * it includes, and NULL behind them; the trouble of the file with the number N, from 0, is one of the statement "file-N".
 * Returns the exit status.
 */
int look_at_configuration(const char *package, char *const files[]);

#endif
