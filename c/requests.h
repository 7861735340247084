/*
 * Requests of the daemon to the processes beside it, each one message on a SOCK_SEQPACKET socket.
 */
#ifndef ANYDHCPD_REQUESTS_H
#define ANYDHCPD_REQUESTS_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Reads the next request into `room`, without waiting. Returns its length; 0 at the end of the socket; -1 where none is
 * there. Ends the process where a request does not fit or brings descriptors.
 */
ssize_t read_request(int fd, void *room, size_t octets);

#endif
