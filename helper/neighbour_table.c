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
#include "interface_snapshot.h"
#include "neighbour_netlink.h"
#include "neighbour_table.h"
#include "rate.h"

struct live {
	bool used;
	uint32_t ifindex;
	uint32_t address;
	uint64_t set_at;	/* milliseconds, monotonic */
};

static struct live live[NEIGHBOURS_MAX];
static unsigned live_count;

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

/* False if the entry is none of ours. */
static bool
forget(const struct helper_neighbour *entry)
{
	struct live *slot = find(entry);

	if (slot == NULL)
		return false;
	slot->used = false;
	live_count--;
	return true;
}

void
neighbour_table_set(const struct helper_neighbour *entries, unsigned count, uint8_t *results)
{
	struct neighbour_batch batch = { .entries = entries, .count = count };
	const struct snapshot *snapshot = snapshot_current();
	uint64_t at = rate_now();
	int errors[HELPER_BATCH];

	for (unsigned i = 0; i < count; i++) {
		results[i] = HELPER_REFUSED;
		if (rate_take(at) && check_neighbour(snapshot, &entries[i]))
			batch.states[i] = NEIGHBOUR_ASKED;
	}
	neighbour_look(&batch);
	neighbour_delete(&batch, NEIGHBOUR_WAITING);
	for (unsigned i = 0; i < count; i++) {
		if ((batch.states[i] & (NEIGHBOUR_ABSENT | NEIGHBOUR_DYNAMIC | NEIGHBOUR_WAITING)) == 0)
			continue;
		results[i] = remember(&entries[i], at) ? HELPER_OK : HELPER_FULL;
		if (results[i] == HELPER_OK)
			batch.states[i] = NEIGHBOUR_WANTED;
	}
	neighbour_set(&batch, errors);
	for (unsigned i = 0; i < count; i++) {
		if (batch.states[i] != NEIGHBOUR_WANTED || errors[i] == 0)
			continue;
		results[i] = errors[i] == ENOBUFS ? HELPER_FULL : HELPER_FAILED;
		if (errors[i] != EIO)
			(void)forget(&entries[i]);
	}
}

void
neighbour_table_delete(const struct helper_neighbour *entries, unsigned count)
{
	struct neighbour_batch batch = { .entries = entries, .count = count };
	uint64_t at = rate_now();
	bool is_ours[HELPER_BATCH];

	for (unsigned i = 0; i < count; i++) {
		is_ours[i] = forget(&entries[i]);
		if (is_ours[i] || (rate_take(at) && check_place(snapshot_current(), &entries[i])))
			batch.states[i] = NEIGHBOUR_ASKED;
	}
	neighbour_look(&batch);
	for (unsigned i = 0; i < count; i++)
		if (!is_ours[i] && batch.states[i] != NEIGHBOUR_WAITING)
			batch.states[i] = NEIGHBOUR_SKIPPED;
	neighbour_delete(&batch, NEIGHBOUR_DYNAMIC | NEIGHBOUR_WAITING);
}

/* Removes the entries set at `limit` or before. */
static void
remove_older(uint64_t limit)
{
	struct helper_neighbour old[HELPER_BATCH];
	size_t count = 0;

	for (size_t i = 0; i < NEIGHBOURS_MAX; i++) {
		if (live[i].used && live[i].set_at <= limit)
			old[count++] = (struct helper_neighbour){ live[i].ifindex, live[i].address, 0, 0 };
		if (count == HELPER_BATCH || i == NEIGHBOURS_MAX - 1) {
			neighbour_table_delete(old, (unsigned)count);
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
