/*
 * See sets.h.
 */
#include <errno.h>
#include <linux/netfilter.h>
#include <string.h>

#include "../c/report.h"
#include "check.h"
#include "nftables.h"
#include "sets.h"

/* The numbers that nft(8) gives to types; the kernel keeps them for it. A concatenation has six bits for each. */
#define TYPE_ADDRESS 7
#define TYPE_HARDWARE 9
#define TYPE_PAIR(first, second) ((first) << 6 | (second))

#define REQUEST_OCTETS 512

static struct set sets[FIREWALL_SETS_MAX];
static unsigned count;

/* The kernel's count of transactions at the last look, and ours since then. */
static uint32_t generation;
static uint32_t commits;
static bool is_generation_known;

static uint8_t
family_of(const char *name)
{
	static const struct {
		const char *name;
		uint8_t number;
	} families[] = { { "ip", NFPROTO_IPV4 }, { "inet", NFPROTO_INET }, { "arp", NFPROTO_ARP },
		{ "bridge", NFPROTO_BRIDGE }, { "netdev", NFPROTO_NETDEV } };

	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		if (strcmp(families[i].name, name) == 0)
			return families[i].number;
	die("%s: no family of tables with IPv4 addresses", name);
}

void
sets_name(unsigned named, char *const names[])
{
	if (named == 0 || named > FIREWALL_SETS_MAX)
		die("from 1 to %d sets can be named, not %u", FIREWALL_SETS_MAX, named);
	for (; count < named; count++) {
		struct set *set = &sets[count];

		if (!check_name(names[count], set->family_name, set->table, set->name))
			die("%s: not FAMILY TABLE SET", names[count]);
		set->family = family_of(set->family_name);
	}
}

unsigned
sets_count(void)
{
	return count;
}

struct set *
sets_at(unsigned position)
{
	return &sets[position];
}

static uint32_t
key_of(uint64_t type, uint64_t octets)
{
	if (type == TYPE_ADDRESS && octets == 4)
		return FIREWALL_ADDRESS;
	if (type == TYPE_PAIR(TYPE_ADDRESS, TYPE_HARDWARE) && octets == 12)
		return FIREWALL_ADDRESS_HARDWARE;
	if (type == TYPE_PAIR(TYPE_HARDWARE, TYPE_ADDRESS) && octets == 12)
		return FIREWALL_HARDWARE_ADDRESS;
	return 0;
}

/* Handles of sets count from 1 in each table, handles of tables go on: a pair of both never comes back. */
static void
take_table(struct set *set, struct attributes all)
{
	struct attributes value;
	int name;

	while ((name = attribute_next(&all, &value)) >= 0)
		if (name == NFTA_TABLE_HANDLE)
			set->handle |= attribute_number(&value, 8) << 32;
}

/* Reads NFT_MSG_NEWTABLE and NFT_MSG_NEWSET, or the error in its place. */
static void
take_set(const struct nlmsghdr *message, void *context)
{
	const uint64_t unsuitable = NFT_SET_ANONYMOUS | NFT_SET_CONSTANT | NFT_SET_INTERVAL | NFT_SET_MAP | NFT_SET_OBJECT;
	struct set *set = context;
	struct attributes all = message_attributes(message), value;
	uint64_t type = 0, octets = 0, flags = 0, handle = 0;
	int name;

	if (message_error(message) == ENOENT)
		set->result = FIREWALL_MISSING;
	if (message_type(message) == NFT_MSG_NEWTABLE)
		take_table(set, all);
	if (message_type(message) != NFT_MSG_NEWSET)
		return;
	while ((name = attribute_next(&all, &value)) >= 0) {
		if (name == NFTA_SET_KEY_TYPE)
			type = attribute_number(&value, 4);
		else if (name == NFTA_SET_KEY_LEN)
			octets = attribute_number(&value, 4);
		else if (name == NFTA_SET_FLAGS)
			flags = attribute_number(&value, 4);
		else if (name == NFTA_SET_HANDLE)
			handle = attribute_number(&value, 8);
	}
	set->key = (flags & unsuitable) == 0 ? key_of(type, octets) : 0;
	set->result = set->key != 0 ? FIREWALL_OK : FIREWALL_UNSUITABLE;
	set->has_timeout = (flags & NFT_SET_TIMEOUT) != 0;
	set->handle |= handle & UINT32_MAX;
}

void
sets_look(struct set *set)
{
	static _Alignas(struct nlmsghdr) char octets[REQUEST_OCTETS];
	struct requests requests = { octets, sizeof octets, 0 };
	mark table = message_begin(&requests, NFT_MSG_GETTABLE, 0, set->family, 1);

	attribute_text(&requests, NFTA_TABLE_NAME, set->table);
	message_end(&requests, table);
	mark message = message_begin(&requests, NFT_MSG_GETSET, 0, set->family, 2);
	attribute_set(&requests, set, NFTA_SET_TABLE, NFTA_SET_NAME);
	message_end(&requests, message);
	set->result = FIREWALL_FAILED;
	set->key = 0;
	set->handle = 0;
	if (!netlink_exchange_on(nftables_fd, octets, requests.length, take_set, set))
		set->result = FIREWALL_FAILED;
}

static void
take_generation(const struct nlmsghdr *message, void *context)
{
	struct attributes all = message_attributes(message), value;
	int name;

	if (message_type(message) != NFT_MSG_NEWGEN)
		return;
	while ((name = attribute_next(&all, &value)) >= 0)
		if (name == NFTA_GEN_ID)
			*(uint32_t *)context = (uint32_t)attribute_number(&value, 4);
}

bool
sets_are_changed(void)
{
	static _Alignas(struct nlmsghdr) char octets[64];
	struct requests requests = { octets, sizeof octets, 0 };
	uint32_t now = generation + commits;

	message_end(&requests, message_begin(&requests, NFT_MSG_GETGEN, 0, NFPROTO_UNSPEC, 1));
	(void)netlink_exchange_on(nftables_fd, octets, requests.length, take_generation, &now);
	bool is_changed = is_generation_known && now != generation + commits;
	generation = now;
	commits = 0;
	is_generation_known = true;
	return is_changed;
}

void
sets_note_commit(void)
{
	commits++;
}
