/*
 * The sockets that the daemon may not open itself.
 */
#ifndef ANYDHCPD_LISTEN_H
#define ANYDHCPD_LISTEN_H

#include "protocol.h"

/* Opens what the request asks for; the descriptor, or -1. Fills in `result` and `error` of the reply. */
int listen_open(const struct helper_listen_request *, struct helper_listen_reply *);

/* From here on this kind of packet socket is opened too: only where the daemon was started to use it. */
void listen_allow_packets(enum helper_listen_kind);

/* Sets the receive buffer, within limits and as far as we may. */
void listen_set_receive_buffer(int fd, uint32_t octets);

#endif
