// The query that the client of a lease would send, by the lease's record: for `explain`.

import { getUint32, octetsOfUint32 } from "../base/bytes.ts";
import type { Interface } from "../base/interface.ts";
import { broadcastOf, type Ipv4 } from "../base/ipv4.ts";
import { RELAY_ADDRESSES_TRIED } from "../base/limits/control.ts";
import type { Subnet } from "../config/model/model.ts";
import { isRelayAddress } from "../engine/locate/relays.ts";
import type { Serving } from "../engine/serving.ts";
import { BindingState, type LeaseRecord } from "../lease/lease.ts";
import { NO_LEASE } from "../lease/table/table.ts";
import { makeQuery } from "../wire/made-up-query.ts";
import { MessageType } from "../wire/message-type.ts";
import { OptionCode } from "../wire/options/option-code.ts";
import type { ExplainedQuery } from "./explanation.ts";

/** A number that no query of a client is likely to have. */
const XID = 0x6578706c;
const ETHERNET = 1;

/** The octets of a query, as a client that knows `server` or its relay would send them. */
export function queryOctets(query: ExplainedQuery, server: Ipv4): Uint8Array {
  const { hardware, type, giaddr, ciaddr, requested, isBroadcast, options } = query;
  const added = [
    ...(requested === undefined ? [] : [{ code: OptionCode.requestedAddress, value: octetsOfUint32(requested) }]),
    ...(type === "release" || type === "decline" ? [{ code: OptionCode.serverId, value: octetsOfUint32(server) }] : []),
  ].filter(({ code }) => !options.some((option) => option.code === code));
  return makeQuery({
    ...{ type: MessageType[type], htype: ETHERNET, chaddr: hardware, xid: XID },
    ...{ ...(giaddr !== undefined && { giaddr }), ...(ciaddr !== undefined && { ciaddr }) },
    isBroadcast: isBroadcast === true,
    options: [...added, ...options],
  });
}

/** How a query of a client in a subnet comes: by an interface there, or through a relay. */
export type Way = Pick<ExplainedQuery, "via" | "giaddr" | "from">;

/** How clients in `subnet` are heard. */
export function wayFrom(subnet: Subnet, serving: Serving, interfaces: readonly Interface[]): Way {
  const { links, config } = serving;
  const near = interfaces.find(({ ifindex }) => links.sharedNetworkOf(ifindex) === subnet.sharedNetwork);
  if (near !== undefined) return { via: near.name };
  const [listed] = (subnet.scope.relays ?? config.globalScope.relays)?.networks ?? [];
  return { giaddr: relayIn(subnet, serving), ...(listed !== undefined && { from: listed.network }) };
}

/** An address that a relay of the subnet may have: its router's, else the first that no client has. */
function relayIn(subnet: Subnet, serving: Serving): Ipv4 {
  const routers = subnet.scope.options.get(OptionCode.routers);
  const router = routers === undefined || routers.length < 4 ? 0 : getUint32(routers, 0);
  if (serving.config.findSubnet(router) === subnet && isRelayAddress(router, serving)) return router;
  const end = Math.min(broadcastOf(subnet.network, subnet.mask), subnet.network + RELAY_ADDRESSES_TRIED);
  for (let address = subnet.network + 1; address < end; address++) {
    const slot = serving.table.slotOf(address);
    const isLeased = slot !== NO_LEASE && serving.table.state(slot) === BindingState.bound;
    if (!isLeased && isRelayAddress(address, serving)) return address;
  }
  return subnet.network + 1;
}

/** What the client says of itself in each message. */
export function optionsOf({
  clientId,
  hostName,
  vendorClass,
  agentInformation,
}: LeaseRecord): ExplainedQuery["options"] {
  return [
    { code: OptionCode.clientId, value: clientId },
    { code: OptionCode.hostName, value: hostName },
    { code: OptionCode.vendorClass, value: vendorClass },
    { code: OptionCode.relayAgentInformation, value: agentInformation },
  ].filter(({ value }) => value.length > 0);
}
