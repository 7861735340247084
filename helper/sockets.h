/*
 * The sockets that the daemon may not open itself: UDP and TCP on port 67 and nothing else, ICMP for the ping
 * check, packet sockets for the bpf backend and for --observe.
 *
 * Frames read from a packet socket have passed a filter compiled in here (packet_filters.h); the daemon can neither
 * remove nor replace it. The daemon can write any frame to one, even to a socket for --observe: the kernel has no
 * packet socket that cannot send (shutdown(2) does not support them).
 */
#ifndef ANYDHCPD_SOCKETS_H
#define ANYDHCPD_SOCKETS_H

#include "protocol.h"

/*
 * Opens what the request asks for; the descriptor, or -1. Fills in `result` and `error` of the reply.
 * `packets`: the one kind of packet socket that the daemon was started to use, 0 for none.
 * EPROTONOSUPPORT: the interface is not Ethernet.
 */
int sockets_open(const struct helper_listen_request *, uint8_t packets, struct helper_listen_reply *);

#endif
