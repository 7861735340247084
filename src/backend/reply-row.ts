// How one row of a reply batch leaves by an ordinary UDP socket. Pure: columns in, columns out.
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
import { IPV4_BROADCAST } from "../base/ipv4.ts";
import { ReplyColumn, SendFlag } from "../native/native.ts";
import { Delivery } from "../wire/delivery.ts";
import type { LocalView } from "./listen/local-view.ts";

const { EADDRNOTAVAIL, EINVAL, ENODEV } = constants.errno;

/** Sets `flags` and `ifindex` of the row at `base` for its delivery; returns 0, or the errno for which it must not be sent. */
export function prepareRow(columns: Uint32Array, base: number, view: LocalView): number {
  if (!view.own.has(columns[base + ReplyColumn.source] ?? 0)) return EADDRNOTAVAIL;
  const ifindex = columns[base + ReplyColumn.ifindex] ?? 0;
  let flags = 0;
  switch (columns[base + ReplyColumn.delivery]) {
    case Delivery.relay:
      columns[base + ReplyColumn.ifindex] = 0;
      break;
    case Delivery.unicast:
      columns[base + ReplyColumn.ifindex] = 0;
      if (view.isOnVirtualNetwork(columns[base + ReplyColumn.destination] ?? 0)) flags = SendFlag.fullChecksum;
      break;
    case Delivery.broadcast:
    case Delivery.neighbour:
      if (ifindex === 0) return ENODEV;
      if (columns[base + ReplyColumn.delivery] === Delivery.neighbour) flags = SendFlag.dontRoute;
      if (view.virtual.has(ifindex)) flags |= SendFlag.fullChecksum;
      break;
    default:
      return EINVAL;
  }
  columns[base + ReplyColumn.flags] = flags;
  return 0;
}

/** Turns a prepared `neighbour` row into a broadcast on the same interface, which clients take as well. */
export function broadcastInstead(columns: Uint32Array, base: number): void {
  columns[base + ReplyColumn.destination] = IPV4_BROADCAST;
  columns[base + ReplyColumn.delivery] = Delivery.broadcast;
  columns[base + ReplyColumn.flags] = (columns[base + ReplyColumn.flags] ?? 0) & ~SendFlag.dontRoute;
}
