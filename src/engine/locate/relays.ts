// Which senders are relays. Any host that can send to the server can write giaddr, and with it ask in the name of
// another network and have the answer sent to an address of its choice. If `relays` names hosts, no other host may
// relay. Without `relays`, a message counts as relayed unless it can only be a client's:
//
//   from no address                            a relay has one (RFC 1542 section 4.1.1)
//   from an address that a client has leased   a client; what a host declaration reserves may be a relay's
//   about a link that we stand on ourselves,   its clients reach us without a relay, and those of one link
//   from another one that has ranges           must not take the addresses of another
//   giaddr in no subnet of ours, from another  the answer would go to a stranger, for a client
//   address that is in one

import { broadcastOf, type Ipv4, isInNetwork, isUnicastHost } from "../../base/ipv4.ts";
import type { Relays } from "../../config/model/settings.ts";
import { BindingState } from "../../lease/lease.ts";
import { NO_LEASE } from "../../lease/table/table.ts";
import type { Arrival } from "../../wire/arrival.ts";
import type { Exchange } from "../exchange.ts";
import type { Serving } from "../serving.ts";
import { isReserved } from "./reservation.ts";

/** Longest prefix whose first and last addresses are no host's (RFC 3021). */
const BROADCAST_PREFIX_MAX = 30;

/** Whether giaddr can be a relay's address at all: a host's, and neither ours nor one that a subnet keeps for itself. */
export function isRelayAddress(giaddr: Ipv4, { config, links }: Serving): boolean {
  if (!isUnicastHost(giaddr) || links.isOwn(giaddr) || config.listenAddresses.includes(giaddr)) return false;
  const subnet = config.findSubnet(giaddr);
  if (subnet === undefined || subnet.prefixLength > BROADCAST_PREFIX_MAX) return true;
  return giaddr !== subnet.network && giaddr !== broadcastOf(subnet.network, subnet.mask);
}

/** Whether a message with a giaddr may be taken as relayed. Needs all that `locate` fills. */
export function mayRelay(exchange: Exchange, serving: Serving): boolean {
  const { query, arrival, link, subnet } = exchange;
  const { config, links } = serving;
  const { relays } = subnet?.scope ?? config.globalScope;
  if (relays !== undefined) return isListed(relays, arrival, serving);
  const { remoteAddress: source, ifindex } = arrival;
  if (source === 0 || isLeased(source, serving)) return false;
  if (links.isForClients(ifindex) && links.sharedNetworkOf(ifindex) !== link && links.isOn(link)) return false;
  return (
    source === query.giaddr || config.findSubnet(query.giaddr) !== undefined || config.findSubnet(source) === undefined
  );
}

function isListed({ networks, interfaces }: Relays, { remoteAddress, ifindex }: Arrival, { links }: Serving): boolean {
  for (const { network, mask } of networks) if (isInNetwork(remoteAddress, network, mask)) return true;
  return interfaces.length > 0 && interfaces.includes(links.nameOf(ifindex));
}

function isLeased(address: Ipv4, serving: Serving): boolean {
  const slot = serving.table.slotOf(address);
  return slot !== NO_LEASE && serving.table.state(slot) === BindingState.bound && !isReserved(serving, slot);
}
