/*
 * See netlink.h.
 */
#include <linux/rtnetlink.h>

#include "netlink.h"

static int requests_fd = -1;
static int changes_fd = -1;

void
netlink_open(void)
{
	requests_fd = netlink_socket(NETLINK_ROUTE, 0);
	changes_fd = netlink_socket(NETLINK_ROUTE, RTMGRP_LINK | RTMGRP_IPV4_IFADDR);
}

bool
netlink_exchange(const void *requests, size_t length, netlink_handler *handler, void *context)
{
	return netlink_exchange_on(requests_fd, requests, length, handler, context);
}

bool
netlink_has_changes(void)
{
	return netlink_drain(changes_fd);
}
