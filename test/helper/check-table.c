/*
 * The truth table of helper/check.c: from a request that is allowed, every rule is broken by itself. A line of output
 * for each row: "ok" or "WRONG" and what it is. Compiled with --coverage by check-table.test.ts.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../../helper/check.h"

#define ADDRESS(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

enum { ETHERNET = 3, POINT_TO_POINT = 4, HOST_ROUTE = 5, WITHOUT_ADDRESS = 6, ABSENT = 9 };

static const struct snapshot_link links[] = {
	{ ETHERNET, { 2, 0, 0, 0, 0, 1 } },
	{ POINT_TO_POINT, { 2, 0, 0, 0, 0, 2 } },
	{ HOST_ROUTE, { 2, 0, 0, 0, 0, 3 } },
	{ WITHOUT_ADDRESS, { 2, 0, 0, 0, 0, 4 } },
};

/* Interface, own address, member of the prefix, broadcast address, mask. */
static const struct snapshot_address addresses[] = {
	{ 1, ADDRESS(127, 0, 0, 1), ADDRESS(127, 0, 0, 1), 0, 0xff000000 },
	{ 1, ADDRESS(10, 1, 0, 77), ADDRESS(10, 1, 0, 77), 0, UINT32_MAX },
	{ ETHERNET, ADDRESS(10, 1, 0, 1), ADDRESS(10, 1, 0, 1), ADDRESS(10, 1, 0, 63), 0xffffff00 },
	{ ETHERNET, ADDRESS(10, 3, 0, 1), ADDRESS(10, 3, 0, 1), 0, 0xffffff00 },
	{ POINT_TO_POINT, ADDRESS(10, 2, 0, 0), ADDRESS(10, 2, 0, 0), 0, 0xfffffffe },
	{ HOST_ROUTE, ADDRESS(10, 4, 0, 1), ADDRESS(10, 4, 0, 2), 0, UINT32_MAX },
	{ ETHERNET, ADDRESS(250, 0, 0, 1), ADDRESS(250, 0, 0, 1), 0, 0xff000000 },
	{ ETHERNET, ADDRESS(0, 0, 0, 9), ADDRESS(0, 0, 0, 9), 0, 0xff000000 },
	{ ETHERNET, ADDRESS(127, 9, 0, 1), ADDRESS(127, 9, 0, 1), 0, 0xffff0000 },
};

static struct snapshot snapshot;
static bool all_right = true;

static void
row(const char *what, bool is, bool should_be)
{
	all_right = all_right && is == should_be;
	printf("%s %s: %s\n", is == should_be ? "ok" : "WRONG", what, should_be ? "allowed" : "refused");
}

static struct helper_neighbour
entry(uint32_t ifindex, uint32_t address)
{
	return (struct helper_neighbour){ ifindex, address, 0x0200, 0x00000099 };
}

static void
place(const char *what, uint32_t ifindex, uint32_t address, bool should_be)
{
	const struct helper_neighbour one = entry(ifindex, address);

	row(what, check_place(&snapshot, &one), should_be);
	row(what, check_neighbour(&snapshot, &one), should_be);
}

static void
places(void)
{
	place("a host of the link's prefix", ETHERNET, ADDRESS(10, 1, 0, 50), true);
	place("a host of its second prefix", ETHERNET, ADDRESS(10, 3, 0, 254), true);
	place("an unknown link", ABSENT, ADDRESS(10, 1, 0, 50), false);
	place("a link without address", WITHOUT_ADDRESS, ADDRESS(10, 1, 0, 50), false);
	place("a host of another link's prefix", ETHERNET, ADDRESS(10, 2, 0, 1), false);
	place("an address off every link", ETHERNET, ADDRESS(8, 8, 8, 8), false);
	place("our own address", ETHERNET, ADDRESS(10, 1, 0, 1), false);
	place("our own address of another link", ETHERNET, ADDRESS(10, 1, 0, 77), false);
	place("the network address", ETHERNET, ADDRESS(10, 1, 0, 0), false);
	place("the last address", ETHERNET, ADDRESS(10, 1, 0, 255), false);
	place("the broadcast address that is set", ETHERNET, ADDRESS(10, 1, 0, 63), false);
	place("255.255.255.255", ETHERNET, UINT32_MAX, false);
	place("0.0.0.0", ETHERNET, 0, false);
	place("0.0.0.5, though in a prefix", ETHERNET, ADDRESS(0, 0, 0, 5), false);
	place("127.9.0.5, though in a prefix", ETHERNET, ADDRESS(127, 9, 0, 5), false);
	place("250.0.0.5, though in a prefix", ETHERNET, ADDRESS(250, 0, 0, 5), false);
	place("the other end of a /31", POINT_TO_POINT, ADDRESS(10, 2, 0, 1), true);
	place("our end of a /31", POINT_TO_POINT, ADDRESS(10, 2, 0, 0), false);
	place("the peer of a /32", HOST_ROUTE, ADDRESS(10, 4, 0, 2), true);
	snapshot.complete = false;
	place("anything while the kernel's word is incomplete", ETHERNET, ADDRESS(10, 1, 0, 50), false);
	snapshot.complete = true;
}

static void
hardware(const char *what, uint32_t high, uint32_t low, bool should_be)
{
	const struct helper_neighbour one = { ETHERNET, ADDRESS(10, 1, 0, 50), high, low };

	row(what, check_neighbour(&snapshot, &one), should_be);
}

static void
hardware_addresses(void)
{
	hardware("02:00:00:00:00:99", 0x0200, 0x99, true);
	hardware("00:00:00:00:00:00", 0, 0, false);
	hardware("a multicast address", 0x0100, 0x99, false);
	hardware("ff:ff:ff:ff:ff:ff", 0xffff, UINT32_MAX, false);
	hardware("the link's own", 0x0200, 1, false);
	hardware("another link's own", 0x0200, 2, true);
}

