/* The link of relays, or of clients that have addresses: one UDP socket, recvmmsg and sendmmsg. */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "load.h"

/* The source address of one datagram. */
union source {
	char octets[CMSG_SPACE(sizeof(struct in_pktinfo))];
	struct cmsghdr alignment;
};

struct socket_link {
	struct link link;
	struct sockaddr_in server;
	uint16_t port;
	int has_address;	/* the socket's; otherwise each message has its own */
	unsigned queued;
	union source out_sources[LINK_BATCH];
	struct mmsghdr out[LINK_BATCH];
	struct iovec out_vectors[LINK_BATCH];
	uint8_t out_octets[LINK_BATCH][LINK_SLOT];
	struct mmsghdr in[LINK_BATCH];
	struct iovec in_vectors[LINK_BATCH];
	struct sockaddr_in in_sources[LINK_BATCH];
	uint8_t in_octets[LINK_BATCH][LINK_SLOT];
};

/*
 * All of them as one datagram to be cut up by the kernel; 0 where it will not have it. One system call and one
 * way through the routing for 64 datagrams: a flood needs more of them than a processor can send singly.
 */
static int
flush_bunch(struct socket_link *udp)
{
	union {
		char octets[CMSG_SPACE(sizeof(uint16_t))];
		struct cmsghdr alignment;
	} control = { { 0 } };
	struct msghdr message = {
		.msg_name = &udp->server, .msg_namelen = sizeof udp->server,
		.msg_iov = udp->out_vectors, .msg_iovlen = udp->queued,
		.msg_control = &control, .msg_controllen = sizeof control.octets,
	};
	struct cmsghdr *segment = CMSG_FIRSTHDR(&message);
	uint16_t length = (uint16_t)udp->out_vectors[0].iov_len;

	for (unsigned i = 1; i < udp->queued; i++)
		if (udp->out_vectors[i].iov_len != length)
			return 0;
	segment->cmsg_level = IPPROTO_UDP;
	segment->cmsg_type = UDP_SEGMENT;
	segment->cmsg_len = CMSG_LEN(sizeof length);
	memcpy(CMSG_DATA(segment), &length, sizeof length);
	return sendmsg(udp->link.fd, &message, 0) > 0;
}

static void
flush(struct link *link)
{
	struct socket_link *udp = (struct socket_link *)link;
	unsigned sent = 0;

	if (orders.bunched && udp->has_address && udp->queued > 1 && flush_bunch(udp))
		sent = udp->queued;
	while (sent < udp->queued) {
		int count = sendmmsg(link->fd, udp->out + sent, udp->queued - sent, 0);
		if (count > 0)
			sent += (unsigned)count;
		else if (errno != EINTR && errno != EAGAIN && errno != ENOBUFS && errno != ECONNREFUSED)
			err(1, "sendmmsg");
	}
	udp->queued = 0;
}

static uint8_t *
slot(struct link *link)
{
	struct socket_link *udp = (struct socket_link *)link;

	if (udp->queued == LINK_BATCH)
		flush(link);
	return udp->out_octets[udp->queued];
}

/* The next message leaves from this address, whichever the socket's is. */
static void
set_source(struct socket_link *udp, uint32_t source)
{
	union source *control = &udp->out_sources[udp->queued];
	struct in_pktinfo place = { .ipi_spec_dst.s_addr = htonl(source) };
	struct cmsghdr *header;

	udp->out[udp->queued].msg_hdr.msg_control = control->octets;
	udp->out[udp->queued].msg_hdr.msg_controllen = sizeof control->octets;
	header = CMSG_FIRSTHDR(&udp->out[udp->queued].msg_hdr);
	header->cmsg_level = IPPROTO_IP;
	header->cmsg_type = IP_PKTINFO;
	header->cmsg_len = CMSG_LEN(sizeof place);
	memcpy(CMSG_DATA(header), &place, sizeof place);
}

static void
queue(struct link *link, size_t length, uint32_t client, uint32_t source)
{
	struct socket_link *udp = (struct socket_link *)link;

	(void)client;
	if (!udp->has_address)
		set_source(udp, source);
	udp->out_vectors[udp->queued++].iov_len = length;
}

static unsigned
receive(struct link *link, void (*take)(void *context, const struct arrival *arrival), void *context)
{
	struct socket_link *udp = (struct socket_link *)link;
	int count;

	for (int i = 0; i < LINK_BATCH; i++)
		udp->in[i].msg_hdr.msg_namelen = sizeof udp->in_sources[i];
	count = recvmmsg(link->fd, udp->in, LINK_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < count; i++) {
		struct arrival arrival = {
			.octets = udp->in_octets[i],
			.length = udp->in[i].msg_len,
			.source = ntohl(udp->in_sources[i].sin_addr.s_addr),
			.source_port = ntohs(udp->in_sources[i].sin_port),
			.port = udp->port,
		};
		take(context, &arrival);
	}
	return count > 0 ? (unsigned)count : 0;
}

struct link *
open_socket_link(uint32_t own, uint16_t port, uint32_t server)
{
	struct socket_link *udp = calloc(1, sizeof *udp);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(own) };
	int octets = LINK_BUFFER_OCTETS;

	if (udp == NULL)
		err(1, "memory");
	udp->port = port;
	udp->has_address = own != 0;
	udp->link = (struct link){ .arp = -1, .slot = slot, .queue = queue, .flush = flush, .receive = receive };
	udp->server = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(67), .sin_addr.s_addr = htonl(server)
	};
	for (int i = 0; i < LINK_BATCH; i++) {
		udp->out_vectors[i].iov_base = udp->out_octets[i];
		udp->out[i].msg_hdr.msg_iov = &udp->out_vectors[i];
		udp->out[i].msg_hdr.msg_iovlen = 1;
		udp->out[i].msg_hdr.msg_name = &udp->server;
		udp->out[i].msg_hdr.msg_namelen = sizeof udp->server;
		udp->in_vectors[i] = (struct iovec){ udp->in_octets[i], LINK_SLOT };
		udp->in[i].msg_hdr.msg_iov = &udp->in_vectors[i];
		udp->in[i].msg_hdr.msg_iovlen = 1;
		udp->in[i].msg_hdr.msg_name = &udp->in_sources[i];
	}
	udp->link.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (udp->link.fd == -1 || bind(udp->link.fd, (struct sockaddr *)&address, sizeof address) == -1)
		err(1, "port %u", port);
	if (setsockopt(udp->link.fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) == -1)
		setsockopt(udp->link.fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
	return &udp->link;
}
