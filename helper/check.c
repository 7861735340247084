/*
 * See check.h. Pure functions of the snapshot and the request.
 */
#include <limits.h>
#include <netinet/in.h>
#include <string.h>

#include "check.h"

#define HARDWARE_OCTETS 6

/* RFC 2131 section 2: the fixed header. */
#define OP_REPLY 2
#define HTYPE_ETHERNET 1
#define HTYPE_AT 1
#define HLEN_AT 2
#define YIADDR_AT 16
#define CHADDR_AT 28

void
check_hardware(const struct helper_neighbour *entry, uint8_t hardware[HARDWARE_OCTETS])
{
	hardware[0] = (uint8_t)(entry->hardware_high >> 8);
	hardware[1] = (uint8_t)entry->hardware_high;
	hardware[2] = (uint8_t)(entry->hardware_low >> 24);
	hardware[3] = (uint8_t)(entry->hardware_low >> 16);
	hardware[4] = (uint8_t)(entry->hardware_low >> 8);
	hardware[5] = (uint8_t)entry->hardware_low;
}

static bool
is_bindable(uint32_t address)
{
	return address >> 24 < 224 || address == INADDR_BROADCAST;
}

bool
check_listen(const struct helper_listen_request *request, uint8_t packets)
{
	switch (request->kind) {
	case HELPER_UDP:
		return request->ifindex == 0 && is_bindable(request->address);
	case HELPER_TCP:
		return request->ifindex == 0 && request->receive_octets == 0 && request->address != INADDR_BROADCAST &&
		    is_bindable(request->address);
	case HELPER_ICMP:
		return request->ifindex == 0 && request->address == 0;
	case HELPER_PACKET:
	case HELPER_OBSERVE:
		return request->kind == packets && request->ifindex != 0 && request->ifindex <= INT_MAX &&
		    request->address == 0 && request->freebind == 0;
	default:
		return false;
	}
}

static const struct snapshot_link *
find_link(const struct snapshot *snapshot, uint32_t ifindex)
{
	for (size_t i = 0; i < snapshot->link_count; i++)
		if (snapshot->links[i].ifindex == ifindex)
			return &snapshot->links[i];
	return NULL;
}

static bool
is_good_hardware(const struct snapshot_link *link, const struct helper_neighbour *entry)
{
	static const uint8_t zero[HARDWARE_OCTETS];
	uint8_t hardware[HARDWARE_OCTETS];

	check_hardware(entry, hardware);
	return (hardware[0] & 1) == 0 && memcmp(hardware, zero, sizeof zero) != 0 &&
	    memcmp(hardware, link->hardware, sizeof link->hardware) != 0;
}

/* Not 0/8, 127/8, multicast, reserved, 255.255.255.255. */
static bool
is_host(uint32_t address)
{
	uint32_t first = address >> 24;

	return first != 0 && first != 127 && first < 224;
}

/* Prefixes of 31 (RFC 3021) and 32 bits have no network and no broadcast address. */
static bool
is_edge_of_prefix(const struct snapshot_address *one, uint32_t address)
{
	return ~one->mask > 1 && (address == (one->member & one->mask) || address == (one->member | ~one->mask));
}

static bool
is_good_address(const struct snapshot *snapshot, uint32_t ifindex, uint32_t address)
{
	bool inside = false;

	if (!is_host(address))
		return false;
	for (size_t i = 0; i < snapshot->address_count; i++) {
		const struct snapshot_address *one = &snapshot->addresses[i];

		if (address == one->local)
			return false;
		if (one->ifindex != ifindex)
			continue;
		if (address == one->broadcast || is_edge_of_prefix(one, address))
			return false;
		if (((address ^ one->member) & one->mask) == 0)
			inside = true;
	}
	return inside;
}

bool
check_place(const struct snapshot *snapshot, const struct helper_neighbour *entry)
{
	return snapshot->complete && find_link(snapshot, entry->ifindex) != NULL &&
	    is_good_address(snapshot, entry->ifindex, entry->address);
}

bool
check_neighbour(const struct snapshot *snapshot, const struct helper_neighbour *entry)
{
	return check_place(snapshot, entry) && is_good_hardware(find_link(snapshot, entry->ifindex), entry);
}

struct helper_neighbour
check_client(const struct helper_frame_request *request)
{
	return (struct helper_neighbour){ request->ifindex, request->destination, request->hardware_high,
		request->hardware_low };
}

static bool
is_ours_on(const struct snapshot *snapshot, uint32_t ifindex, uint32_t address)
{
	for (size_t i = 0; i < snapshot->address_count; i++)
		if (snapshot->addresses[i].ifindex == ifindex && snapshot->addresses[i].local == address)
			return true;
	return false;
}

/* A reply that gives its destination address to the client at the hardware address: the frame is for no other host. */
static bool
is_reply_for(const uint8_t *payload, const struct helper_neighbour *client)
{
	uint8_t hardware[HARDWARE_OCTETS];
	const uint8_t *yiaddr = payload + YIADDR_AT;
	uint32_t address = (uint32_t)yiaddr[0] << 24 | (uint32_t)yiaddr[1] << 16 | (uint32_t)yiaddr[2] << 8 | yiaddr[3];

	check_hardware(client, hardware);
	return payload[0] == OP_REPLY && payload[HTYPE_AT] == HTYPE_ETHERNET && payload[HLEN_AT] == HARDWARE_OCTETS &&
	    address == client->address && memcmp(payload + CHADDR_AT, hardware, sizeof hardware) == 0;
}

bool
check_frame(const struct snapshot *snapshot, const struct helper_frame_request *request)
{
	const struct helper_neighbour client = check_client(request);

	return check_neighbour(snapshot, &client) && is_ours_on(snapshot, request->ifindex, request->source) &&
	    is_reply_for(request->payload, &client);
}
