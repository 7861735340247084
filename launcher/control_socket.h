/*
 * The sockets that the daemon gets as listening descriptors, because it may not create one: the control socket, and that
 * of the metrics where the configuration asks for it.
 */
#ifndef ANYDHCPD_CONTROL_SOCKET_H
#define ANYDHCPD_CONTROL_SOCKET_H

#include "identity.h"

/*
 * Opens the socket at `path` (NULL: the default one, which is left out with a note where it cannot
 * be made). Members of `group` (NULL: the daemon's own, if it has one) may ask there. Replaces a stale socket; ends the
 * process if another daemon answers there. Where a service manager has opened one, that one. -1: none.
 */
int control_socket_open(const char *path, const char *group, const struct identity *);

/*
 * Opens the socket that the statement `metrics` names: a unix socket for the same readers, whose trouble ends the
 * process, or TCP on a loopback address, which is left out with a note where it is taken. -1: none. Needs
 * statements_read.
 */
int metrics_socket_open(const char *group, const struct identity *);

#endif
