/*
 * The baseline to measure servers against: takes all queries that wait, relayed ones or, with
 * --interface, whole frames of clients on a link, makes the least that clients accept as a reply in place, and
 * sends the batch. With --journal ACKs wait for their records to be on the disk (journal.h). Nothing is
 * remembered: a client's address is counted off from its hardware address. --fault makes one kind of invalid
 * reply, to try the checks of the load generator.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dhcp_message.h"
#include "frame.h"
#include "journal.h"

enum { SLOT = 2048, CONTROL = CMSG_SPACE(sizeof(struct in_pktinfo)), BUFFER_OCTETS = 4 << 20 };

static struct mmsghdr headers[BATCH_MAX];
static struct iovec vectors[BATCH_MAX];
static struct sockaddr_in peers[BATCH_MAX];
static uint8_t octets[BATCH_MAX][SLOT];
static uint8_t controls[BATCH_MAX][CONTROL] __attribute__((aligned(8)));

static int has_journal;

static uint32_t base;		/* address of client 0 */
static const char *fault = "";

static int
is_wrong_in(const char *what)
{
	return strcmp(fault, what) == 0;
}

/* Turns a query into its reply; returns the reply's type. */
static int
answer(uint8_t *message, size_t *length, uint32_t own)
{
	uint8_t agent[256], *at = message + OPTIONS_AT;
	size_t agent_octets = 0, place = OPTIONS_AT;
	int type = 0;

	while (place + 2 <= *length && message[place] != 255) {
		uint8_t code = message[place];
		if (code == 0) {
			place++;
			continue;
		}
		if (code == 53)
			type = message[place + 2] == DISCOVER ? OFFER : ACK;
		if (code == 82) {
			agent_octets = 2u + message[place + 1];
			memcpy(agent, message + place, agent_octets);
		}
		place += 2u + message[place + 1];
	}
	uint32_t client = (uint32_t)message[CHADDR_AT + 3] << 16 | get16(message + CHADDR_AT + 4);
	message[0] = 2;
	put32(message + YIADDR_AT, is_wrong_in("duplicate") ? base : is_wrong_in("address") ? 0 : base + client);
	*at++ = 53;
	*at++ = 1;
	*at++ = (uint8_t)(is_wrong_in("type") ? ACK : type);
	*at++ = 54;
	*at++ = 4;
	put32(at, is_wrong_in("serverIdentifier") ? own + 1 : own);
	at += 4;
	if (!is_wrong_in("options")) {
		memcpy(at, "\063\004\000\000\016\020", 6);
		memcpy(at + 6, "\001\004\377\377\000\000", 6);
		at += 12;
	}
	memcpy(at, agent, agent_octets);
	if (is_wrong_in("agent"))
		at[2] ^= 1;
	at += agent_octets;
	*at++ = 255;
	if (is_wrong_in("xid"))
		put32(message + XID_AT, get32(message + XID_AT) ^ 1);
	if (is_wrong_in("hardware"))
		message[CHADDR_AT] ^= 4;
	size_t reply_length = (size_t)(at - message);
	if (reply_length < MESSAGE_MIN) {
		memset(at, 0, MESSAGE_MIN - reply_length);
		reply_length = MESSAGE_MIN;
	}
	*length = reply_length;
	return type;
}

static void
tell_ready(void)
{
	puts("ready");
	fflush(stdout);
}

static struct in_pktinfo *
packet_info(struct msghdr *header)
{
	for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL; control = CMSG_NXTHDR(header, control))
		if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO)
			return (struct in_pktinfo *)(void *)CMSG_DATA(control);
	errx(1, "a message without IP_PKTINFO");
}

/* Waits for queries and takes all that there are, at most `batch`; the control data of a datagram goes out with its reply. */
static unsigned
take_batch(int fd, unsigned batch, int is_frames)
{
	/* Of those before: the rest is as it was. */
	static unsigned used = BATCH_MAX;

	for (unsigned i = 0; i < used; i++) {
		vectors[i] = (struct iovec){ octets[i], SLOT };
		headers[i].msg_hdr = (struct msghdr){ .msg_iov = &vectors[i], .msg_iovlen = 1 };
		if (is_frames)
			continue;
		headers[i].msg_hdr.msg_name = &peers[i];
		headers[i].msg_hdr.msg_namelen = sizeof peers[i];
		headers[i].msg_hdr.msg_control = controls[i];
		headers[i].msg_hdr.msg_controllen = CONTROL;
	}
	for (;;) {
		int count = recvmmsg(fd, headers, batch, MSG_WAITFORONE, NULL);
		if (count != -1)
			return used = (unsigned)count;
		if (errno != EINTR)
			err(1, "recvmmsg");
	}
}

/* What becomes of reply `i` of a batch: it waits for its record, or it leaves with the `leaving` before it. */
static void
put_reply(unsigned i, int type, const uint8_t *message, unsigned *leaving)
{
	if (has_journal && type == ACK) {
		journal_add(message, &headers[i].msg_hdr);
		return;
	}
	if (*leaving != i) {
		struct mmsghdr other = headers[*leaving];
		headers[*leaving] = headers[i];
		headers[i] = other;
	}
	*leaving += 1;
}

