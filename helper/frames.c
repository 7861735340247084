/*
 * See frames.h. One IPv4 and UDP header, from port 67 to port 68, time to live 64, no options, no fragment, both
 * checksums in full (RFC 791, RFC 768, RFC 1071). The kernel writes the Ethernet header.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "check.h"
#include "frames.h"
#include "../c/privilege.h"
#include "rate.h"
#include "interface_snapshot.h"

#define IP_OCTETS 20
#define UDP_OCTETS 8
#define TIME_TO_LIVE 64

static int packets = -1;

bool
frames_open(void)
{
	uint64_t held = capabilities_held();

	if ((held & CAPABILITY(CAP_NET_ADMIN)) != 0 || (held & CAPABILITY(CAP_NET_RAW)) == 0)
		return false;
	/* Without a protocol: nothing is ever received. */
	packets = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return packets >= 0;
}

static void
put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void
put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

/* The sum of the 16-bit words, an odd octet filled up with zero. Below 2^32 for any packet. */
static uint32_t
sum(const uint8_t *octets, size_t length)
{
	uint32_t total = 0;

	for (size_t i = 0; i < length; i++)
		total += (uint32_t)octets[i] << ((i & 1) == 0 ? 8 : 0);
	return total;
}

static uint32_t
checksum(uint32_t total)
{
	total = (total & 0xffff) + (total >> 16);
	total = (total & 0xffff) + (total >> 16);
	return ~total & 0xffff;
}

static void
write_headers(uint8_t header[IP_OCTETS + UDP_OCTETS], const struct helper_frame_request *request)
{
	static uint16_t identification;
	uint8_t *ip = header, *udp = header + IP_OCTETS;
	uint32_t size = UDP_OCTETS + (uint32_t)request->header.count;

	memset(header, 0, IP_OCTETS + UDP_OCTETS);
	ip[0] = 0x45;
	put16(ip + 2, IP_OCTETS + size);
	put16(ip + 4, ++identification);
	ip[8] = TIME_TO_LIVE;
	ip[9] = IPPROTO_UDP;
	put32(ip + 12, request->source);
	put32(ip + 16, request->destination);
	put16(ip + 10, checksum(sum(ip, IP_OCTETS)));
	put16(udp, SERVER_PORT);
	put16(udp + 2, CLIENT_PORT);
	put16(udp + 4, size);
	uint32_t whole = checksum(sum(ip + 12, 8) + IPPROTO_UDP + size + sum(udp, UDP_OCTETS) +
	    sum(request->payload, request->header.count));
	/* Zero would say that there is none. */
	put16(udp + 6, whole == 0 ? 0xffff : whole);
}

uint32_t
frames_send(const struct helper_frame_request *request, uint32_t *error)
{
	const struct helper_neighbour client = check_client(request);
	struct sockaddr_ll name = { .sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_IP),
		.sll_ifindex = (int)request->ifindex, .sll_halen = ETHER_ADDR_LEN };
	uint8_t header[IP_OCTETS + UDP_OCTETS];
	struct iovec parts[] = { { header, sizeof header },
		{ (void *)(uintptr_t)request->payload, request->header.count } };
	struct msghdr message = { .msg_name = &name, .msg_namelen = sizeof name, .msg_iov = parts, .msg_iovlen = 2 };

	if (packets < 0 || !rate_take(rate_now()) || !check_frame(snapshot_current(), request))
		return HELPER_REFUSED;
	check_hardware(&client, name.sll_addr);
	write_headers(header, request);
	if (sendmsg(packets, &message, MSG_DONTWAIT) >= 0)
		return HELPER_OK;
	*error = (uint32_t)errno;
	return errno == ENOBUFS || errno == EAGAIN ? HELPER_FULL : HELPER_FAILED;
}
