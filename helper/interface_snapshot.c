/*
 * See interface_snapshot.h. Notifications only mark the snapshot as stale; their content is not looked at, so there is
 * one way of filling the tables, and lost notifications need no other.
 */
#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <string.h>

#include "netlink.h"
#include "rate.h"
#include "interface_snapshot.h"

static struct snapshot snapshot;
static bool stale = true;
static uint64_t retry_at;

/* The octets of attribute `type` behind a body of `body_size`, NULL if absent or shorter than `size`. */
static const void *
attribute(const struct nlmsghdr *message, size_t body_size, unsigned short type, size_t size)
{
	size_t start = NLMSG_LENGTH(NLMSG_ALIGN(body_size)), step;
	const char *at = (const char *)message + start;

	if (message->nlmsg_len < start)
		return NULL;
	/* The last attribute may end without padding, behind which RTA_NEXT would go on. */
	for (size_t left = message->nlmsg_len - start; left >= sizeof(struct rtattr); at += step, left -= step) {
		const struct rtattr *one = (const struct rtattr *)at;

		if (one->rta_len < sizeof *one || one->rta_len > left)
			break;
		if (one->rta_type == type)
			return RTA_PAYLOAD(one) >= size ? RTA_DATA(one) : NULL;
		step = RTA_ALIGN(one->rta_len) < left ? RTA_ALIGN(one->rta_len) : left;
	}
	return NULL;
}

static void
take_link(const struct nlmsghdr *message)
{
	const struct ifinfomsg *body = NLMSG_DATA(message);
	const uint8_t *hardware = attribute(message, sizeof *body, IFLA_ADDRESS, sizeof snapshot.links->hardware);
	struct snapshot_link *link = &snapshot.links[snapshot.link_count];

	if (body->ifi_type != ARPHRD_ETHER || (body->ifi_flags & IFF_UP) == 0 || hardware == NULL)
		return;
	if (snapshot.link_count == SNAPSHOT_LINKS_MAX)
		return;
	link->ifindex = (uint32_t)body->ifi_index;
	memcpy(link->hardware, hardware, sizeof link->hardware);
	snapshot.link_count++;
}

static uint32_t
address_attribute(const struct nlmsghdr *message, unsigned short type, uint32_t otherwise)
{
	const void *octets = attribute(message, sizeof(struct ifaddrmsg), type, sizeof(uint32_t));
	uint32_t value;

	if (octets == NULL)
		return otherwise;
	memcpy(&value, octets, sizeof value);
	return ntohl(value);
}

static void
take_address(const struct nlmsghdr *message)
{
	const struct ifaddrmsg *body = NLMSG_DATA(message);
	struct snapshot_address *address = &snapshot.addresses[snapshot.address_count];

	if (body->ifa_family != AF_INET || body->ifa_prefixlen > 32)
		return;
	if (snapshot.address_count == SNAPSHOT_ADDRESSES_MAX) {
		/* An own address that we do not know of might be given away: refuse everything. */
		snapshot.complete = false;
		return;
	}
	address->ifindex = body->ifa_index;
	address->member = address_attribute(message, IFA_ADDRESS, 0);
	address->local = address_attribute(message, IFA_LOCAL, address->member);
	address->broadcast = address_attribute(message, IFA_BROADCAST, 0);
	address->mask = body->ifa_prefixlen == 0 ? 0 : UINT32_MAX << (32 - body->ifa_prefixlen);
	snapshot.address_count++;
}

static void
take(const struct nlmsghdr *message, void *context)
{
	bool *done = context;

	if (message->nlmsg_type == NLMSG_DONE)
		*done = true;
	else if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
		stale = true;	/* changed while it was dumped */
	if (message->nlmsg_type == RTM_NEWLINK && message->nlmsg_len >= NLMSG_LENGTH(sizeof(struct ifinfomsg)))
		take_link(message);
	else if (message->nlmsg_type == RTM_NEWADDR && message->nlmsg_len >= NLMSG_LENGTH(sizeof(struct ifaddrmsg)))
		take_address(message);
}

static bool
dump(unsigned short type, unsigned char family, size_t body_size)
{
	struct {
		struct nlmsghdr header;
		union {
			struct rtgenmsg generic;
			struct ifinfomsg link;
			struct ifaddrmsg address;
		} body;
	} request;
	bool done = false;

	memset(&request, 0, sizeof request);
	request.header.nlmsg_len = (uint32_t)NLMSG_LENGTH(body_size);
	request.header.nlmsg_type = type;
	request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request.body.generic.rtgen_family = family;
	return netlink_exchange(&request, request.header.nlmsg_len, take, &done) && done;
}

const struct snapshot *
snapshot_current(void)
{
	if (netlink_has_changes())
		stale = true;
	if (!stale && (snapshot.complete || rate_now() < retry_at))
		return &snapshot;
	stale = false;
	snapshot.link_count = 0;
	snapshot.address_count = 0;
	snapshot.complete = true;
	if (!dump(RTM_GETLINK, AF_UNSPEC, sizeof(struct ifinfomsg)) ||
	    !dump(RTM_GETADDR, AF_INET, sizeof(struct ifaddrmsg)))
		snapshot.complete = false;
	retry_at = rate_now() + SNAPSHOT_RETRY_MILLISECONDS;
	return &snapshot;
}
