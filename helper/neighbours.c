/*
 * See neighbours.h. An entry that an administrator or another program has made is never touched: at first an entry is
 * set only where there is none; if there is one, or before one is deleted, the helper reads the kernel's entry. One
 * netlink send for a whole batch; the sequence number of a message is the index of its entry.
 *
 * The kernel reports only failures: an answer for each entry would cost as much as the entry. It works requests off
 * inside the send, so that its reports are there afterwards.
 *
 * An entry that waits for an ARP answer holds datagrams back, such as the ping that asked whether the address is
 * in use. Setting it would send them to the new client, so the entry and its datagrams are deleted first.
 *
 * NLM_F_CREATE alone would return 0 for an existing entry and keep its old hardware address, so both
 * CREATE and REPLACE are given. REACHABLE and nothing else: PERMANENT and NOARP outlive us, STALE
 * makes the kernel probe the client.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "check.h"
#include "interface_snapshot.h"
#include "live_entries.h"
#include "neighbours.h"
#include "netlink.h"
#include "rate.h"

/* The known state of an entry, and what to do with it. */
enum state {
	SKIPPED = 0,
	ASKED = 1,		/* the kernel shall say; still so if it did not: leave the entry alone */
	ABSENT = 2,
	DYNAMIC = 4,		/* learned, or ours */
	PROTECTED = 8,		/* permanent, without ARP, or of another program: an administrator's will */
	WAITING = 16,		/* asked for by ARP, not answered yet: datagrams may wait for its hardware address */
	NEW = 32,		/* to be set where there is none */
	WANTED = 64,		/* to be set over any entry */
};

struct batch {
	const struct helper_neighbour *entries;
	size_t count;
	uint8_t states[HELPER_BATCH];
};

struct neighbour_message {
	struct nlmsghdr header;
	struct ndmsg body;
	struct rtattr destination_header;
	uint32_t destination;
	struct rtattr hardware_header;
	uint8_t hardware[6];
	uint8_t padding[2];
};

_Static_assert(sizeof(struct neighbour_message) == 48, "netlink layout without gaps");

/* Everything up to the hardware address, which only a set carries. */
#define SHORT_OCTETS offsetof(struct neighbour_message, hardware_header)

static char requests[HELPER_BATCH * sizeof(struct neighbour_message)];

static void
fill(struct neighbour_message *message, const struct helper_neighbour *entry, uint16_t type, uint16_t flags)
{
	memset(message, 0, sizeof *message);
	message->header.nlmsg_len = type == RTM_NEWNEIGH ? sizeof *message : SHORT_OCTETS;
	message->header.nlmsg_type = type;
	message->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	message->body.ndm_family = AF_INET;
	message->body.ndm_ifindex = (int)entry->ifindex;
	message->destination_header.rta_len = RTA_LENGTH(sizeof message->destination);
	message->destination_header.rta_type = NDA_DST;
	message->destination = htonl(entry->address);
	if (type != RTM_NEWNEIGH)
		return;
	message->body.ndm_state = NUD_REACHABLE;
	/* As the kernel counts, the last attribute ends without padding, the message with it. */
	message->hardware_header.rta_len = RTA_LENGTH(sizeof message->hardware);
	message->hardware_header.rta_type = NDA_LLADDR;
	check_hardware(entry, message->hardware);
}

/* Sends one message for each entry in one of `states`, and hands the answers to `handler`. False if any was lost. */
static bool
exchange(const struct batch *batch, unsigned states, uint16_t type, uint16_t flags, netlink_handler *handler,
    void *context)
{
	size_t length = 0;

	for (size_t i = 0; i < batch->count; i++) {
		struct neighbour_message message;

		if ((batch->states[i] & states) == 0)
			continue;
		fill(&message, &batch->entries[i], type, flags);
		message.header.nlmsg_seq = (uint32_t)i;
		memcpy(requests + length, &message, message.header.nlmsg_len);
		length += message.header.nlmsg_len;
	}
	return length == 0 || netlink_exchange(requests, length, handler, context);
}

/* The error code (positive errno, 0: acknowledged) if the message is NLMSG_ERROR, else -1. */
static int
error_of(const struct nlmsghdr *message)
{
	const struct nlmsgerr *body = NLMSG_DATA(message);

	if (message->nlmsg_type != NLMSG_ERROR || message->nlmsg_len < NLMSG_LENGTH(sizeof *body))
		return -1;
	return -body->error;
}

/* Finds the state of an entry that is ASKED. */
static void
take_state(const struct nlmsghdr *message, void *context)
{
	struct batch *batch = context;
	const struct ndmsg *body = NLMSG_DATA(message);
	uint32_t index = message->nlmsg_seq;

	if (index >= batch->count || batch->states[index] != ASKED)
		return;
	if (error_of(message) == ENOENT) {
		batch->states[index] = ABSENT;
	} else if (message->nlmsg_type == RTM_NEWNEIGH && message->nlmsg_len >= NLMSG_LENGTH(sizeof *body)) {
		bool kept = (body->ndm_state & (NUD_PERMANENT | NUD_NOARP)) != 0 ||
		    (body->ndm_flags & NTF_EXT_LEARNED) != 0;
		batch->states[index] = kept ? PROTECTED :
		    (body->ndm_state & NUD_INCOMPLETE) != 0 ? WAITING : DYNAMIC;
	}
}

