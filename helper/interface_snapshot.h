/*
 * The kernel's own view of links and IPv4 addresses, which every neighbour request is checked
 * against. Nothing in it comes from the daemon. Fixed arrays: there is no allocation behind the
 * sandbox; what does not fit is treated as absent, so that requests for it are refused.
 */
#ifndef ANYDHCPD_INTERFACE_SNAPSHOT_H
#define ANYDHCPD_INTERFACE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The wait after an incomplete snapshot before the next attempt: a dump of a large host costs milliseconds. */
#define SNAPSHOT_RETRY_MILLISECONDS 1000

#define SNAPSHOT_LINKS_MAX 4096
#define SNAPSHOT_ADDRESSES_MAX 65536

/* An Ethernet link that is up. Others are left out: nothing may be set on them. */
struct snapshot_link {
	uint32_t ifindex;
	uint8_t hardware[6];
};

/* An IPv4 address of any link. */
struct snapshot_address {
	uint32_t ifindex;
	uint32_t local;
	uint32_t member;	/* any address of the prefix: the peer's on a point-to-point link */
	uint32_t broadcast;	/* 0: none set */
	uint32_t mask;
};

struct snapshot {
	bool complete;		/* false: every request is refused; looked for again in SNAPSHOT_RETRY_MILLISECONDS */
	size_t link_count;
	size_t address_count;
	struct snapshot_link links[SNAPSHOT_LINKS_MAX];
	struct snapshot_address addresses[SNAPSHOT_ADDRESSES_MAX];
};

/* The snapshot, taken anew if the kernel has reported a change. */
const struct snapshot *snapshot_current(void);

#endif