static void
frame(const char *what, size_t octet, uint8_t value, uint32_t source, uint32_t destination, bool should_be)
{
	static const uint8_t client[] = { 2, 0, 0, 0, 0, 0x99 }, yiaddr[] = { 10, 1, 0, 50 };
	struct helper_frame_request request = { .header = { .count = HELPER_PAYLOAD_MIN }, .ifindex = ETHERNET,
		.source = source, .destination = destination, .hardware_high = 0x0200, .hardware_low = 0x99 };

	request.payload[0] = 2;
	request.payload[1] = 1;
	request.payload[2] = sizeof client;
	memcpy(request.payload + 16, yiaddr, sizeof yiaddr);
	memcpy(request.payload + 28, client, sizeof client);
	if (octet < HELPER_PAYLOAD_MIN)
		request.payload[octet] = value;
	row(what, check_frame(&snapshot, &request), should_be);
}

static void
frames(void)
{
	const uint32_t own = ADDRESS(10, 1, 0, 1), client = ADDRESS(10, 1, 0, 50);
	const size_t none = HELPER_PAYLOAD_MIN;

	frame("a reply to its client", none, 0, own, client, true);
	frame("from our second address there", none, 0, ADDRESS(10, 3, 0, 1), client, true);
	frame("from our address on another link", none, 0, ADDRESS(10, 1, 0, 77), client, false);
	frame("from a foreign address", none, 0, ADDRESS(10, 1, 0, 2), client, false);
	frame("to an address that is not given", none, 0, own, ADDRESS(10, 1, 0, 51), false);
	frame("to an address off the link", none, 0, own, ADDRESS(8, 8, 8, 8), false);
	frame("a request", 0, 1, own, client, false);
	frame("for hardware that is no Ethernet", 1, 6, own, client, false);
	frame("for a hardware address of 16 octets", 2, 16, own, client, false);
	frame("for another client", 33, 0x98, own, client, false);
}

static void
listen(const char *what, struct helper_listen_request request, uint8_t packets, bool should_be)
{
	row(what, check_listen(&request, packets), should_be);
}

#define REQUEST(...) ((struct helper_listen_request){ __VA_ARGS__ })

static void
sockets(void)
{
	const uint32_t own = ADDRESS(10, 1, 0, 1), multicast = ADDRESS(224, 0, 0, 1);

	listen("UDP on an address", REQUEST(.kind = HELPER_UDP, .address = own), 0, true);
	listen("UDP on every address", REQUEST(.kind = HELPER_UDP), 0, true);
	listen("UDP on the broadcast address", REQUEST(.kind = HELPER_UDP, .address = UINT32_MAX), 0, true);
	listen("UDP on a multicast address", REQUEST(.kind = HELPER_UDP, .address = multicast), 0, false);
	listen("UDP with an interface", REQUEST(.kind = HELPER_UDP, .address = own, .ifindex = 1), 0, false);
	listen("TCP on an address", REQUEST(.kind = HELPER_TCP, .address = own), 0, true);
	listen("TCP on the broadcast address", REQUEST(.kind = HELPER_TCP, .address = UINT32_MAX), 0, false);
	listen("TCP on a multicast address", REQUEST(.kind = HELPER_TCP, .address = multicast), 0, false);
	listen("TCP with a receive buffer", REQUEST(.kind = HELPER_TCP, .address = own, .receive_octets = 1), 0, false);
	listen("TCP with an interface", REQUEST(.kind = HELPER_TCP, .address = own, .ifindex = 1), 0, false);
	listen("ICMP", REQUEST(.kind = HELPER_ICMP), 0, true);
	listen("ICMP on an address", REQUEST(.kind = HELPER_ICMP, .address = own), 0, false);
	listen("ICMP with an interface", REQUEST(.kind = HELPER_ICMP, .ifindex = 1), 0, false);
	for (uint8_t kind = HELPER_PACKET; kind <= HELPER_OBSERVE; kind += HELPER_OBSERVE - HELPER_PACKET) {
		const uint8_t other = HELPER_PACKET + HELPER_OBSERVE - kind;

		listen("packets, as the launcher said", REQUEST(.kind = kind, .ifindex = 1), kind, true);
		listen("packets, of which the launcher said nothing", REQUEST(.kind = kind, .ifindex = 1), 0, false);
		listen("packets of the other kind", REQUEST(.kind = kind, .ifindex = 1), other, false);
		listen("packets of every interface", REQUEST(.kind = kind), kind, false);
		listen("packets of no possible interface", REQUEST(.kind = kind, .ifindex = (uint32_t)INT_MAX + 1), kind, false);
		listen("packets of an address", REQUEST(.kind = kind, .ifindex = 1, .address = own), kind, false);
		listen("packets before there are any", REQUEST(.kind = kind, .ifindex = 1, .freebind = 1), kind, false);
	}
	listen("a socket of no kind", REQUEST(.kind = 0, .ifindex = 1), 0, false);
	listen("a socket of a kind that there is not", REQUEST(.kind = 6), 0, false);
}

int
main(void)
{
	snapshot.complete = true;
	snapshot.link_count = sizeof links / sizeof links[0];
	snapshot.address_count = sizeof addresses / sizeof addresses[0];
	memcpy(snapshot.links, links, sizeof links);
	memcpy(snapshot.addresses, addresses, sizeof addresses);
	places();
	hardware_addresses();
	frames();
	sockets();
	return all_right ? 0 : 1;
}
