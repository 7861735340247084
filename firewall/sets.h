/*
 * The sets that may be changed: named once, at the start, and what the kernel says of each.
 */
#ifndef ANYDHCPD_FIREWALL_SETS_H
#define ANYDHCPD_FIREWALL_SETS_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

struct set {
	uint8_t family;		/* NFPROTO_* */
	char family_name[8];
	char table[FIREWALL_NAME_OCTETS];
	char name[FIREWALL_NAME_OCTETS];
	/* As the kernel said at the last look. */
	uint32_t result;	/* FIREWALL_OK, MISSING, FAILED or UNSUITABLE */
	uint32_t key;		/* enum firewall_key; 0 unless OK */
	bool has_timeout;
	uint64_t handle;
};

/*
 * Takes the names "FAMILY TABLE SET"; ends the process if there is none, if there are too many, or if one is malformed.
 */
void sets_name(unsigned count, char *const names[]);

unsigned sets_count(void);

/* A set by its position, which is below sets_count(). */
struct set *sets_at(unsigned);

/* Asks the kernel for the set. */
void sets_look(struct set *);

/* Whether another program has changed anything of nftables since the last call; false on the first call. */
bool sets_are_changed(void);

/* A transaction of ours has been committed. */
void sets_note_commit(void);

#endif
