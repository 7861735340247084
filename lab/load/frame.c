#include "frame.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>

#include "dhcp_message.h"

enum { IP_AT = ETH_HLEN, UDP_AT = IP_AT + 20, BUFFER_OCTETS = 16 << 20 };

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

size_t
write_frame_headers(uint8_t *frame, const struct frame_ends *ends, size_t length)
{
	uint8_t *ip = frame + IP_AT, *udp = frame + UDP_AT;
	size_t udp_length = length + 8;

	memcpy(frame, ends->destination_hardware, 6);
	memcpy(frame + 6, ends->source_hardware, 6);
	put16(frame + 12, ETH_P_IP);
	memset(ip, 0, 20);
	ip[0] = 0x45;
	put16(ip + 2, (uint16_t)(20 + udp_length));
	ip[8] = 64;
	ip[9] = IPPROTO_UDP;
	put32(ip + 12, ends->source);
	put32(ip + 16, ends->destination);
	put16(ip + 10, checksum(sum_of(ip, 20)));
	put16(udp, ends->source_port);
	put16(udp + 2, ends->destination_port);
	put16(udp + 4, (uint16_t)udp_length);
	put16(udp + 6, 0);
	uint16_t sum = checksum(sum_of(ip + 12, 8) + IPPROTO_UDP + (uint32_t)udp_length + sum_of(udp, udp_length));
	put16(udp + 6, sum == 0 ? 0xffff : sum);
	return FRAME_PAYLOAD_AT + length;
}

const uint8_t *
read_frame(const uint8_t *frame, size_t octets, uint16_t port, struct frame_ends *ends, size_t *length)
{
	const uint8_t *ip = frame + IP_AT, *udp;
	size_t header;

	if (octets < FRAME_PAYLOAD_AT || ip[9] != IPPROTO_UDP)
		return NULL;
	header = (size_t)(ip[0] & 15) * 4;
	udp = ip + header;
	if (header < 20 || octets < IP_AT + header + 8 || get16(udp + 2) != port)
		return NULL;
	size_t udp_length = get16(udp + 4);
	if (udp_length < 8 || IP_AT + header + udp_length > octets)
		return NULL;
	memcpy(ends->destination_hardware, frame, 6);
	memcpy(ends->source_hardware, frame + 6, 6);
	ends->source = get32(ip + 12);
	ends->destination = get32(ip + 16);
	ends->source_port = get16(udp);
	ends->destination_port = port;
	*length = udp_length - 8;
	return udp + 8;
}

/* Frames with UDP to the port, behind IP headers of any length. */
static void
attach_filter(int fd, uint16_t port)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, IP_AT + 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 4),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, IP_AT),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, IP_AT + 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof code / sizeof code[0], code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == -1)
		err(1, "the filter");
}

uint32_t
address_of(const char *text)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1)
		errx(1, "%s: not an IPv4 address", text);
	return ntohl(address.s_addr);
}

int
open_packet_socket(const char *interface, uint16_t protocol, uint16_t port)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(protocol) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), octets = BUFFER_OCTETS;

	if (fd == -1)
		err(1, "a packet socket");
	if (protocol == ETH_P_IP)
		attach_filter(fd, port);
	address.sll_ifindex = (int)if_nametoindex(interface);
	if (address.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&address, sizeof address) == -1)
		err(1, "%s", interface);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) == -1)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
	return fd;
}
