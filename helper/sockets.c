/*
 * See listen.h. UDP and TCP on port 67 and nothing else, ICMP for the ping check, and packet sockets if
 * the launcher says so. No SO_REUSEADDR for UDP: a second DHCP server must be noticed, and nobody shall
 * be able to bind over us.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/icmp.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen.h"
#include "packet_socket.h"

#define SERVER_PORT 67

#define RECEIVE_OCTETS_MIN (64 * 1024)
#define RECEIVE_OCTETS_MAX (16 * 1024 * 1024)

/* HELPER_PACKET or HELPER_OBSERVE; 0: neither. */
static uint8_t packets_allowed;

static bool
is_bindable(uint32_t address)
{
	return address >> 24 < 224 || address == INADDR_BROADCAST;
}

/* Best effort: a smaller buffer loses datagrams in a burst, but serves. */
void
listen_set_receive_buffer(int fd, uint32_t octets)
{
	int size = (int)(octets < RECEIVE_OCTETS_MIN ? RECEIVE_OCTETS_MIN :
	    octets > RECEIVE_OCTETS_MAX ? RECEIVE_OCTETS_MAX : octets);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

/* 0, or -1 with errno. */
static int
bind_server_port(int fd, const struct helper_listen_request *request)
{
	const int yes = 1;
	struct sockaddr_in name;

	if (request->freebind != 0 && setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &yes, sizeof yes) != 0)
		return -1;
	memset(&name, 0, sizeof name);
	name.sin_family = AF_INET;
	name.sin_port = htons(SERVER_PORT);
	name.sin_addr.s_addr = htonl(request->address);
	return bind(fd, (const struct sockaddr *)&name, sizeof name);
}

/* Everything up to the bind; 0, or -1 with errno. */
static int
prepare_udp(int fd, const struct helper_listen_request *request)
{
	const int yes = 1;

	listen_set_receive_buffer(fd, request->receive_octets);
	/* Before the bind: a datagram that comes in between would not say by which interface. */
	if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes) != 0)
		return -1;
	return bind_server_port(fd, request);
}

/* With TCP, SO_REUSEADDR lets nobody in beside a listener: it forgives the connections of the one before. */
static int
prepare_tcp(int fd, const struct helper_listen_request *request)
{
	const int yes = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0)
		return -1;
	return bind_server_port(fd, request);
}

static int
open_bound(const struct helper_listen_request *request, int type, int (*prepare)(int, const struct helper_listen_request *))
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || prepare(fd, request) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* A raw socket sees all ICMP of the host unless it says otherwise; without CAP_NET_RAW an unprivileged one. */
static int
open_icmp(const struct helper_listen_request *request)
{
	struct icmp_filter only_replies = { ~(1U << ICMP_ECHOREPLY) };
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);

	if (fd < 0 && errno == EPERM)
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
	else if (fd >= 0)
		(void)setsockopt(fd, SOL_RAW, ICMP_FILTER, &only_replies, sizeof only_replies);
	if (fd >= 0)
		listen_set_receive_buffer(fd, request->receive_octets);
	return fd;
}

void
listen_allow_packets(enum helper_listen_kind kind)
{
	packets_allowed = (uint8_t)kind;
}

/* Whether the fields that this kind of socket has no use for are empty. */
static bool
is_plain(const struct helper_listen_request *request)
{
	switch (request->kind) {
	case HELPER_UDP:
		return request->ifindex == 0;
	case HELPER_TCP:
		return request->ifindex == 0 && request->receive_octets == 0 && request->address != INADDR_BROADCAST;
	case HELPER_ICMP:
		return request->ifindex == 0 && request->address == 0;
	case HELPER_PACKET:
	case HELPER_OBSERVE:
		return request->ifindex != 0 && request->ifindex <= INT_MAX && request->address == 0 &&
		    request->freebind == 0;
	default:
		return false;
	}
}

int
listen_open(const struct helper_listen_request *request, struct helper_listen_reply *reply)
{
	int fd = -1;

	reply->result = HELPER_REFUSED;
	if (!is_plain(request))
		return -1;
	if (request->kind == HELPER_UDP && is_bindable(request->address))
		fd = open_bound(request, SOCK_DGRAM, prepare_udp);
	else if (request->kind == HELPER_TCP && is_bindable(request->address))
		fd = open_bound(request, SOCK_STREAM, prepare_tcp);
	else if (request->kind == HELPER_ICMP)
		fd = open_icmp(request);
	else if (request->kind == packets_allowed)
		fd = packet_open(request->kind == HELPER_OBSERVE, request->ifindex, request->receive_octets);
	else
		return -1;
	reply->result = fd >= 0 ? HELPER_OK : HELPER_FAILED;
	reply->error = fd >= 0 ? 0 : (uint32_t)errno;
	return fd;
}
