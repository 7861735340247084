/* The link of a relay: one UDP socket, recvmmsg and sendmmsg. */
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

struct relay_link {
	struct link link;
	struct sockaddr_in server;
	unsigned queued;
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
flush_bunch(struct relay_link *relay)
{
	union {
		char octets[CMSG_SPACE(sizeof(uint16_t))];
		struct cmsghdr alignment;
	} control = { { 0 } };
	struct msghdr message = {
		.msg_name = &relay->server, .msg_namelen = sizeof relay->server,
		.msg_iov = relay->out_vectors, .msg_iovlen = relay->queued,
		.msg_control = &control, .msg_controllen = sizeof control.octets,
	};
	struct cmsghdr *segment = CMSG_FIRSTHDR(&message);
	uint16_t length = (uint16_t)relay->out_vectors[0].iov_len;

	for (unsigned i = 1; i < relay->queued; i++)
		if (relay->out_vectors[i].iov_len != length)
			return 0;
	segment->cmsg_level = IPPROTO_UDP;
	segment->cmsg_type = UDP_SEGMENT;
	segment->cmsg_len = CMSG_LEN(sizeof length);
	memcpy(CMSG_DATA(segment), &length, sizeof length);
	return sendmsg(relay->link.fd, &message, 0) > 0;
}

static void
flush(struct link *link)
{
	struct relay_link *relay = (struct relay_link *)link;
	unsigned sent = 0;

	if (orders.bunched && relay->queued > 1 && flush_bunch(relay))
		sent = relay->queued;
	while (sent < relay->queued) {
		int count = sendmmsg(link->fd, relay->out + sent, relay->queued - sent, 0);
		if (count > 0)
			sent += (unsigned)count;
		else if (errno != EINTR && errno != EAGAIN && errno != ENOBUFS && errno != ECONNREFUSED)
			err(1, "sendmmsg");
	}
	relay->queued = 0;
}

static uint8_t *
slot(struct link *link)
{
	struct relay_link *relay = (struct relay_link *)link;

	if (relay->queued == LINK_BATCH)
		flush(link);
	return relay->out_octets[relay->queued];
}

static void
queue(struct link *link, size_t length, uint32_t client, uint32_t source)
{
	struct relay_link *relay = (struct relay_link *)link;

	(void)client;
	(void)source;
	relay->out_vectors[relay->queued++].iov_len = length;
}

static unsigned
receive(struct link *link, void (*take)(void *context, const struct arrival *arrival), void *context)
{
	struct relay_link *relay = (struct relay_link *)link;
	int count;

	for (int i = 0; i < LINK_BATCH; i++)
		relay->in[i].msg_hdr.msg_namelen = sizeof relay->in_sources[i];
	count = recvmmsg(link->fd, relay->in, LINK_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < count; i++) {
		struct arrival arrival = {
			.octets = relay->in_octets[i],
			.length = relay->in[i].msg_len,
			.source = ntohl(relay->in_sources[i].sin_addr.s_addr),
			.source_port = ntohs(relay->in_sources[i].sin_port),
		};
		take(context, &arrival);
	}
	return count > 0 ? (unsigned)count : 0;
}

struct link *
open_relay_link(uint32_t own, uint32_t server)
{
	struct relay_link *relay = calloc(1, sizeof *relay);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(67), .sin_addr.s_addr = htonl(own) };
	int octets = LINK_BUFFER_OCTETS;

	if (relay == NULL)
		err(1, "memory");
	relay->link = (struct link){ .arp = -1, .slot = slot, .queue = queue, .flush = flush, .receive = receive };
	relay->server = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(67), .sin_addr.s_addr = htonl(server)
	};
	for (int i = 0; i < LINK_BATCH; i++) {
		relay->out_vectors[i].iov_base = relay->out_octets[i];
		relay->out[i].msg_hdr.msg_iov = &relay->out_vectors[i];
		relay->out[i].msg_hdr.msg_iovlen = 1;
		relay->out[i].msg_hdr.msg_name = &relay->server;
		relay->out[i].msg_hdr.msg_namelen = sizeof relay->server;
		relay->in_vectors[i] = (struct iovec){ relay->in_octets[i], LINK_SLOT };
		relay->in[i].msg_hdr.msg_iov = &relay->in_vectors[i];
		relay->in[i].msg_hdr.msg_iovlen = 1;
		relay->in[i].msg_hdr.msg_name = &relay->in_sources[i];
	}
	relay->link.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (relay->link.fd == -1 || bind(relay->link.fd, (struct sockaddr *)&address, sizeof address) == -1)
		err(1, "port 67 of the relay's address");
	if (setsockopt(relay->link.fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) == -1)
		setsockopt(relay->link.fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
	return &relay->link;
}
