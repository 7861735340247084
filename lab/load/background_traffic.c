/*
 * Unrelated traffic, and bare listeners to see what it costs them.
 *
 *	anydhcpd-background-traffic send INTERFACE DESTINATION-MAC SOURCE DESTINATION PACKETS-A-SECOND SECONDS
 *		UDP datagrams of 64 octets to changing ports above 1024, as frames; with 0 packets a
 *		second as fast as they go. Prints {"sent": N, "seconds": S} at the end.
 *	anydhcpd-background-traffic listen udp
 *		A UDP socket on port 67.
 *	anydhcpd-background-traffic listen packet INTERFACE [CODE,JT,JF,K ...]
 *		A packet socket for IPv4, behind a classic BPF filter if one is given.
 *
 * A listener prints {"ready": true}, reads one packet at a time with a blocking call, and prints
 * {"received": N} on SIGTERM: what it costs is the kernel's work and one wake-up, no more.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 32
/* Batches a second that are aimed at: about what an Ethernet card that gathers interrupts hands over. */
#define BATCHES_A_SECOND 20000
#define PAYLOAD_OCTETS 64
#define SERVER_PORT 67
#define FIRST_PORT 2000
#define PORTS 4096
#define NANOSECONDS 1000000000LL
#define FILTER_MAX 64
#define ETHERNET_MAC_WORDS 6

struct frame {
	struct ether_header ethernet;
	struct iphdr ip;
	struct udphdr udp;
	uint8_t payload[PAYLOAD_OCTETS];
} __attribute__((packed));

static volatile sig_atomic_t ended;

static void
end(int number)
{
	(void)number;
	ended = 1;
}

static void
fail(const char *what)
{
	fprintf(stderr, "anydhcpd-background-traffic: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NANOSECONDS + t.tv_nsec;
}

static int
packet_socket(const char *interface, uint16_t protocol, const struct sock_fprog *filter)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd == -1)
		fail("packet socket");
	/* Before the bind: nothing that the filter refuses may get in. */
	if (filter != NULL && setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter, sizeof(*filter)) == -1)
		fail("filter");
	address.sll_protocol = htons(protocol);
	address.sll_ifindex = (int)if_nametoindex(interface);
	if (address.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		fail(interface);
	return fd;
}

