/*
 * Which sockets may be opened, what may be written into the kernel's neighbour table, or sent as a frame: the boundary between the daemon, which
 * parses hostile packets, and the network. The kernel itself accepts nearly everything: our own
 * address, 255.255.255.255 (which then takes every broadcast), multicast hardware addresses.
 */
#ifndef ANYDHCPD_CHECK_H
#define ANYDHCPD_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"
#include "interface_snapshot.h"

/* Writes the six octets of the entry's hardware address. */
void check_hardware(const struct helper_neighbour *, uint8_t hardware[6]);

/*
 * Whether this kind of socket may be opened with these fields; those that it has no use for are empty. `packets`: the
 * one kind of packet socket that is allowed (enum helper_listen_kind), 0 for none.
 */
bool check_listen(const struct helper_listen_request *, uint8_t packets);

/* Whether the entry's address may be set on its interface, with any hardware address. */
bool check_place(const struct snapshot *, const struct helper_neighbour *);

/*
 * Whether the entry may be set: the link exists, is up and is Ethernet; the address lies in a prefix
 * that the kernel has on this very link and is no address of ours, no network and no broadcast
 * address; the hardware address is unicast, not zero and not the link's own.
 */
bool check_neighbour(const struct snapshot *, const struct helper_neighbour *);

/* The client that a frame is for, as an entry. */
struct helper_neighbour check_client(const struct helper_frame_request *);

/*
 * Whether the frame may be sent: its client might be a neighbour entry, its source is an address of ours
 * on this very link, and its payload is a reply that gives this address to this hardware address.
 */
bool check_frame(const struct snapshot *, const struct helper_frame_request *);

#endif
