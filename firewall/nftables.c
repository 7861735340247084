/*
 * See nftables.h.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "../c/report.h"
#include "nftables.h"

/* Octets of the errors that one transaction may bring, and of a transaction. */
#define BUFFER_OCTETS (1 << 20)
#define ATTRIBUTE_OCTETS sizeof(struct nlattr)

#define GROUP_TYPE(type) ((uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | (type)))

int nftables_fd = -1;
int nftables_list_fd = -1;
bool nftables_updates;

static int
open_one(void)
{
	const int yes = 1, octets = BUFFER_OCTETS;
	int fd = netlink_socket(NETLINK_NETFILTER, 0);

	/* Errors do not repeat the request. Larger buffers are of use, and are not given in every namespace. */
	if (setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &yes, sizeof yes) != 0)
		die("cannot set an option of a netlink socket: %s", strerror(errno));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &octets, sizeof octets);
	return fd;
}

void
nftables_open(void)
{
	struct utsname system;
	unsigned major, minor;

	nftables_fd = open_one();
	nftables_list_fd = open_one();
	nftables_updates = uname(&system) == 0 && sscanf(system.release, "%u.%u", &major, &minor) == 2 &&
	    (major > 6 || (major == 6 && minor >= 12));
}

/* Room for so many octets more, cleared; NULL where there is none: the requests are too long then, and stay so. */
static void *
extend(struct requests *requests, size_t octets)
{
	size_t at = requests->length;

	requests->length += NLMSG_ALIGN(octets);
	if (requests->length > requests->room)
		return NULL;
	memset(requests->octets + at, 0, NLMSG_ALIGN(octets));
	return requests->octets + at;
}

static mark
begin(struct requests *requests, uint16_t type, uint16_t flags, uint8_t family, uint16_t resource, uint32_t sequence)
{
	mark start = requests->length;
	struct nlmsghdr *header = extend(requests, NLMSG_LENGTH(sizeof(struct nfgenmsg)));

	if (header == NULL)
		return start;
	header->nlmsg_type = type;
	header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	header->nlmsg_seq = sequence;
	*(struct nfgenmsg *)NLMSG_DATA(header) = (struct nfgenmsg){ family, NFNETLINK_V0, htons(resource) };
	return start;
}

mark
message_begin(struct requests *requests, uint16_t type, uint16_t flags, uint8_t family, uint32_t sequence)
{
	return begin(requests, GROUP_TYPE(type), flags, family, 0, sequence);
}

void
message_end(struct requests *requests, mark start)
{
	if (requests->length <= requests->room)
		((struct nlmsghdr *)(requests->octets + start))->nlmsg_len = (uint32_t)(requests->length - start);
}

void
batch_begin(struct requests *requests)
{
	message_end(requests, begin(requests, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, 0));
}

void
batch_end(struct requests *requests)
{
	message_end(requests, begin(requests, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, 0));
}

void
attribute_put(struct requests *requests, uint16_t type, const void *value, size_t length)
{
	struct nlattr *header = extend(requests, ATTRIBUTE_OCTETS + length);

	if (header == NULL)
		return;
	header->nla_len = (uint16_t)(ATTRIBUTE_OCTETS + length);
	header->nla_type = type;
	memcpy((char *)header + ATTRIBUTE_OCTETS, value, length);
}

void
attribute_text(struct requests *requests, uint16_t type, const char *text)
{
	attribute_put(requests, type, text, strlen(text) + 1);
}

mark
attribute_begin(struct requests *requests, uint16_t type)
{
	mark start = requests->length;

	attribute_put(requests, NLA_F_NESTED | type, "", 0);
	return start;
}

void
attribute_end(struct requests *requests, mark start)
{
	if (requests->length <= requests->room)
		((struct nlattr *)(requests->octets + start))->nla_len = (uint16_t)(requests->length - start);
}

void
attribute_set(struct requests *requests, const struct set *set, uint16_t table, uint16_t name)
{
	attribute_text(requests, table, set->table);
	attribute_text(requests, name, set->name);
}

int
message_type(const struct nlmsghdr *message)
{
	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(struct nfgenmsg)) ||
	    message->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES)
		return -1;
	return message->nlmsg_type & 0xff;
}

int
message_error(const struct nlmsghdr *message)
{
	const struct nlmsgerr *body = NLMSG_DATA(message);

	if (message->nlmsg_type != NLMSG_ERROR || message->nlmsg_len < NLMSG_LENGTH(sizeof *body))
		return -1;
	return -body->error;
}

struct attributes
message_attributes(const struct nlmsghdr *message)
{
	size_t body = NLMSG_ALIGN(sizeof(struct nfgenmsg));

	if (message->nlmsg_len < NLMSG_LENGTH(body))
		return (struct attributes){ NULL, 0 };
	return (struct attributes){ (const char *)NLMSG_DATA(message) + body, message->nlmsg_len - NLMSG_LENGTH(body) };
}

int
attribute_next(struct attributes *all, struct attributes *value)
{
	struct nlattr header;

	if (all->left < sizeof header)
		return -1;
	memcpy(&header, all->at, sizeof header);
	if (header.nla_len < sizeof header || header.nla_len > all->left)
		return -1;
	*value = (struct attributes){ all->at + sizeof header, header.nla_len - sizeof header };
	size_t step = ((size_t)header.nla_len + NLA_ALIGNTO - 1) & ~((size_t)NLA_ALIGNTO - 1);
	step = step < all->left ? step : all->left;
	all->at += step;
	all->left -= step;
	return header.nla_type & NLA_TYPE_MASK;
}

uint64_t
attribute_number(const struct attributes *value, size_t octets)
{
	uint64_t number = 0;

	if (value->left < octets)
		return 0;
	for (size_t i = 0; i < octets; i++)
		number = number << 8 | (uint8_t)value->at[i];
	return number;
}
