// A message from each listening address of this host to itself, by way of the loopback interface: a firewall, or a
// missing socket, does the same to it as to a client's query.

import type { Ipv4 } from "../base/ipv4.ts";
import { ReplyRows } from "../native/rows.ts";
import { SERVER_PORT } from "../wire/layout.ts";
import type { LocalView } from "./listen/local-view.ts";
import { LOOPBACK_NETWORK } from "./receive-batch.ts";
import type { RowSocket } from "./reply-sender.ts";

/** See SelfTalk.sendToSelf. */
export function sendToSelf(
  message: Uint8Array,
  { interfaces, answeredAnywhere }: LocalView,
  socket: RowSocket,
): ReadonlyMap<Ipv4, number> {
  const own = interfaces.list.flatMap((entry) => entry.addresses.map(({ address }) => address));
  const addresses = own.filter((address) => answeredAnywhere.has(address) && address >>> 24 !== LOOPBACK_NETWORK);
  const rows = new ReplyRows(addresses.length);
  for (const [row, address] of addresses.entries()) {
    rows.setPayload(row, 0, message.length);
    rows.setDestination(row, address);
    rows.setPort(row, SERVER_PORT);
    rows.setSource(row, address);
  }
  if (addresses.length > 0) socket.send(message, rows, 0, addresses.length);
  return new Map(addresses.map((address, row) => [address, rows.result(row)]));
}
