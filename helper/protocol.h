/*
 * The contract between the daemon (src/helper/protocol.ts says the same; a test compares) and the
 * privileged helper: one SOCK_SEQPACKET message a request. All numbers are in the machine's own byte
 * order, addresses are numbers in host order (10.0.0.1 is 0x0a000001).
 *
 * A request of a wrong length, version, verb or with reserved octets that are not zero ends the
 * helper: its sender is broken or hostile. A well-formed request that fails a check gets a
 * result code: addresses vanish legitimately. There is no field for a port: it is 67.
 */
#ifndef ANYDHCPD_PROTOCOL_H
#define ANYDHCPD_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#define HELPER_VERSION 3

/* The only ports there are. */
#define SERVER_PORT 67
#define CLIENT_PORT 68

/* Neighbour entries in one request. */
#define HELPER_BATCH 64

/* Octets of a frame's payload: a message's fixed header, and what an Ethernet frame holds. */
#define HELPER_PAYLOAD_MIN 236
#define HELPER_PAYLOAD_MAX 1472

enum helper_verb {
	HELPER_READY = 1,		/* from the helper, to the launcher: the sandbox is up; count 1: sends frames */
	HELPER_LISTEN = 2,		/* answered by helper_listen_reply, with a descriptor if ok */
	HELPER_NEIGHBOUR_SET = 3,	/* answered by helper_neighbour_reply */
	HELPER_NEIGHBOUR_DELETE = 4,	/* what we have set, or what waits for an ARP answer; not answered */
	HELPER_FRAME = 5,		/* answered by helper_listen_reply, without a descriptor */
};

enum helper_listen_kind {
	HELPER_UDP = 1,
	HELPER_ICMP = 2,
	HELPER_PACKET = 3,	/* refused unless the launcher's command line asks for packet sockets */
	HELPER_TCP = 4,		/* bound; listening is the daemon's own business */
	HELPER_OBSERVE = 5,	/* a packet socket that hears other servers too; refused like HELPER_PACKET */
};

enum helper_result {
	HELPER_OK = 0,
	HELPER_REFUSED = 1,	/* a check failed, or the rate is too high */
	HELPER_FULL = 2,	/* the kernel's table or ours is full */
	HELPER_FAILED = 3,	/* the kernel said no */
};

struct helper_header {
	uint8_t version;
	uint8_t verb;
	uint16_t count;		/* entries of a neighbour request, octets of a frame's payload, else 0; so in the reply */
	uint32_t sequence;	/* chosen by the daemon, repeated in the reply */
};

struct helper_listen_request {
	struct helper_header header;
	uint8_t kind;
	uint8_t freebind;	/* 0 or 1: the address may be absent still (UDP, TCP) */
	uint8_t reserved[2];
	uint32_t address;	/* 0: wildcard; always 0 but for UDP and TCP */
	uint32_t receive_octets;	/* always 0 for TCP */
	uint32_t ifindex;	/* packet sockets: the interface; else 0 */
};

struct helper_listen_reply {
	struct helper_header header;
	uint32_t result;
	uint32_t error;		/* errno of the call that failed */
};

struct helper_neighbour {
	uint32_t ifindex;
	uint32_t address;
	uint32_t hardware_high;	/* first two octets; the upper half is reserved */
	uint32_t hardware_low;	/* last four octets */
};

/* Sent with exactly `count` entries. */
struct helper_neighbour_request {
	struct helper_header header;
	struct helper_neighbour entries[HELPER_BATCH];
};

struct helper_neighbour_reply {
	struct helper_header header;
	uint8_t results[HELPER_BATCH];
};

/* Sent with exactly `count` octets of payload. UDP from port 67 to port 68. */
struct helper_frame_request {
	struct helper_header header;
	uint32_t ifindex;
	uint32_t source;
	uint32_t destination;
	uint32_t hardware_high;	/* as above: the client's */
	uint32_t hardware_low;
	uint8_t payload[HELPER_PAYLOAD_MAX];
};

_Static_assert(sizeof(struct helper_header) == 8, "wire size");
_Static_assert(sizeof(struct helper_listen_request) == 24, "wire size");
_Static_assert(sizeof(struct helper_listen_reply) == 16, "wire size");
_Static_assert(sizeof(struct helper_neighbour) == 16, "wire size");
_Static_assert(offsetof(struct helper_neighbour_request, entries) == 8, "wire layout");
_Static_assert(sizeof(struct helper_neighbour_reply) == 72, "wire size");
_Static_assert(sizeof(struct helper_frame_request) == 1500, "wire size");

#endif
