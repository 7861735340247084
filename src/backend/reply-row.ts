// How one row of a reply batch leaves by an ordinary UDP socket. Pure: a row in, a row out.
//
//   relay      ifindex 0                    the routing table finds the relay; with an interface the
//                                           kernel would take giaddr for on-link and ARP for it
//   unicast    ifindex 0                    to an address the client uses, by ordinary ARP
//   broadcast  ifindex of the arrival       255.255.255.255 leaves there and nowhere else
//   neighbour  ifindex of the arrival,      past the routing table, which may know a gateway for a
//              MSG_DONTROUTE                yiaddr that is on this link
//
// The source address is the row's in each case, and must be on this host: the kernel would send a
// broadcast from an address that has been removed. Direct clients on virtual links get a whole UDP
// checksum, because raw-socket clients see a partial one there.

import { constants } from "node:os";
import type { Interfaces } from "../base/interfaces.ts";
import { IPV4_BROADCAST } from "../base/ipv4.ts";
import type { ReplyRows } from "../native/rows.ts";
import { Delivery } from "../wire/delivery.ts";

const { EADDRNOTAVAIL, EINVAL, ENODEV } = constants.errno;

/** Decides for a row's delivery how the kernel is to treat it, and `ifindex`; returns 0, or the errno for which it must not be sent. */
export function prepareRow(rows: ReplyRows, row: number, interfaces: Interfaces): number {
  if (!interfaces.own.has(rows.source(row))) return EADDRNOTAVAIL;
  const ifindex = rows.ifindex(row);
  const delivery = rows.delivery(row);
  switch (delivery) {
    case Delivery.relay:
      rows.setIfindex(row, 0);
      rows.setHandling(row, false, false);
      return 0;
    case Delivery.unicast:
      rows.setIfindex(row, 0);
      rows.setHandling(row, false, interfaces.isOnVirtualNetwork(rows.destination(row)));
      return 0;
    case Delivery.broadcast:
    case Delivery.neighbour:
      if (ifindex === 0) return ENODEV;
      rows.setHandling(row, delivery === Delivery.neighbour, interfaces.virtual.has(ifindex));
      return 0;
    default:
      return EINVAL;
  }
}

/** Turns a prepared `neighbour` row into a broadcast on the same interface, which clients take as well. */
export function broadcastInstead(rows: ReplyRows, row: number): void {
  rows.setDestination(row, IPV4_BROADCAST);
  rows.setDelivery(row, Delivery.broadcast);
  rows.clearDirect(row);
}
