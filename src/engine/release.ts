// DHCPRELEASE (RFC 2131 section 4.3.4): only its owner gives a lease back.

import type { EpochSeconds } from "../base/time.ts";
import { BindingState } from "../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import { isTooNew } from "./cluster-terms.ts";
import { Change } from "./decision.ts";
import { isOurIdentifier } from "./deliver/server-id.ts";
import type { Exchange } from "./exchange.ts";
import { isFromPortOf } from "./locate/relay-port.ts";
import { subnetOfSlot } from "./locate/reservation.ts";
import type { Serving } from "./serving.ts";

/** Decides about a DHCPRELEASE. There is never a reply. */
export function decideRelease(exchange: Exchange, serving: Serving, now: EpochSeconds): void {
  const { query, arrival, decision } = exchange;
  const { table } = serving;
  if (query.ciaddr === 0) return decision.drop("drop-no-address");
  const isFromAddress = query.giaddr === 0 && arrival.remoteAddress === query.ciaddr;
  // Some clients (systemd-networkd) name no server. They mean us if they send to our address.
  const isMeant = isFromAddress && serving.links.isOwn(arrival.localAddress);
  if (query.serverId === 0 && !isMeant) return decision.drop("drop-no-server-id");
  const slot = table.slotOf(query.ciaddr);
  const subnet = slot === NO_LEASE ? undefined : subnetOfSlot(serving, slot);
  if (subnet === undefined) return decision.drop("drop-not-ours");
  if (query.serverId !== 0 && !isOurIdentifier(query.serverId, exchange, serving, subnet.sharedNetwork))
    return decision.drop("drop-other-server");
  // A released lease comes from its own address, or through its link's relay; a broadcast with all that
  // the client says is anybody's who has heard it.
  const isFromLink = exchange.link === subnet.sharedNetwork;
  const isFromOwner = query.giaddr !== 0 || arrival.remoteAddress === query.ciaddr;
  if (!isFromLink || !isFromOwner) return decision.drop("drop-not-owner");
  if (!isOfClient(exchange, serving, slot, isFromAddress)) return decision.drop("drop-not-owner");
  if (table.isPending(slot)) return decision.awaitCommit(slot);
  if (table.state(slot) !== BindingState.bound) return decision.drop("drop-not-leased");
  if (isTooNew(serving, slot, now)) return decision.drop("drop-too-new");
  decision.reason = "released";
  decision.change = Change.release;
  decision.slot = slot;
  decision.endsAt = Math.floor(now);
  decision.subnet = subnet;
}

/** Whether the message is of the client of a lease. Where it does not say all that is on record, the address that it comes from has to be the leased one. */
function isOfClient(exchange: Exchange, serving: Serving, slot: LeaseSlot, isFromAddress: boolean): boolean {
  const { query, client } = exchange;
  const { table } = serving;
  if (query.giaddr !== 0 && !isFromPortOf(exchange, serving, slot)) return false;
  const hasIdentifier = client.clientIdLength > 0;
  // The identifier is the client, even if it sends by another of its cards.
  if (!table.hasHardwareOf(slot, client)) return isFromAddress && hasIdentifier && table.isClient(slot, client);
  if (table.isClient(slot, client)) return true;
  // Some clients (ConnMan) leave the identifier out that they got the lease with, some had none when they got it.
  return isFromAddress && (!hasIdentifier || table.isOwner(slot, client));
}
