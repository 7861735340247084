/*
 * DHCP messages as octets: the queries that the generator sends, and what a reply must be like.
 * RFC 2131, 2132, 3046.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stddef.h>
#include <stdint.h>

enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5, NAK = 6, RELEASE = 7 };

enum {
	XID_AT = 4,
	FLAGS_AT = 10,
	CIADDR_AT = 12,
	YIADDR_AT = 16,
	GIADDR_AT = 24,
	CHADDR_AT = 28,
	COOKIE_AT = 236,
	OPTIONS_AT = 240,
	MESSAGE_MIN = 300,
	MESSAGE_MAX = 1500
};

#define BROADCAST_FLAG 0x8000u
#define COOKIE 0x63825363u

/* What one query says. Addresses are in host order; 0 leaves the option or field out. */
struct query {
	uint8_t type;
	uint32_t xid;
	uint32_t client;	/* number of the client: its hardware address, identifier, name and circuit */
	uint32_t ciaddr;
	uint32_t requested;	/* option 50 */
	uint32_t server;	/* option 54 */
	uint32_t giaddr;	/* with it comes option 82 */
	int broadcast;
};

/* What a reply turned out to be. */
struct reply {
	uint8_t type;
	uint32_t xid;
	uint32_t client;
	uint32_t yiaddr;
	uint32_t server;	/* option 54 */
	uint32_t lease_seconds;	/* option 51; 0 without */
	int has_netmask;
	const uint8_t *agent;	/* option 82's content, NULL without */
	size_t agent_length;
};

uint16_t get16(const uint8_t *octets);
uint32_t get32(const uint8_t *octets);
void put16(uint8_t *octets, uint16_t value);
void put32(uint8_t *octets, uint32_t value);

/* Third octet of the hardware addresses: clients of another run are others with another one. */
extern uint8_t hardware_series;

/* The hardware address of a client: locally administered, 3 octets of number. */
void client_hardware(uint32_t client, uint8_t hardware[6]);

/* Option 82's content of a client's queries; returns its length. */
size_t client_agent(uint32_t client, uint8_t content[64]);

/* Writes a query, padded to the 300 octets of BOOTP; returns its length. */
size_t build_query(const struct query *query, uint8_t *octets);

/*
 * Reads a reply. Returns 0, -1 when it is none or not one to a client of ours, or 1 when it is one to a client of
 * another series, that is of an earlier run.
 */
int read_reply(const uint8_t *octets, size_t length, struct reply *reply);

#endif
