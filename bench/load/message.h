/* What generator and echo both know of a DHCP message: RFC 2131 figure 1 as offsets, the option codes of
 * RFC 2132 that they use, and small helpers for octets in network order. */

#ifndef ANYDHCPD_BENCH_MESSAGE_H
#define ANYDHCPD_BENCH_MESSAGE_H

#include <stdint.h>
#include <string.h>

enum offset {
	OP = 0,
	HTYPE = 1,
	HLEN = 2,
	HOPS = 3,
	XID = 4,
	CIADDR = 12,
	YIADDR = 16,
	GIADDR = 24,
	CHADDR = 28,
	COOKIE = 236,
	OPTIONS = 240,
	SMALLEST_MESSAGE = 300, /* RFC 951: a BOOTP message is at least this long */
	LARGEST_MESSAGE = 1500
};

enum option_code {
	REQUESTED_ADDRESS = 50,
	LEASE_TIME = 51,
	MESSAGE_TYPE = 53,
	SERVER_IDENTIFIER = 54,
	PARAMETER_REQUEST_LIST = 55,
	CLIENT_IDENTIFIER = 61,
	RELAY_AGENT_INFORMATION = 82,
	END = 255
};

enum message_type { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5, NAK = 6 };

enum { BOOTREQUEST = 1, BOOTREPLY = 2 };

/* Messages that one recvmmsg or sendmmsg call moves; more gain nothing. */
enum { BATCH = 64 };

static const uint8_t MAGIC_COOKIE[4] = { 0x63, 0x82, 0x53, 0x63 };

static inline uint32_t get32(const uint8_t *octets)
{
	return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 | octets[3];
}

static inline void put32(uint8_t *octets, uint32_t value)
{
	octets[0] = (uint8_t)(value >> 24);
	octets[1] = (uint8_t)(value >> 16);
	octets[2] = (uint8_t)(value >> 8);
	octets[3] = (uint8_t)value;
}

/* Writes an option; returns where the next one goes. */
static inline uint8_t *put_option(uint8_t *at, enum option_code code, const void *value, size_t length)
{
	at[0] = (uint8_t)code;
	at[1] = (uint8_t)length;
	memcpy(at + 2, value, length);
	return at + 2 + length;
}

#endif