static void
serve(int fd, unsigned batch)
{
	for (;;) {
		unsigned count = take_batch(fd, batch, 0), leaving = 0;
		journal_begin();
		for (unsigned i = 0; i < count; i++) {
			struct in_pktinfo *info = packet_info(&headers[i].msg_hdr);
			size_t length = headers[i].msg_len;
			info->ipi_ifindex = 0;
			info->ipi_spec_dst = info->ipi_addr;
			if (is_wrong_in("source"))
				info->ipi_spec_dst.s_addr = htonl(ntohl(info->ipi_addr.s_addr) + 1);
			int type = answer(octets[i], &length, ntohl(info->ipi_addr.s_addr));
			vectors[i].iov_len = length;
			put_reply(i, type, octets[i], &leaving);
		}
		journal_end();
		send_batch(fd, headers, leaving);
		journal_store();
	}
}

/* Turns a frame with a query into the one with its reply; returns the reply's type, 0 for none. */
static int
answer_frame(uint8_t *frame, size_t *length, uint32_t own, const uint8_t own_hardware[6])
{
	struct frame_ends ends;
	size_t message_length;
	uint8_t *message = frame + FRAME_PAYLOAD_AT;

	if (read_frame(frame, *length, 67, &ends, &message_length) != message)
		return 0;
	int is_broadcast = get16(message + FLAGS_AT) & BROADCAST_FLAG;
	int type = answer(message, &message_length, own);
	ends.source = own;
	ends.source_port = 67;
	ends.destination_port = 68;
	memcpy(ends.source_hardware, own_hardware, 6);
	if (is_broadcast || is_wrong_in("destination")) {
		ends.destination = is_broadcast ? INADDR_BROADCAST : get32(message + YIADDR_AT);
		memset(ends.destination_hardware, 0xff, 6);
	} else {
		ends.destination = get32(message + YIADDR_AT);
		memcpy(ends.destination_hardware, message + CHADDR_AT, 6);
	}
	*length = write_frame_headers(frame, &ends, message_length);
	return type;
}

static void
serve_frames(const char *interface, const char *journal, unsigned batch)
{
	int fd = open_packet_socket(interface, ETH_P_IP, 67);
	struct ifreq request = { 0 };
	uint8_t own_hardware[6];

	strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
	if (ioctl(fd, SIOCGIFHWADDR, &request) == -1)
		err(1, "%s", interface);
	memcpy(own_hardware, request.ifr_hwaddr.sa_data, 6);
	int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (any == -1 || ioctl(any, SIOCGIFADDR, &request) == -1)
		err(1, "an address of %s", interface);
	uint32_t own = ntohl(((struct sockaddr_in *)(void *)&request.ifr_addr)->sin_addr.s_addr);
	close(any);
	if (journal != NULL)
		journal_start(journal, fd);
	tell_ready();
	for (;;) {
		unsigned count = take_batch(fd, batch, 1), leaving = 0;
		journal_begin();
		for (unsigned i = 0; i < count; i++) {
			size_t length = headers[i].msg_len;
			int type = answer_frame(octets[i], &length, own, own_hardware);
			vectors[i].iov_len = length;
			if (type != 0)
				put_reply(i, type, octets[i] + FRAME_PAYLOAD_AT, &leaving);
		}
		journal_end();
		send_batch(fd, headers, leaving);
		journal_store();
	}
}

int
main(int argc, char **argv)
{
	static const struct option OPTIONS[] = {
		{ "base", required_argument, NULL, 'b' },
		{ "interface", required_argument, NULL, 'i' },
		{ "journal", required_argument, NULL, 'j' },
		{ "batch", required_argument, NULL, 'n' },
		{ "fault", required_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 },
	};
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(67) };
	int one = 1, size = BUFFER_OCTETS, letter;
	unsigned batch = BATCH_MAX;
	const char *interface = NULL, *journal = NULL;
	struct in_addr address;

	while ((letter = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
		if (letter == 'b' && inet_pton(AF_INET, optarg, &address) == 1)
			base = ntohl(address.s_addr);
		else if (letter == 'j')
			journal = optarg;
		else if (letter == 'i')
			interface = optarg;
		else if (letter == 'n')
			batch = (unsigned)atoi(optarg);
		else if (letter == 'l')
			fault = optarg;
	}
	if (optind != argc || base == 0 || batch < 1 || batch > BATCH_MAX)
		errx(2, "usage: anydhcpd-baseline-echo --base ADDRESS [--interface NAME] [--journal FILE] [--batch 1-%d] [--fault KIND]", BATCH_MAX);
	has_journal = journal != NULL;
	if (interface != NULL)
		serve_frames(interface, journal, batch);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one) == -1 ||
	    bind(fd, (struct sockaddr *)&any, sizeof any) == -1)
		err(1, "port 67");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) == -1)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (has_journal)
		journal_start(journal, fd);
	tell_ready();
	serve(fd, batch);
}
