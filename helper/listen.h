/*
 * The sockets that the daemon may not open itself.
 */
#ifndef ANYDHCPD_LISTEN_H
#define ANYDHCPD_LISTEN_H

#include "message.h"

/* Opens what the request asks for; the descriptor, or -1. Fills in `result` and `error` of the reply. */
int listen_open(const struct helper_listen_request *, struct helper_listen_reply *);

#endif
