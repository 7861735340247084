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

/* Appends one message to `requests` at `offset`; returns the offset behind it. */
static size_t
append(size_t offset, size_t index, const struct helper_neighbour *entry, uint16_t type, uint16_t flags)
{
	struct neighbour_message message;
	size_t length = type == RTM_NEWNEIGH ? sizeof message : SHORT_OCTETS;

	memset(&message, 0, sizeof message);
	message.header.nlmsg_len = (uint32_t)length;
	message.header.nlmsg_type = type;
	message.header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	message.header.nlmsg_seq = (uint32_t)index;
	message.body.ndm_family = AF_INET;
	message.body.ndm_ifindex = (int)entry->ifindex;
	message.destination_header.rta_len = RTA_LENGTH(sizeof message.destination);
	message.destination_header.rta_type = NDA_DST;
	message.destination = htonl(entry->address);
	if (type == RTM_NEWNEIGH) {
		message.body.ndm_state = NUD_REACHABLE;
		message.hardware_header.rta_len = RTA_LENGTH(sizeof message.hardware);
		message.hardware_header.rta_type = NDA_LLADDR;
		check_hardware(entry, message.hardware);
		/* As the kernel counts, the last attribute ends without padding, the message with it. */
	}
	memcpy(requests + offset, &message, length);
	return offset + length;
}

static void
take_state(const struct nlmsghdr *message, void *context)
{
	uint8_t *states = context;
	const struct ndmsg *body = NLMSG_DATA(message);
	uint32_t index = message->nlmsg_seq;

	if (index >= HELPER_BATCH)
		return;
	if (netlink_error(message) == ENOENT) {
		states[index] = NEIGHBOUR_ABSENT;
	} else if (message->nlmsg_type == RTM_NEWNEIGH && message->nlmsg_len >= NLMSG_LENGTH(sizeof *body)) {
		bool kept = (body->ndm_state & (NUD_PERMANENT | NUD_NOARP)) != 0 ||
		    (body->ndm_flags & NTF_EXT_LEARNED) != 0;
		states[index] = kept ? NEIGHBOUR_PROTECTED :
		    (body->ndm_state & NUD_INCOMPLETE) != 0 ? NEIGHBOUR_WAITING : NEIGHBOUR_DYNAMIC;
	}
}

void
neighbour_look(int fd, const struct helper_neighbour *entries, size_t count, uint8_t *states)
{
	uint8_t found[HELPER_BATCH] = { NEIGHBOUR_UNKNOWN };
	size_t length = 0;

	for (size_t i = 0; i < count; i++)
		length = append(length, i, &entries[i], RTM_GETNEIGH, 0);
	if (length > 0)
		netlink_exchange(fd, requests, length, take_state, found);
	memcpy(states, found, count);
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
neighbour_set(int fd, const struct helper_neighbour *entries, size_t count, int *errors)
{
	int found[HELPER_BATCH];
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		found[i] = EIO;
		length = append(length, i, &entries[i], RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK);
	}
	if (length > 0)
		netlink_exchange(fd, requests, length, take_error, found);
	memcpy(errors, found, count * sizeof *errors);
}

void
neighbour_delete(int fd, const struct helper_neighbour *entries, size_t count)
{
	int ignored[HELPER_BATCH];
	size_t length = 0;

	for (size_t i = 0; i < count; i++)
		length = append(length, i, &entries[i], RTM_DELNEIGH, 0);
	if (length > 0)
		netlink_exchange(fd, requests, length, take_error, ignored);
}
