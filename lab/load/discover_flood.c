/*
 * A flood of DHCPDISCOVERs as frames, each of another hardware address, as fast as they go.
 *
 *	anydhcpd-discover-flood INTERFACE SECONDS
 *
 * Prints {"sent": N, "seconds": S} at the end. What does not fit the device's queue is not counted.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64
#define NANOSECONDS 1000000000LL
#define OPTIONS_OCTETS 60
#define CHADDR 28
#define MAC_OCTETS 6

struct frame {
	struct ether_header ethernet;
	struct iphdr ip;
	struct udphdr udp;
	uint8_t message[240 + OPTIONS_OCTETS];
} __attribute__((packed));

static void
fail(const char *what)
{
	fprintf(stderr, "anydhcpd-discover-flood: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NANOSECONDS + t.tv_nsec;
}

static uint16_t
header_checksum(struct iphdr ip)
{
	uint16_t words[sizeof(ip) / sizeof(uint16_t)];
	uint32_t total = 0;

	memcpy(words, &ip, sizeof(ip));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		total += words[i];
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

static void
prepare(struct frame *frame)
{
	static const uint8_t options[] = { 99, 130, 83, 99, 53, 1, 1, 55, 4, 1, 3, 6, 15, 255 };

	memset(frame, 0, sizeof(*frame));
	memset(frame->ethernet.ether_dhost, 0xff, MAC_OCTETS);
	frame->ethernet.ether_type = htons(ETHERTYPE_IP);
	frame->ip.version = 4;
	frame->ip.ihl = 5;
	frame->ip.tot_len = htons(sizeof(*frame) - sizeof(frame->ethernet));
	frame->ip.ttl = 64;
	frame->ip.protocol = IPPROTO_UDP;
	frame->ip.daddr = INADDR_BROADCAST;
	frame->ip.check = header_checksum(frame->ip);
	frame->udp.source = htons(68);
	frame->udp.dest = htons(67);
	frame->udp.len = htons(sizeof(frame->udp) + sizeof(frame->message));
	frame->message[0] = frame->message[1] = 1;
	frame->message[2] = MAC_OCTETS;
	memcpy(frame->message + 236, options, sizeof(options));
}

/* Another hardware address and transaction identifier (xorshift64). */
static void
renew(struct frame *frame, uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	memcpy(frame->message + CHADDR, state, MAC_OCTETS);
	frame->message[CHADDR] = 0x06;
	memcpy(frame->message + 4, (uint8_t *)state + 2, 4);
	memcpy(frame->ethernet.ether_shost, frame->message + CHADDR, MAC_OCTETS);
}

int
main(int argc, char **argv)
{
	static struct frame frames[BATCH];
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	struct sockaddr_ll address = { .sll_family = AF_PACKET };
	uint64_t state = 0x9e3779b97f4a7c15;
	long long sent = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: anydhcpd-discover-flood INTERFACE SECONDS\n");
		return 1;
	}
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	address.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (fd == -1 || address.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		fail(argv[1]);
	memset(messages, 0, sizeof(messages));
	for (int i = 0; i < BATCH; i++) {
		prepare(&frames[i]);
		vectors[i] = (struct iovec){ .iov_base = &frames[i], .iov_len = sizeof(frames[i]) };
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	long long start = now(), end = start + (long long)(atof(argv[2]) * NANOSECONDS);
	while (now() < end) {
		for (int i = 0; i < BATCH; i++)
			renew(&frames[i], &state);
		int done = sendmmsg(fd, messages, BATCH, 0);
		if (done > 0)
			sent += done;
		else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			fail("sendmmsg");
	}
	printf("{\"sent\": %lld, \"seconds\": %.3f}\n", sent, (double)(now() - start) / NANOSECONDS);
	return 0;
}
