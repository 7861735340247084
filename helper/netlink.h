/*
 * Talking to the kernel's routing netlink: requests built here, never forwarded octets.
 */
#ifndef ANYDHCPD_NETLINK_H
#define ANYDHCPD_NETLINK_H

#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>

#include "../c/netlink_socket.h"

/* Opens a socket for requests and one for notifications. Before the sandbox; ends the process on failure. */
void netlink_open(void);

/*
 * Sends `length` octets of requests and hands every answer to `handler`. The kernel works requests
 * off inside the send, so that all answers are there when it returns. False if something was lost.
 */
bool netlink_exchange(const void *requests, size_t length, netlink_handler *handler, void *context);

/* Whether a link or an IPv4 address may have changed since the last call. */
bool netlink_has_changes(void);

#endif
