/*
 * Hands and eyes on one interface, for a program that thinks elsewhere.
 *
 *	wire INTERFACE
 *
 * Standard input, a command a line: "frame HEX" writes a whole Ethernet frame; "datagram HEX" makes the kernel send a
 * UDP datagram from port 68 to 255.255.255.255 port 67, whose checksum it leaves unfinished on a virtual link. Standard
 * output: "ready HARDWARE-ADDRESS", then a line for each frame that comes in: "full HEX", or "partial HEX" where the
 * kernel says that the checksum is unfinished. It ends with its standard input. Meanwhile it holds ports 67 and 68, so
 * that the kernel tells no sender that they are closed.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SERVER_PORT = 67, CLIENT_PORT = 68, FRAME_MAX = 2048, LINE_MAX_OCTETS = 2 * FRAME_MAX + 32 };

static const char *interface;

static int
open_frames(struct ifreq *request)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP) };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), on = 1;

	if (fd == -1 || ioctl(fd, SIOCGIFHWADDR, request) == -1)
		err(1, "%s: packet socket", interface);
	address.sll_ifindex = (int)if_nametoindex(interface);
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) == -1 ||
	    bind(fd, (struct sockaddr *)&address, sizeof address) == -1)
		err(1, "%s", interface);
	return fd;
}

static int
open_port(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;

	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface)) == -1 ||
	    bind(fd, (struct sockaddr *)&address, sizeof address) == -1)
		err(1, "port %u", port);
	return fd;
}

static int
is_partial(struct msghdr *message)
{
	struct tpacket_auxdata auxdata;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
		if (part->cmsg_level != SOL_PACKET || part->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&auxdata, CMSG_DATA(part), sizeof auxdata);
		return (auxdata.tp_status & TP_STATUS_CSUMNOTREADY) != 0;
	}
	return 0;
}

static void
take_frame(int fd)
{
	static uint8_t octets[FRAME_MAX];
	union {
		struct cmsghdr header;
		char octets[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct sockaddr_ll from;
	struct iovec vector = { octets, sizeof octets };
	struct msghdr message = {
		.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &vector, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof control,
	};
	ssize_t length = recvmsg(fd, &message, 0);

	if (length <= 0 || from.sll_pkttype == PACKET_OUTGOING)
		return;
	fputs(is_partial(&message) ? "partial " : "full ", stdout);
	for (ssize_t i = 0; i < length; i++)
		printf("%02x", octets[i]);
	putchar('\n');
	fflush(stdout);
}

static size_t
read_hex(const char *text, uint8_t *octets)
{
	size_t length = 0;
	unsigned octet;

	for (; length < FRAME_MAX && sscanf(text, "%2x", &octet) == 1; text += 2)
		octets[length++] = (uint8_t)octet;
	return length;
}

static void
obey(const char *line, int frames, int port)
{
	static uint8_t octets[FRAME_MAX];
	struct sockaddr_in everybody = {
		.sin_family = AF_INET, .sin_port = htons(SERVER_PORT), .sin_addr.s_addr = htonl(INADDR_BROADCAST)
	};
	size_t length;
	ssize_t sent = 0;

	if (strncmp(line, "frame ", 6) == 0) {
		length = read_hex(line + 6, octets);
		sent = send(frames, octets, length, 0);
	} else if (strncmp(line, "datagram ", 9) == 0) {
		length = read_hex(line + 9, octets);
		sent = sendto(port, octets, length, 0, (struct sockaddr *)&everybody, sizeof everybody);
	} else {
		errx(1, "no such command: %s", line);
	}
	if (sent == -1)
		warn("send");
}

int
main(int argc, char **argv)
{
	static char line[LINE_MAX_OCTETS];
	struct ifreq request = { 0 };
	int frames, port;

	if (argc != 2 || strlen(argv[1]) >= IFNAMSIZ)
		errx(2, "usage: wire INTERFACE");
	interface = argv[1];
	strcpy(request.ifr_name, interface);
	frames = open_frames(&request);
	open_port(SERVER_PORT);
	port = open_port(CLIENT_PORT);
	const uint8_t *mac = (const uint8_t *)request.ifr_hwaddr.sa_data;
	printf("ready %02x:%02x:%02x:%02x:%02x:%02x\n", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	fflush(stdout);
	setvbuf(stdin, NULL, _IONBF, 0);
	for (;;) {
		struct pollfd ready[2] = { { STDIN_FILENO, POLLIN, 0 }, { frames, POLLIN, 0 } };
		if (poll(ready, 2, -1) == -1 && errno != EINTR)
			err(1, "poll");
		if (ready[1].revents != 0)
			take_frame(frames);
		if (ready[0].revents == 0)
			continue;
		if (fgets(line, sizeof line, stdin) == NULL)
			return 0;
		obey(line, frames, port);
	}
}
