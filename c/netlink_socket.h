/*
 * A socket to the kernel by netlink: requests that its owner has built, and the kernel's answers, whole messages one by one.
 */
#ifndef ANYDHCPD_NETLINK_SOCKET_H
#define ANYDHCPD_NETLINK_SOCKET_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>

/* A non-blocking socket of a protocol (NETLINK_*), subscribed to `groups`. Ends the process on failure. */
int netlink_socket(int protocol, unsigned groups);

/* The function that is called for each message; `context` is the caller's. */
typedef void netlink_handler(const struct nlmsghdr *, void *context);

/* Sends whole requests, `length` octets of them. False if the kernel does not take them. */
bool netlink_send(int fd, const void *requests, size_t length);

/*
 * Hands the messages of one datagram that waits to `handler`. Octets received from the kernel itself, 0 when nothing is
 * queued, -1 when something was lost.
 */
long netlink_take(int fd, netlink_handler *handler, void *context);

/* netlink_send, and netlink_take until nothing waits: the kernel works requests off inside the send. False if something was lost. */
bool netlink_exchange_on(int fd, const void *requests, size_t length, netlink_handler *handler, void *context);

/* Reads everything that is queued; true if there was anything, or if something was lost. */
bool netlink_drain(int fd);

#endif
