/*
 * The contract between the daemon (src/firewall/protocol.ts says the same; a test compares) and the process that changes
 * elements of nftables sets: one SOCK_SEQPACKET message a request. All numbers are in the machine's own byte order,
 * addresses are numbers in host order (10.0.0.1 is 0x0a000001).
 *
 * A set is named by its position among those that the launcher has named at the start. A request of a wrong length,
 * version, verb, set or action ends the process. A well-formed request that the kernel refuses gets a result code: sets
 * vanish and fill legitimately.
 */
#ifndef ANYDHCPD_FIREWALL_PROTOCOL_H
#define ANYDHCPD_FIREWALL_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#define FIREWALL_VERSION 1

/* Sets that one process may change. */
#define FIREWALL_SETS_MAX 30

/* Elements in one message. */
#define FIREWALL_BATCH 512

/* Octets of a name, the NUL behind it included. */
#define FIREWALL_NAME_OCTETS 64

/* Seconds of an element that does not end. */
#define FIREWALL_NEVER UINT32_MAX

enum firewall_verb {
	FIREWALL_READY = 1,	/* from the process: its sandbox is up, or it has been started again; count: its sets */
	FIREWALL_LOOK = 2,	/* answered by firewall_look_reply */
	FIREWALL_CHANGE = 3,	/* answered by firewall_change_reply */
	FIREWALL_LIST = 4,	/* answered by one or more firewall_list_reply */
};

enum firewall_action {
	FIREWALL_PUT = 1,	/* add the element, or give it another time */
	FIREWALL_REMOVE = 2,	/* an element that is not there counts as removed */
};

enum firewall_result {
	FIREWALL_OK = 0,
	FIREWALL_MISSING = 1,		/* there is no such set */
	FIREWALL_FULL = 2,		/* the set has as many elements as its `size` says */
	FIREWALL_FAILED = 3,		/* the kernel said no */
	FIREWALL_UNSUITABLE = 4,	/* the set has another type of element than is known here */
};

/* What an element of a set is. */
enum firewall_key {
	FIREWALL_ADDRESS = 1,		/* ipv4_addr */
	FIREWALL_ADDRESS_HARDWARE = 2,	/* ipv4_addr . ether_addr */
	FIREWALL_HARDWARE_ADDRESS = 3,	/* ether_addr . ipv4_addr */
};

struct firewall_header {
	uint8_t version;
	uint8_t verb;
	uint16_t count;		/* elements behind it */
	uint32_t sequence;	/* chosen by the daemon, repeated in the replies */
};

struct firewall_element {
	uint8_t action;		/* enum firewall_action; 0 in a list */
	uint8_t set;
	uint16_t hardware_high;	/* first two octets */
	uint32_t hardware_low;	/* last four octets */
	uint32_t address;
	uint32_t seconds;	/* until it ends, FIREWALL_NEVER; of no meaning for a removal and a set without `flags timeout` */
};

/* Sent with exactly `count` elements. */
struct firewall_change_request {
	struct firewall_header header;
	struct firewall_element elements[FIREWALL_BATCH];
};

/* Sent with exactly `count` results, an enum firewall_result for each element of the request. */
struct firewall_change_reply {
	struct firewall_header header;
	uint8_t results[FIREWALL_BATCH];
};

/* LOOK and LIST. */
struct firewall_set_request {
	struct firewall_header header;
	uint32_t set;
};

struct firewall_look_reply {
	struct firewall_header header;	/* count: of the sets that can be asked about */
	uint32_t result;	/* OK, MISSING, FAILED or UNSUITABLE */
	uint32_t key;		/* enum firewall_key; 0 unless OK */
	uint32_t has_timeout;	/* 0 or 1 */
	uint32_t is_changed;	/* 0 or 1: another program has changed something of nftables since the last look */
	uint64_t handle;	/* of the set; another one means that it was made anew */
	char family[8];
	char table[FIREWALL_NAME_OCTETS];
	char set[FIREWALL_NAME_OCTETS];
};

/* Sent with exactly `count` elements. */
struct firewall_list_reply {
	struct firewall_header header;
	uint32_t result;	/* OK, MISSING or FAILED; of the last one */
	uint32_t is_last;	/* 0 or 1 */
	struct firewall_element elements[FIREWALL_BATCH];
};

_Static_assert(sizeof(struct firewall_header) == 8, "wire size");
_Static_assert(sizeof(struct firewall_element) == 16, "wire size");
_Static_assert(sizeof(struct firewall_set_request) == 12, "wire size");
_Static_assert(sizeof(struct firewall_look_reply) == 168, "wire size");
_Static_assert(offsetof(struct firewall_list_reply, elements) == 16, "wire layout");
_Static_assert(sizeof(struct firewall_list_reply) <= 16384, "what the daemon takes at once");

#endif
