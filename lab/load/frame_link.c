/*
 * The link of many clients: a packet socket that writes and reads whole Ethernet frames, and a second
 * one that answers ARP requests for the addresses that the clients have.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>

#include "dhcp_message.h"
#include "frame.h"
#include "link.h"

enum { ARP_OCTETS = ETH_HLEN + 28 };

struct frame_link {
	struct link link;
	uint32_t server;
	int knows_server;
	uint8_t server_hardware[6];
	unsigned queued;
	struct mmsghdr out[LINK_BATCH];
	struct iovec out_vectors[LINK_BATCH];
	uint8_t out_octets[LINK_BATCH][LINK_SLOT];
	struct mmsghdr in[LINK_BATCH];
	struct iovec in_vectors[LINK_BATCH];
	uint8_t in_octets[LINK_BATCH][LINK_SLOT];
};

uint32_t (*client_with_address)(uint32_t address);

static void
flush(struct link *link)
{
	struct frame_link *frames = (struct frame_link *)link;
	unsigned sent = 0;

	while (sent < frames->queued) {
		int count = sendmmsg(link->fd, frames->out + sent, frames->queued - sent, 0);
		if (count > 0)
			sent += (unsigned)count;
		else if (errno != EINTR && errno != EAGAIN && errno != ENOBUFS)
			err(1, "sendmmsg");
	}
	frames->queued = 0;
}

static uint8_t *
slot(struct link *link)
{
	struct frame_link *frames = (struct frame_link *)link;

	if (frames->queued == LINK_BATCH)
		flush(link);
	return frames->out_octets[frames->queued] + FRAME_PAYLOAD_AT;
}

/* Writes the headers before the message: broadcast from 0.0.0.0, or from the client's address to the server. */
static void
queue(struct link *link, size_t length, uint32_t client, uint32_t source)
{
	struct frame_link *frames = (struct frame_link *)link;
	int is_unicast = source != 0 && frames->knows_server;
	struct frame_ends ends = {
		.source = source, .destination = is_unicast ? frames->server : INADDR_BROADCAST,
		.source_port = 68, .destination_port = 67,
	};

	if (is_unicast)
		memcpy(ends.destination_hardware, frames->server_hardware, 6);
	else
		memset(ends.destination_hardware, 0xff, 6);
	client_hardware(client, ends.source_hardware);
	frames->out_vectors[frames->queued].iov_len =
	    write_frame_headers(frames->out_octets[frames->queued], &ends, length);
	frames->queued++;
}

/* Answers an ARP request for a client's address. */
static void
answer_arp(struct frame_link *frames)
{
	uint8_t frame[ARP_OCTETS + 64];
	ssize_t length;

	while ((length = recv(frames->link.arp, frame, sizeof frame, MSG_DONTWAIT)) >= ARP_OCTETS) {
		uint8_t *arp = frame + ETH_HLEN;
		uint32_t client = client_with_address(get32(arp + 24));
		if (get16(arp + 6) != 1 || client == 0)
			continue;
		uint8_t asker[10];
		memcpy(asker, arp + 8, 10);
		put16(arp + 6, 2);
		client_hardware(client - 1, arp + 8);
		memcpy(arp + 14, arp + 24, 4);
		memcpy(arp + 18, asker, 10);
		memcpy(frame, asker, 6);
		memcpy(frame + 6, arp + 8, 6);
		send(frames->link.arp, frame, ARP_OCTETS, 0);
	}
}

static unsigned
receive(struct link *link, void (*take)(void *context, const struct arrival *arrival), void *context)
{
	struct frame_link *frames = (struct frame_link *)link;
	int count = recvmmsg(link->fd, frames->in, LINK_BATCH, MSG_DONTWAIT, NULL);

	for (int i = 0; i < count; i++) {
		struct frame_ends ends;
		size_t length;
		const uint8_t *message = read_frame(frames->in_octets[i], frames->in[i].msg_len, 68, &ends, &length);
		if (message == NULL)
			continue;
		struct arrival arrival = {
			.octets = message,
			.length = length,
			.source = ends.source,
			.source_port = ends.source_port,
			.port = 68,
			.destination = ends.destination,
			.destination_hardware = frames->in_octets[i],
		};
		if (arrival.source == frames->server && !frames->knows_server) {
			memcpy(frames->server_hardware, frames->in_octets[i] + 6, 6);
			frames->knows_server = 1;
		}
		take(context, &arrival);
	}
	answer_arp(frames);
	return count > 0 ? (unsigned)count : 0;
}

struct link *
open_frame_link(const char *interface, uint32_t server)
{
	struct frame_link *frames = calloc(1, sizeof *frames);

	if (frames == NULL)
		err(1, "memory");
	frames->link = (struct link){ .slot = slot, .queue = queue, .flush = flush, .receive = receive };
	frames->server = server;
	for (int i = 0; i < LINK_BATCH; i++) {
		frames->out_vectors[i].iov_base = frames->out_octets[i];
		frames->out[i].msg_hdr.msg_iov = &frames->out_vectors[i];
		frames->out[i].msg_hdr.msg_iovlen = 1;
		frames->in_vectors[i] = (struct iovec){ frames->in_octets[i], LINK_SLOT };
		frames->in[i].msg_hdr.msg_iov = &frames->in_vectors[i];
		frames->in[i].msg_hdr.msg_iovlen = 1;
	}
	frames->link.fd = open_packet_socket(interface, ETH_P_IP, 68);
	frames->link.arp = open_packet_socket(interface, ETH_P_ARP, 0);
	return &frames->link;
}
