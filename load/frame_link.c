/*
 * The link of many clients: a packet socket that writes and reads whole Ethernet frames, and a second
 * one that answers ARP requests for the addresses that the clients have.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "message.h"

enum { IP_AT = ETH_HLEN, UDP_AT = IP_AT + 20, PAYLOAD_AT = UDP_AT + 8, ARP_OCTETS = ETH_HLEN + 28 };

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

static uint32_t
sum_of(const uint8_t *octets, size_t length)
{
	uint32_t sum = 0;

	for (; length > 1; octets += 2, length -= 2)
		sum += get16(octets);
	return length > 0 ? sum + ((uint32_t)octets[0] << 8) : sum;
}

static uint16_t
checksum(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

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
	return frames->out_octets[frames->queued] + PAYLOAD_AT;
}

/* Writes the headers before the message: broadcast from 0.0.0.0, or from the client's address to the server. */
static void
queue(struct link *link, size_t length, uint32_t client, uint32_t source)
{
	struct frame_link *frames = (struct frame_link *)link;
	uint8_t *frame = frames->out_octets[frames->queued], *ip = frame + IP_AT, *udp = frame + UDP_AT;
	int is_unicast = source != 0 && frames->knows_server;
	size_t udp_length = length + 8;

	if (is_unicast)
		memcpy(frame, frames->server_hardware, 6);
	else
		memset(frame, 0xff, 6);
	client_hardware(client, frame + 6);
	put16(frame + 12, ETH_P_IP);
	memset(ip, 0, 20);
	ip[0] = 0x45;
	put16(ip + 2, (uint16_t)(20 + udp_length));
	ip[8] = 64;
	ip[9] = IPPROTO_UDP;
	put32(ip + 12, source);
	put32(ip + 16, is_unicast ? frames->server : INADDR_BROADCAST);
	put16(ip + 10, checksum(sum_of(ip, 20)));
	put16(udp, 68);
	put16(udp + 2, 67);
	put16(udp + 4, (uint16_t)udp_length);
	put16(udp + 6, 0);
	uint16_t sum = checksum(sum_of(ip + 12, 8) + IPPROTO_UDP + (uint32_t)udp_length + sum_of(udp, udp_length));
	put16(udp + 6, sum == 0 ? 0xffff : sum);
	frames->out_vectors[frames->queued++].iov_len = PAYLOAD_AT + length;
}

/* The message in a frame to UDP port 68; 0 when it is none. */
static int
read_frame(const uint8_t *frame, size_t length, struct arrival *arrival)
{
	const uint8_t *ip = frame + IP_AT, *udp;
	size_t header;

	if (length < PAYLOAD_AT || ip[9] != IPPROTO_UDP)
		return 0;
	header = (size_t)(ip[0] & 15) * 4;
	udp = ip + header;
	if (header < 20 || length < IP_AT + header + 8 || get16(udp + 2) != 68)
		return 0;
	size_t udp_length = get16(udp + 4);
	if (udp_length < 8 || IP_AT + header + udp_length > length)
		return 0;
	*arrival = (struct arrival){
		.octets = udp + 8,
		.length = udp_length - 8,
		.source = get32(ip + 12),
		.source_port = get16(udp),
		.destination = get32(ip + 16),
		.destination_hardware = frame,
	};
	return 1;
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
		struct arrival arrival;
		if (!read_frame(frames->in_octets[i], frames->in[i].msg_len, &arrival))
			continue;
		if (arrival.source == frames->server && !frames->knows_server) {
			memcpy(frames->server_hardware, frames->in_octets[i] + 6, 6);
			frames->knows_server = 1;
		}
		take(context, &arrival);
	}
	answer_arp(frames);
	return count > 0 ? (unsigned)count : 0;
}

/* Frames whose third and fourth octets behind a plain IP header say UDP port 68; longer headers pass, too. */
static void
attach_filter(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, IP_AT + 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 4),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, IP_AT),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, IP_AT + 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 68, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof code / sizeof code[0], code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == -1)
		err(1, "the filter");
}

static int
open_packet_socket(const char *interface, uint16_t protocol)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(protocol) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), octets = LINK_BUFFER_OCTETS;

	if (fd == -1)
		err(1, "a packet socket");
	if (protocol == ETH_P_IP)
		attach_filter(fd);
	address.sll_ifindex = (int)if_nametoindex(interface);
	if (address.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&address, sizeof address) == -1)
		err(1, "%s", interface);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) == -1)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
	return fd;
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
	frames->link.fd = open_packet_socket(interface, ETH_P_IP);
	frames->link.arp = open_packet_socket(interface, ETH_P_ARP);
	return &frames->link;
}
