/*
 * The sockets that the daemon gets as listening descriptors, because it may not create one: the control socket, and those
 * of metrics and status page where the configuration asks for them; and the file with the page's token.
 */
#ifndef ANYDHCPD_CONTROL_SOCKET_H
#define ANYDHCPD_CONTROL_SOCKET_H

#include <stdbool.h>

#include "identity.h"

/*
 * Opens the socket at `path` (NULL: the default one, which is left out with a note where it cannot
 * be made). Members of `group` (NULL: the daemon's own, if it has one) may ask there. Replaces a stale socket; ends the
 * process if another daemon answers there. If a service manager has opened one, takes that one. -1: none.
 */
int control_socket_open(const char *path, const char *group, const struct identity *);

/* Whether the socket that a statement names can be made, as far as its path says; where not, tells why (facts.h). */
bool http_socket_look(const char *statement, const struct identity *);

/*
 * Opens the socket that a statement, `metrics` or `status-page`, names: a unix socket for the same users, whose failure
 * ends the process, or TCP on a loopback address, which is left out with a note if it is taken. -1: none. Needs
 * statements_read.
 */
int http_socket_open(const char *statement, const char *group, const struct identity *);

/*
 * Opens the file that the statement `status-page-token` names, which may be root's alone. A file that cannot be read,
 * or that other users than its owner may use, is left out with a note. -1: none. Needs statements_read.
 */
int token_file_open(const char *statement, const struct identity *);

#endif
