/*
 * The control socket, which the daemon gets as a listening descriptor: it may not create one.
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

#endif