static void
take_error(const struct nlmsghdr *message, void *context)
{
	int *errors = context;
	int error = error_of(message);

	if (message->nlmsg_seq < HELPER_BATCH && error >= 0)
		errors[message->nlmsg_seq] = error;
}

/* Deletes each entry that is in one of `states`; an absent entry is no error. */
static void
delete_states(const struct batch *batch, unsigned states)
{
	int ignored[HELPER_BATCH];

	(void)exchange(batch, states, RTM_DELNEIGH, 0, take_error, ignored);
}

/* Sets the entries in one of `states`; `errors` gets an errno for each, 0 for those that are set. */
static void
set_states(const struct batch *batch, unsigned states, uint16_t flags, int *errors)
{
	memset(errors, 0, HELPER_BATCH * sizeof *errors);
	if (exchange(batch, states, RTM_NEWNEIGH, (uint16_t)(NLM_F_CREATE | flags), take_error, errors))
		return;
	for (size_t i = 0; i < batch->count; i++)
		errors[i] = EIO;	/* the outcome is unknown */
}

/* What became of the entries in one of `states`, which the kernel was asked to set. */
static void
take_results(const struct batch *batch, unsigned states, const int *errors, uint8_t *results)
{
	for (unsigned i = 0; i < batch->count; i++) {
		if ((batch->states[i] & states) == 0 || errors[i] == 0)
			continue;
		results[i] = errors[i] == ENOBUFS ? HELPER_FULL : HELPER_FAILED;
		if (errors[i] != EIO)
			(void)live_forget(&batch->entries[i]);
	}
}

/* Sets the entries that are ASKED, of which the kernel has something already, unless that is to stay. */
static void
replace(struct batch *batch, uint8_t *results)
{
	int errors[HELPER_BATCH];

	(void)exchange(batch, ASKED, RTM_GETNEIGH, 0, take_state, batch);
	delete_states(batch, WAITING);
	for (unsigned i = 0; i < batch->count; i++) {
		if ((batch->states[i] & (ABSENT | DYNAMIC | WAITING)) != 0) {
			batch->states[i] = WANTED;
		} else if ((batch->states[i] & (ASKED | PROTECTED)) != 0) {
			results[i] = HELPER_REFUSED;
			(void)live_forget(&batch->entries[i]);
		}
	}
	set_states(batch, WANTED, NLM_F_REPLACE, errors);
	take_results(batch, WANTED, errors, results);
}

void
neighbours_set(const struct helper_neighbour *entries, unsigned count, uint8_t *results)
{
	struct batch batch = { .entries = entries, .count = count };
	const struct snapshot *snapshot = snapshot_current();
	uint64_t at = rate_now();
	int errors[HELPER_BATCH];
	bool is_any_there = false;

	for (unsigned i = 0; i < count; i++) {
		results[i] = HELPER_REFUSED;
		if (!rate_take(at) || !check_neighbour(snapshot, &entries[i]))
			continue;
		results[i] = live_remember(&entries[i], at) ? HELPER_OK : HELPER_FULL;
		if (results[i] == HELPER_OK)
			batch.states[i] = NEW;
	}
	set_states(&batch, NEW, NLM_F_EXCL, errors);
	for (unsigned i = 0; i < count; i++) {
		if (batch.states[i] != NEW || errors[i] != EEXIST)
			continue;
		batch.states[i] = ASKED;
		is_any_there = true;
	}
	take_results(&batch, NEW, errors, results);
	if (is_any_there)
		replace(&batch, results);
}

void
neighbours_delete(const struct helper_neighbour *entries, unsigned count)
{
	struct batch batch = { .entries = entries, .count = count };
	uint64_t at = rate_now();
	bool is_ours[HELPER_BATCH];

	for (unsigned i = 0; i < count; i++) {
		is_ours[i] = live_forget(&entries[i]);
		if (is_ours[i] || (rate_take(at) && check_place(snapshot_current(), &entries[i])))
			batch.states[i] = ASKED;
	}
	(void)exchange(&batch, ASKED, RTM_GETNEIGH, 0, take_state, &batch);
	for (unsigned i = 0; i < count; i++)
		if (!is_ours[i] && batch.states[i] != WAITING)
			batch.states[i] = SKIPPED;
	delete_states(&batch, DYNAMIC | WAITING);
}

/* Removes the entries set at `limit` or before. */
static void
remove_older(uint64_t limit)
{
	struct helper_neighbour old[HELPER_BATCH];
	unsigned count;

	do {
		count = live_older(limit, old, HELPER_BATCH);
		/* Which forgets them. */
		neighbours_delete(old, count);
	} while (count == HELPER_BATCH);
}

int
neighbours_expire(void)
{
	static uint64_t looked_at;
	uint64_t at = rate_now();

	if (live_count() == 0)
		return -1;
	if (at - looked_at >= NEIGHBOUR_MILLISECONDS / 4 && at >= NEIGHBOUR_MILLISECONDS) {
		looked_at = at;
		remove_older(at - NEIGHBOUR_MILLISECONDS);
	}
	return live_count() == 0 ? -1 : NEIGHBOUR_MILLISECONDS / 4;
}

void
neighbours_clear(void)
{
	remove_older(UINT64_MAX);
}