static uint16_t
header_checksum(struct iphdr ip)
{
	uint16_t words[sizeof(ip) / sizeof(uint16_t)];
	uint32_t total = 0;
	size_t i;

	memcpy(words, &ip, sizeof(ip));
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		total += words[i];
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

static void
prepare_frame(struct frame *frame, const char *mac, const char *source, const char *destination)
{
	unsigned int octets[ETHERNET_MAC_WORDS];
	int i;

	memset(frame, 0, sizeof(*frame));
	if (sscanf(mac, "%x:%x:%x:%x:%x:%x", &octets[0], &octets[1], &octets[2], &octets[3], &octets[4], &octets[5]) !=
	    ETHERNET_MAC_WORDS) {
		fprintf(stderr, "anydhcpd-background-traffic: no hardware address: %s\n", mac);
		exit(1);
	}
	for (i = 0; i < ETHERNET_MAC_WORDS; i++)
		frame->ethernet.ether_dhost[i] = (uint8_t)octets[i];
	frame->ethernet.ether_shost[0] = 0x02;
	frame->ethernet.ether_type = htons(ETHERTYPE_IP);
	frame->ip.version = 4;
	frame->ip.ihl = 5;
	frame->ip.tot_len = htons(sizeof(*frame) - sizeof(frame->ethernet));
	frame->ip.ttl = 64;
	frame->ip.protocol = IPPROTO_UDP;
	if (inet_pton(AF_INET, source, &frame->ip.saddr) != 1 || inet_pton(AF_INET, destination, &frame->ip.daddr) != 1) {
		fprintf(stderr, "anydhcpd-background-traffic: no address: %s or %s\n", source, destination);
		exit(1);
	}
	frame->ip.check = header_checksum(frame->ip);
	frame->udp.source = htons(FIRST_PORT);
	frame->udp.len = htons(sizeof(frame->udp) + sizeof(frame->payload));
}

/* As many as are due since the start, in batches; what does not fit the device's queue is not counted. */
static int
send_traffic(char **words)
{
	static struct frame frames[BATCH];
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	struct timespec pause = { .tv_nsec = 10000 };
	const char *interface = words[0];
	long long rate = atoll(words[4]);
	double seconds = atof(words[5]);
	long long start, sent = 0, tried = 0, due;
	int fd = packet_socket(interface, 0, NULL);
	int i, done, batch = BATCH;

	if (rate > 0 && rate / BATCHES_A_SECOND < BATCH)
		batch = rate < BATCHES_A_SECOND ? 1 : (int)(rate / BATCHES_A_SECOND);
	prctl(PR_SET_TIMERSLACK, 1);
	memset(messages, 0, sizeof(messages));
	for (i = 0; i < BATCH; i++) {
		prepare_frame(&frames[i], words[1], words[2], words[3]);
		vectors[i] = (struct iovec){ .iov_base = &frames[i], .iov_len = sizeof(frames[i]) };
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	start = now();
	while (!ended && (double)(now() - start) < seconds * NANOSECONDS) {
		due = rate == 0 ? batch : (now() - start) * rate / NANOSECONDS - tried;
		if (due < batch) {
			nanosleep(&pause, NULL);
			continue;
		}
		for (i = 0; i < batch; i++)
			frames[i].udp.dest = htons((uint16_t)(FIRST_PORT + (tried + i) % PORTS));
		done = sendmmsg(fd, messages, (unsigned)batch, 0);
		tried += batch;
		if (done > 0)
			sent += done;
		else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			fail("sendmmsg");
	}
	printf("{\"sent\": %lld, \"seconds\": %.3f}\n", sent, (double)(now() - start) / NANOSECONDS);
	return 0;
}

static int
udp_socket(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(SERVER_PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		fail("UDP socket on port 67");
	return fd;
}

static int
filtered_socket(const char *interface, int count, char **words)
{
	struct sock_filter instructions[FILTER_MAX];
	struct sock_fprog filter = { .len = (unsigned short)count, .filter = instructions };
	unsigned int code, jt, jf, k;
	int i;

	if (count > FILTER_MAX) {
		fprintf(stderr, "anydhcpd-background-traffic: more than %d instructions\n", FILTER_MAX);
		exit(1);
	}
	for (i = 0; i < count; i++) {
		if (sscanf(words[i], "%u,%u,%u,%u", &code, &jt, &jf, &k) != 4) {
			fprintf(stderr, "anydhcpd-background-traffic: no instruction: %s\n", words[i]);
			exit(1);
		}
		instructions[i] =
		    (struct sock_filter){ .code = (uint16_t)code, .jt = (uint8_t)jt, .jf = (uint8_t)jf, .k = k };
	}
	return packet_socket(interface, ETHERTYPE_IP, count == 0 ? NULL : &filter);
}

static int
listen_for_packets(int fd)
{
	char octets[2048];
	long long received = 0;

	printf("{\"ready\": true}\n");
	fflush(stdout);
	while (!ended) {
		if (recv(fd, octets, sizeof(octets), 0) >= 0)
			received++;
	}
	printf("{\"received\": %lld}\n", received);
	return 0;
}

int
main(int argc, char **argv)
{
	/* Without SA_RESTART, so that a blocking read ends. */
	struct sigaction action = { .sa_handler = end };

	sigaction(SIGTERM, &action, NULL);
	if (argc == 8 && strcmp(argv[1], "send") == 0)
		return send_traffic(argv + 2);
	if (argc == 3 && strcmp(argv[1], "listen") == 0 && strcmp(argv[2], "udp") == 0)
		return listen_for_packets(udp_socket());
	if (argc >= 4 && strcmp(argv[1], "listen") == 0 && strcmp(argv[2], "packet") == 0)
		return listen_for_packets(filtered_socket(argv[3], argc - 4, argv + 4));
	fprintf(stderr, "usage: anydhcpd-background-traffic send INTERFACE MAC SOURCE DESTINATION PACKETS-A-SECOND SECONDS\n"
			"       anydhcpd-background-traffic listen udp\n"
			"       anydhcpd-background-traffic listen packet INTERFACE [CODE,JT,JF,K ...]\n");
	return 1;
}
