/*
 * See netlink_socket.h.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink_socket.h"
#include "report.h"

/* The kernel cuts dumps into pieces of at most this size. */
#define RECEIVE_OCTETS 32768

static _Alignas(struct nlmsghdr) char received[RECEIVE_OCTETS];

int
netlink_socket(int protocol, unsigned groups)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	if (fd < 0)
		die("cannot open a netlink socket: %s", strerror(errno));
	if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)
		die("cannot bind a netlink socket: %s", strerror(errno));
	return fd;
}

/* Octets received from the kernel itself, 0 when nothing is queued, -1 when something was lost. */
static ssize_t
receive(int fd)
{
	for (;;) {
		struct sockaddr_nl sender;
		struct iovec part = { received, sizeof received };
		struct msghdr message = { .msg_name = &sender, .msg_namelen = sizeof sender,
		    .msg_iov = &part, .msg_iovlen = 1 };
		ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return errno == EAGAIN ? 0 : -1;
		if (message.msg_namelen != sizeof sender || sender.nl_pid != 0)
			continue;	/* another process, not the kernel */
		return (message.msg_flags & MSG_TRUNC) != 0 ? -1 : length;
	}
}

bool
netlink_drain(int fd)
{
	bool any = false;
	ssize_t octets;

	while ((octets = receive(fd)) != 0) {
		any = true;
		if (octets < 0 && errno != ENOBUFS)
			break;
	}
	return any;
}

bool
netlink_send(int fd, const void *requests, size_t length)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct iovec part = { (void *)(uintptr_t)requests, length };
	struct msghdr message = { .msg_name = &kernel, .msg_namelen = sizeof kernel, .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t octets;

	do
		octets = sendmsg(fd, &message, 0);
	while (octets < 0 && errno == EINTR);
	return octets == (ssize_t)length;
}

long
netlink_take(int fd, netlink_handler *handler, void *context)
{
	ssize_t octets = receive(fd);

	if (octets <= 0)
		return octets;
	size_t left = (size_t)octets, step;
	/* The last message may end without padding, behind which NLMSG_NEXT would go on. */
	for (const char *at = received; left >= sizeof(struct nlmsghdr); at += step, left -= step) {
		const struct nlmsghdr *one = (const struct nlmsghdr *)at;

		if (one->nlmsg_len < sizeof *one || one->nlmsg_len > left)
			break;
		handler(one, context);
		step = NLMSG_ALIGN(one->nlmsg_len) < left ? NLMSG_ALIGN(one->nlmsg_len) : left;
	}
	return octets;
}

bool
netlink_exchange_on(int fd, const void *requests, size_t length, netlink_handler *handler, void *context)
{
	long octets;

	if (!netlink_send(fd, requests, length))
		return false;
	do
		octets = netlink_take(fd, handler, context);
	while (octets > 0);
	if (octets < 0)
		netlink_drain(fd);	/* late answers must not be taken for the next exchange's */
	return octets == 0;
}
