/*
 * The contract between the daemon (src/backend/shield/protocol.ts says the same; a test compares) and the process that holds
 * the kernel shield: one SOCK_SEQPACKET message a request, one a reply. All numbers are in the machine's own byte order but
 * for keys, which are octets of the network.
 *
 * A request of a wrong length, version, verb, table or action ends the process. A well-formed request that the kernel
 * refuses gets a result: interfaces vanish, and tables fill, legitimately.
 */
#ifndef ANYDHCPD_SHIELD_PROTOCOL_H
#define ANYDHCPD_SHIELD_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include "program.h"

#define SHIELD_VERSION 1

/* Keys in one message. */
#define SHIELD_BATCH 512

/* The longest interval and tolerance: some days, so that their sum with the time of the kernel is no problem. */
#define SHIELD_NANOSECONDS_MAX (UINT64_C(1) << 50)

enum shield_verb {
	SHIELD_READY = 1,	/* from the process: the program is loaded and its sandbox is up */
	SHIELD_LIMIT = 2,	/* all limits anew */
	SHIELD_ATTACH = 3,	/* to an interface */
	SHIELD_DETACH = 4,	/* from an interface, present or gone */
	SHIELD_COUNT = 5,	/* the counts of an interface */
	SHIELD_KEYS = 6,	/* put keys into a table or take them out */
};

enum shield_result {
	SHIELD_OK = 0,
	SHIELD_NATIVE = 1,	/* attached, in the driver */
	SHIELD_GENERIC = 2,	/* attached, behind the driver */
	SHIELD_FAILED = 3,	/* `error` says why */
	SHIELD_LOST = 4,	/* to COUNT, with counts: the interface has gone, or another program has removed the shield from it */
};

enum shield_table {
	SHIELD_DESTINATIONS = 1,	/* four octets of an address, four zeros */
	SHIELD_CLIENTS = 2,		/* six octets of a hardware address, two zeros */
};

enum shield_action {
	SHIELD_PUT = 1,		/* a key that is there stays as it is */
	SHIELD_REMOVE = 2,	/* an absent key counts as removed */
};

struct shield_header {
	uint8_t version;
	uint8_t verb;
	uint16_t count;		/* keys behind it */
	uint32_t sequence;	/* chosen by the daemon, repeated in the reply */
};

/* A bucket: one message each `interval`, and so many more at once as fit into `tolerance`; nanoseconds. Interval 0: no limit. */
struct shield_limit {
	uint64_t interval;
	uint64_t tolerance;
};

struct shield_limit_request {
	struct shield_header header;
	struct shield_limit limits[SHIELD_LIMITS];
};

/* ATTACH, DETACH, COUNT. */
struct shield_interface_request {
	struct shield_header header;
	uint32_t ifindex;
};

/* Sent with exactly `count` keys. */
struct shield_key_request {
	struct shield_header header;
	uint32_t table;
	uint32_t action;
	uint8_t keys[SHIELD_BATCH][8];
};

/* To everything; READY is one without a request. */
struct shield_reply {
	struct shield_header header;
	uint32_t result;	/* enum shield_result; for KEYS how many of them failed */
	uint32_t error;		/* errno of the last failure; 0: none */
	uint64_t counts[SHIELD_COUNTS];		/* for COUNT, since it was attached; else 0 */
};

_Static_assert(sizeof(struct shield_header) == 8, "wire size");
_Static_assert(sizeof(struct shield_limit_request) == 8 + 16 * SHIELD_LIMITS, "wire size");
_Static_assert(sizeof(struct shield_interface_request) == 12, "wire size");
_Static_assert(offsetof(struct shield_key_request, keys) == 16, "wire layout");
_Static_assert(sizeof(struct shield_reply) == 16 + 8 * SHIELD_COUNTS, "wire size");

#endif
