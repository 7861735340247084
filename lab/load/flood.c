/*
 * A flood of frames that a server is meant to drop, each of another hardware address, and the processor time of sending it.
 *
 *	anydhcpd-flood INTERFACE KIND SECONDS [FRAMES-A-SECOND]
 *		discover	DHCPDISCOVERs
 *		other-server	DHCPREQUESTs that take another server's offer
 *		reply		replies, to the server's port
 *		no-protocol	frames of a protocol that no kernel has (IEEE 802's for experiments)
 *	anydhcpd-flood INTERFACE relayed SECONDS FRAMES-A-SECOND HARDWARE SOURCE SERVER GIADDR
 *		DHCPDISCOVERs by one port of a relay, whose frames go from the address SOURCE to HARDWARE and SERVER
 *
 * Without a rate, or with 0, as fast as they go. What does not fit the device's queue is not counted. Prints {"sent": N,
 * "seconds": S, "processorSeconds": P} at the end. On a virtual cable the receiving kernel's work is part of P, but for
 * kernels with CONFIG_IRQ_TIME_ACCOUNTING.
 */
#include <sys/prctl.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dhcp_message.h"
#include "frame.h"

/* About as many as a card that gathers interrupts hands over at once. */
#define BATCH 16
#define NANOSECONDS 1000000000LL
#define HARDWARE_OCTETS 6
#define EXPERIMENTAL_PROTOCOL 0x88b5

/* Where things are in a frame. */
enum { SOURCE_HARDWARE = 6, ETHERTYPE = 12, UDP_CHECKSUM = FRAME_PAYLOAD_AT - 2 };

static const char usage[] = "usage: anydhcpd-flood INTERFACE discover|other-server|reply|no-protocol SECONDS [FRAMES-A-SECOND]\n"
			    "       anydhcpd-flood INTERFACE relayed SECONDS FRAMES-A-SECOND HARDWARE SOURCE SERVER GIADDR\n";

static long long
read_clock(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NANOSECONDS + t.tv_nsec;
}

static long long
now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static void
read_hardware(const char *text, uint8_t hardware[HARDWARE_OCTETS])
{
	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &hardware[0], &hardware[1], &hardware[2], &hardware[3],
	    &hardware[4], &hardware[5]) != HARDWARE_OCTETS)
		errx(1, "no hardware address: %s", text);
}

/* Writes a frame of a kind; returns its length. */
static size_t
prepare(uint8_t *frame, const char *kind, char **relay)
{
	struct frame_ends ends = { .destination_hardware = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		.destination = 0xffffffff, .source_port = 68, .destination_port = 67 };
	struct query query = { .type = DISCOVER };
	uint8_t *message = frame + FRAME_PAYLOAD_AT;

	if (strcmp(kind, "other-server") == 0) {
		query.type = REQUEST;
		query.requested = address_of("10.80.1.1");
		query.server = address_of("10.80.0.77");
	} else if (strcmp(kind, "relayed") == 0) {
		ends.source_port = 67;
		read_hardware(relay[0], ends.destination_hardware);
		ends.source = address_of(relay[1]);
		ends.destination = address_of(relay[2]);
		query.giaddr = address_of(relay[3]);
	}
	size_t length = build_query(&query, message);
	if (strcmp(kind, "reply") == 0)
		message[0] = 2;
	length = write_frame_headers(frame, &ends, length);
	if (strcmp(kind, "no-protocol") == 0)
		put16(frame + ETHERTYPE, EXPERIMENTAL_PROTOCOL);
	/* There is none: the message changes with every frame. */
	memset(frame + UDP_CHECKSUM, 0, 2);
	return length;
}

/* Where the hardware address in the client identifier of a query is. */
static uint8_t *
identifier(uint8_t *message)
{
	uint8_t *at = message + OPTIONS_AT;

	while (at[0] != 61)
		at += 2 + at[1];
	return at + 3;
}

/* Another hardware address and transaction identifier (xorshift64). */
static void
renew(uint8_t *frame, uint64_t *state)
{
	uint8_t *message = frame + FRAME_PAYLOAD_AT;

	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	memcpy(message + CHADDR_AT, state, HARDWARE_OCTETS);
	message[CHADDR_AT] = 0x06;
	memcpy(identifier(message), message + CHADDR_AT, HARDWARE_OCTETS);
	memcpy(message + XID_AT, (uint8_t *)state + 2, 4);
	memcpy(frame + SOURCE_HARDWARE, message + CHADDR_AT, HARDWARE_OCTETS);
}

static void
sleep_until(long long at)
{
	const struct timespec time = { .tv_sec = at / NANOSECONDS, .tv_nsec = at % NANOSECONDS };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

/* Sends until `end`; returns how many have left. */
static long long
flood(int fd, uint8_t frames[BATCH][FRAME_PAYLOAD_AT + MESSAGE_MAX], struct mmsghdr *messages, long long rate, long long end)
{
	uint64_t state = 0x9e3779b97f4a7c15;
	long long start = now(), sent = 0;

	for (long long tried = 0; now() < end; tried += BATCH) {
		if (rate > 0)
			sleep_until(start + tried * NANOSECONDS / rate);
		for (int i = 0; i < BATCH; i++)
			renew(frames[i], &state);
		int done = sendmmsg(fd, messages, BATCH, 0);
		if (done > 0)
			sent += done;
		else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			err(1, "sendmmsg");
	}
	return sent;
}

int
main(int argc, char **argv)
{
	static uint8_t frames[BATCH][FRAME_PAYLOAD_AT + MESSAGE_MAX];
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];

	if (argc < 4) {
		fputs(usage, stderr);
		return 1;
	}
	const char *kind = argv[2];
	bool is_relayed = strcmp(kind, "relayed") == 0;
	bool is_kind = is_relayed || strcmp(kind, "discover") == 0 || strcmp(kind, "other-server") == 0 ||
	    strcmp(kind, "reply") == 0 || strcmp(kind, "no-protocol") == 0;
	if (!is_kind || (is_relayed ? argc != 9 : argc > 5)) {
		fputs(usage, stderr);
		return 1;
	}
	int fd = open_packet_socket(argv[1], 0, 0);
	memset(messages, 0, sizeof(messages));
	for (int i = 0; i < BATCH; i++) {
		vectors[i] = (struct iovec){ .iov_base = frames[i], .iov_len = prepare(frames[i], kind, argv + 5) };
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	prctl(PR_SET_TIMERSLACK, 1);
	long long start = now(), used = read_clock(CLOCK_PROCESS_CPUTIME_ID);
	long long sent = flood(fd, frames, messages, argc > 4 ? atoll(argv[4]) : 0,
	    start + (long long)(atof(argv[3]) * NANOSECONDS));
	printf("{\"sent\": %lld, \"seconds\": %.6f, \"processorSeconds\": %.6f}\n", sent,
	    (double)(now() - start) / NANOSECONDS,
	    (double)(read_clock(CLOCK_PROCESS_CPUTIME_ID) - used) / NANOSECONDS);
	return 0;
}
