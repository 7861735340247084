/*
 * See live_entries.h.
 */
#include <stddef.h>

#include "live_entries.h"

struct live {
	uint32_t ifindex;
	uint32_t address;
	uint64_t set_at;	/* milliseconds, monotonic */
};

/* The first `used` are in use, in no order. */
static struct live live[NEIGHBOURS_MAX];
static unsigned used;

static struct live *
find(const struct helper_neighbour *entry)
{
	for (unsigned i = 0; i < used; i++)
		if (live[i].address == entry->address && live[i].ifindex == entry->ifindex)
			return &live[i];
	return NULL;
}

unsigned
live_count(void)
{
	return used;
}

bool
live_remember(const struct helper_neighbour *entry, uint64_t at)
{
	struct live *place = find(entry);

	if (place == NULL && used == NEIGHBOURS_MAX)
		return false;
	if (place == NULL)
		place = &live[used++];
	*place = (struct live){ entry->ifindex, entry->address, at };
	return true;
}

bool
live_forget(const struct helper_neighbour *entry)
{
	struct live *place = find(entry);

	if (place == NULL)
		return false;
	*place = live[--used];
	return true;
}

unsigned
live_older(uint64_t limit, struct helper_neighbour *old, unsigned max)
{
	unsigned count = 0;

	for (unsigned i = 0; i < used && count < max; i++)
		if (live[i].set_at <= limit)
			old[count++] = (struct helper_neighbour){ live[i].ifindex, live[i].address, 0, 0 };
	return count;
}
