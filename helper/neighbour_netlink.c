/*
 * See neighbour_netlink.h. One netlink send for a whole batch; the sequence number of a message is the index of
 * its entry.
 *
 * NLM_F_CREATE alone would return 0 for an existing entry and keep its old hardware address, so both
 * CREATE and REPLACE are given. REACHABLE and nothing else: PERMANENT and NOARP outlive us, STALE
 * makes the kernel probe the client.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <string.h>

#include "check.h"
#include "neighbour_netlink.h"
#include "netlink.h"

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

/* Sends one message for each entry in one of `states`, and hands the answers to `handler`. */
static void
exchange(const struct neighbour_batch *batch, unsigned states, uint16_t type, uint16_t flags, netlink_handler *handler,
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
	if (length > 0)
		netlink_exchange(requests, length, handler, context);
}

static void
take_state(const struct nlmsghdr *message, void *context)
{
	struct neighbour_batch *batch = context;
	const struct ndmsg *body = NLMSG_DATA(message);
	uint32_t index = message->nlmsg_seq;

	if (index >= batch->count || batch->states[index] != NEIGHBOUR_ASKED)
		return;
	if (netlink_error(message) == ENOENT) {
		batch->states[index] = NEIGHBOUR_ABSENT;
	} else if (message->nlmsg_type == RTM_NEWNEIGH && message->nlmsg_len >= NLMSG_LENGTH(sizeof *body)) {
		bool kept = (body->ndm_state & (NUD_PERMANENT | NUD_NOARP)) != 0 ||
		    (body->ndm_flags & NTF_EXT_LEARNED) != 0;
		batch->states[index] = kept ? NEIGHBOUR_PROTECTED :
		    (body->ndm_state & NUD_INCOMPLETE) != 0 ? NEIGHBOUR_WAITING : NEIGHBOUR_DYNAMIC;
	}
}

void
neighbour_look(struct neighbour_batch *batch)
{
	exchange(batch, NEIGHBOUR_ASKED, RTM_GETNEIGH, 0, take_state, batch);
}

static void
take_error(const struct nlmsghdr *message, void *context)
{
	int *errors = context;
	int error = netlink_error(message);

	if (message->nlmsg_seq < HELPER_BATCH && error >= 0)
		errors[message->nlmsg_seq] = error;
}

void
neighbour_set(const struct neighbour_batch *batch, int errors[HELPER_BATCH])
{
	for (size_t i = 0; i < HELPER_BATCH; i++)
		errors[i] = EIO;
	exchange(batch, NEIGHBOUR_WANTED, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK, take_error, errors);
}

void
neighbour_delete(const struct neighbour_batch *batch, unsigned states)
{
	int ignored[HELPER_BATCH];

	exchange(batch, states, RTM_DELNEIGH, 0, take_error, ignored);
}
