/*
 * See neighbour_table.h. Before an entry is set or deleted the kernel is asked what it has: an entry that
 * an administrator or another program has made is never touched.
 *
 * An entry that waits for an ARP answer holds datagrams back, such as the ping that asked whether the address is
 * in use. Setting it would send them to the new client, so it is deleted first, and they with it.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "check.h"
#include "neighbour_netlink.h"
#include "neighbour_table.h"
#include "netlink.h"
#include "rate.h"
#include "interface_snapshot.h"

struct live {
	bool used;
	uint32_t ifindex;
	uint32_t address;
	uint64_t set_at;	/* milliseconds, monotonic */
};

static struct live live[NEIGHBOURS_MAX];
static unsigned live_count;
static int netlink = -1;

void
neighbour_table_open(void)
{
	netlink = netlink_open(0);
	snapshot_open();
}

static struct live *
find(const struct helper_neighbour *entry)
{
	for (size_t i = 0; i < NEIGHBOURS_MAX; i++)
		if (live[i].used && live[i].ifindex == entry->ifindex && live[i].address == entry->address)
			return &live[i];
	return NULL;
}

/* Remembers the entry; false when there is no room for one more. */
static bool
remember(const struct helper_neighbour *entry, uint64_t at)
{
	struct live *slot = find(entry);

	for (size_t i = 0; slot == NULL && i < NEIGHBOURS_MAX; i++)
		if (!live[i].used)
			slot = &live[i];
	if (slot == NULL)
		return false;
	live_count += slot->used ? 0 : 1;
	*slot = (struct live){ true, entry->ifindex, entry->address, at };
	return true;
}

static void
forget(const struct helper_neighbour *entry)
{
	struct live *slot = find(entry);

	if (slot == NULL)
		return;
	slot->used = false;
	live_count--;
}

/*
 * Drops the entries that an administrator or another program has made (or that the kernel said
 * nothing about) from a list; `indexes` (NULL: none) follows. Of those that are left the waiting ones are copied to
 * `waiting` (NULL: not). Returns how many are left.
 */
static size_t
leave_out_protected(struct helper_neighbour *entries, size_t count, uint8_t *indexes, struct helper_neighbour *waiting,
    size_t *waiting_count)
{
	uint8_t states[HELPER_BATCH];
	size_t kept = 0;

	neighbour_look(netlink, entries, count, states);
	for (size_t i = 0; i < count; i++) {
		if (states[i] == NEIGHBOUR_PROTECTED || states[i] == NEIGHBOUR_UNKNOWN)
			continue;
		if (waiting != NULL && states[i] == NEIGHBOUR_WAITING)
			waiting[(*waiting_count)++] = entries[i];
		if (indexes != NULL)
			indexes[kept] = indexes[i];
		entries[kept++] = entries[i];
	}
	return kept;
}

static uint8_t
result_of(int error)
{
	switch (error) {
	case 0:
		return HELPER_OK;
	case ENOBUFS:
		return HELPER_FULL;
	default:
		return HELPER_FAILED;
	}
}

void
neighbour_table_set(const struct helper_neighbour *entries, unsigned count, uint8_t *results)
{
	const struct snapshot *snapshot = snapshot_current(netlink);
	static struct helper_neighbour chosen[HELPER_BATCH];
	static struct helper_neighbour waiting[HELPER_BATCH];
	static uint8_t indexes[HELPER_BATCH];
	int errors[HELPER_BATCH];
	uint64_t at = rate_now();
	size_t left = 0;
	size_t waiting_count = 0;

	for (unsigned i = 0; i < count; i++) {
		results[i] = HELPER_REFUSED;
		if (!rate_take(at) || !check_neighbour(snapshot, &entries[i]))
			continue;
		indexes[left] = (uint8_t)i;
		chosen[left++] = entries[i];
	}
	left = leave_out_protected(chosen, left, indexes, waiting, &waiting_count);
	neighbour_delete(netlink, waiting, waiting_count);
	size_t room = 0;
	for (size_t i = 0; i < left; i++) {
		if (!remember(&chosen[i], at)) {
			results[indexes[i]] = HELPER_FULL;
			continue;
		}
		indexes[room] = indexes[i];
		chosen[room++] = chosen[i];
	}
	neighbour_set(netlink, chosen, room, errors);
	for (size_t i = 0; i < room; i++) {
		results[indexes[i]] = result_of(errors[i]);
		if (errors[i] != 0 && errors[i] != EIO)
			forget(&chosen[i]);
	}
}

/* Forgets and deletes entries of the live table. */
static void
remove_entries(struct helper_neighbour *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		forget(&entries[i]);
	neighbour_delete(netlink, entries, leave_out_protected(entries, count, NULL, NULL, NULL));
}

void
neighbour_table_delete(const struct helper_neighbour *entries, unsigned count)
{
	static struct helper_neighbour ours[HELPER_BATCH];
	static struct helper_neighbour others[HELPER_BATCH];
	static struct helper_neighbour waiting[HELPER_BATCH];
	uint64_t at = rate_now();
	size_t left = 0;
	size_t other_count = 0;
	size_t waiting_count = 0;

	for (unsigned i = 0; i < count; i++) {
		if (find(&entries[i]) != NULL)
			ours[left++] = entries[i];
		else if (rate_take(at) && check_place(snapshot_current(netlink), &entries[i]))
			others[other_count++] = entries[i];
	}
	remove_entries(ours, left);
	leave_out_protected(others, other_count, NULL, waiting, &waiting_count);
	neighbour_delete(netlink, waiting, waiting_count);
}

/* Removes the entries set at `limit` or before. */
static void
remove_older(uint64_t limit)
{
	static struct helper_neighbour old[HELPER_BATCH];
	size_t count = 0;

	for (size_t i = 0; i < NEIGHBOURS_MAX; i++) {
		if (live[i].used && live[i].set_at <= limit)
			old[count++] = (struct helper_neighbour){ live[i].ifindex, live[i].address, 0, 0 };
		if (count == HELPER_BATCH || i == NEIGHBOURS_MAX - 1) {
			remove_entries(old, count);
			count = 0;
		}
	}
}

int
neighbour_table_expire(void)
{
	static uint64_t looked_at;
	uint64_t at = rate_now();

	if (live_count == 0)
		return -1;
	if (at - looked_at >= NEIGHBOUR_MILLISECONDS / 4 && at >= NEIGHBOUR_MILLISECONDS) {
		looked_at = at;
		remove_older(at - NEIGHBOUR_MILLISECONDS);
	}
	return live_count == 0 ? -1 : NEIGHBOUR_MILLISECONDS / 4;
}

void
neighbour_table_clear(void)
{
	remove_older(UINT64_MAX);
}
