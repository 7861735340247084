/*
 * A flood of DHCPDISCOVERs as frames, each of another hardware address, as fast as they go.
 *
 *	anydhcpd-discover-flood INTERFACE SECONDS
 *
 * Prints {"sent": N, "seconds": S} at the end. What does not fit the device's queue is not counted.
 */
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "frame.h"

#define BATCH 64
#define NANOSECONDS 1000000000LL
#define MESSAGE_OCTETS 300
#define HARDWARE_OCTETS 6

/* Where things are in a message, and in a frame. */
enum { XID = 4, CHADDR = 28, OPTIONS = 236, SOURCE_HARDWARE = 6, UDP_CHECKSUM = FRAME_PAYLOAD_AT - 2 };

static long long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NANOSECONDS + t.tv_nsec;
}

static void
prepare(uint8_t *frame)
{
	static const uint8_t options[] = { 99, 130, 83, 99, 53, 1, 1, 55, 4, 1, 3, 6, 15, 255 };
	const struct frame_ends ends = { .destination_hardware = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		.destination = 0xffffffff, .source_port = 68, .destination_port = 67 };
	uint8_t *message = frame + FRAME_PAYLOAD_AT;

	message[0] = message[1] = 1;
	message[2] = HARDWARE_OCTETS;
	memcpy(message + OPTIONS, options, sizeof(options));
	write_frame_headers(frame, &ends, MESSAGE_OCTETS);
	/* There is none: the message changes with every frame. */
	memset(frame + UDP_CHECKSUM, 0, 2);
}

/* Another hardware address and transaction identifier (xorshift64). */
static void
renew(uint8_t *frame, uint64_t *state)
{
	uint8_t *message = frame + FRAME_PAYLOAD_AT;

	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	memcpy(message + CHADDR, state, HARDWARE_OCTETS);
	message[CHADDR] = 0x06;
	memcpy(message + XID, (uint8_t *)state + 2, 4);
	memcpy(frame + SOURCE_HARDWARE, message + CHADDR, HARDWARE_OCTETS);
}

int
main(int argc, char **argv)
{
	static uint8_t frames[BATCH][FRAME_PAYLOAD_AT + MESSAGE_OCTETS];
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	uint64_t state = 0x9e3779b97f4a7c15;
	long long sent = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: anydhcpd-discover-flood INTERFACE SECONDS\n");
		return 1;
	}
	int fd = open_packet_socket(argv[1], 0, 0);
	memset(messages, 0, sizeof(messages));
	for (int i = 0; i < BATCH; i++) {
		prepare(frames[i]);
		vectors[i] = (struct iovec){ .iov_base = frames[i], .iov_len = sizeof(frames[i]) };
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	long long start = now(), end = start + (long long)(atof(argv[2]) * NANOSECONDS);
	while (now() < end) {
		for (int i = 0; i < BATCH; i++)
			renew(frames[i], &state);
		int done = sendmmsg(fd, messages, BATCH, 0);
		if (done > 0)
			sent += done;
		else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			err(1, "sendmmsg");
	}
	printf("{\"sent\": %lld, \"seconds\": %.3f}\n", sent, (double)(now() - start) / NANOSECONDS);
	return 0;
}
