/*
 * See sockets.h. No SO_REUSEADDR for UDP: a second DHCP server must be noticed, and no program may bind over us.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/icmp.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include "check.h"
#include "../c/descriptors.h"
#include "packet_filters.h"
#include "sockets.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

#define RECEIVE_OCTETS_MIN (64 * 1024)
#define RECEIVE_OCTETS_MAX (16 * 1024 * 1024)

/* Of every socket. */
#define FLAGS (SOCK_CLOEXEC | SOCK_NONBLOCK)

#define LENGTH(program) (sizeof(program) / sizeof(program)[0])

static int
set(int fd, int level, int option)
{
	const int yes = 1;

	return setsockopt(fd, level, option, &yes, sizeof yes);
}

/* Best effort: a smaller buffer loses datagrams in a burst, but serves. */
static void
set_receive_buffer(int fd, uint32_t octets)
{
	int size = (int)(octets < RECEIVE_OCTETS_MIN ? RECEIVE_OCTETS_MIN :
	    octets > RECEIVE_OCTETS_MAX ? RECEIVE_OCTETS_MAX : octets);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

/* A socket bound to port 67, prepared with one more option; -1 with errno. */
static int
open_bound(const struct helper_listen_request *request, int type, int level, int option)
{
	const struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons(SERVER_PORT),
		.sin_addr.s_addr = htonl(request->address) };
	int fd = socket(AF_INET, type | FLAGS, 0);

	if (fd < 0)
		return -1;
	if (type == SOCK_DGRAM)
		set_receive_buffer(fd, request->receive_octets);
	if (set(fd, level, option) != 0 || (request->freebind != 0 && set(fd, IPPROTO_IP, IP_FREEBIND) != 0) ||
	    bind(fd, (const struct sockaddr *)&name, sizeof name) != 0) {
		close_quietly(fd);
		return -1;
	}
	return fd;
}

/* A raw socket sees all ICMP of the host unless it says otherwise; without CAP_NET_RAW an unprivileged one. */
static int
open_icmp(const struct helper_listen_request *request)
{
	struct icmp_filter only_replies = { ~(1U << ICMP_ECHOREPLY) };
	int fd = socket(AF_INET, SOCK_RAW | FLAGS, IPPROTO_ICMP);

	if (fd < 0 && errno == EPERM)
		fd = socket(AF_INET, SOCK_DGRAM | FLAGS, IPPROTO_ICMP);
	else if (fd >= 0)
		(void)setsockopt(fd, SOL_RAW, ICMP_FILTER, &only_replies, sizeof only_replies);
	if (fd >= 0)
		set_receive_buffer(fd, request->receive_octets);
	return fd;
}

/* By the kernel's own word for the kind of link, after the bind: the filter counts from an Ethernet header. */
static bool
is_ethernet(int fd)
{
	struct sockaddr_ll bound = { 0 };
	socklen_t length = sizeof bound;

	if (getsockname(fd, (struct sockaddr *)&bound, &length) != 0)
		return false;
	errno = EPROTONOSUPPORT;
	return bound.sll_hatype == ARPHRD_ETHER;
}

/*
 * The order matters: a packet socket with a protocol takes frames of all interfaces from the moment it exists, so
 * it is made without one, filtered and locked, and bound last. -1 with errno.
 */
static int
open_packet(const struct helper_listen_request *request)
{
	const struct sock_fprog filter = request->kind == HELPER_OBSERVE ?
	    (struct sock_fprog){ LENGTH(observe_filter), (struct sock_filter *)(uintptr_t)observe_filter } :
	    (struct sock_fprog){ LENGTH(frame_filter), (struct sock_filter *)(uintptr_t)frame_filter };
	const struct sockaddr_ll name = { .sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_IP),
		.sll_ifindex = (int)request->ifindex };
	int fd = socket(AF_PACKET, SOCK_RAW | FLAGS, 0);

	if (fd < 0)
		return -1;
	/* Older kernels do not know it; a socket for one protocol never sees what leaves anyway. */
	(void)set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING);
	set_receive_buffer(fd, request->receive_octets);
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0 ||
	    set(fd, SOL_SOCKET, SO_LOCK_FILTER) != 0 || set(fd, SOL_PACKET, PACKET_AUXDATA) != 0 ||
	    bind(fd, (const struct sockaddr *)&name, sizeof name) != 0 || !is_ethernet(fd)) {
		close_quietly(fd);
		return -1;
	}
	return fd;
}

static int
open_socket(const struct helper_listen_request *request)
{
	switch (request->kind) {
	case HELPER_UDP:
		/* Before the bind: a datagram that comes in between would not say by which interface. */
		return open_bound(request, SOCK_DGRAM, IPPROTO_IP, IP_PKTINFO);
	case HELPER_TCP:
		/* With TCP this lets no second listener in: it only permits leftover connections of the listener before. */
		return open_bound(request, SOCK_STREAM, SOL_SOCKET, SO_REUSEADDR);
	case HELPER_ICMP:
		return open_icmp(request);
	default:
		return open_packet(request);
	}
}

int
sockets_open(const struct helper_listen_request *request, uint8_t packets, struct helper_listen_reply *reply)
{
	reply->result = HELPER_REFUSED;
	if (!check_listen(request, packets))
		return -1;
	int fd = open_socket(request);
	reply->result = fd >= 0 ? HELPER_OK : HELPER_FAILED;
	reply->error = fd >= 0 ? 0 : (uint32_t)errno;
	return fd;
}
