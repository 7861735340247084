// Where a reply goes and how (RFC 2131 section 4.1), as one decision table:
//
//   giaddr set                      relay      giaddr:67, or the relay's own port (RFC 8357)
//   NAK                             broadcast  255.255.255.255:68 on the arrival interface
//   ciaddr set (renew, INFORM)      unicast    ciaddr:68
//   INFORM that comes from 0.0.0.0  broadcast  255.255.255.255:68 on the arrival interface
//   broadcast flag, or no Ethernet  broadcast  255.255.255.255:68 on the arrival interface
//   yiaddr on a subnet not ours     broadcast  255.255.255.255:68 on the arrival interface
//   always-broadcast                broadcast  likewise; a relay is told by the broadcast flag
//   never-broadcast                 neighbour  whatever the broadcast flag says
//   otherwise                       neighbour  yiaddr:68 at chaddr

import { IPV4_BROADCAST } from "../../base/ipv4.ts";
import type { Scope } from "../../config/model/scope.ts";
import { Delivery } from "../../wire/delivery.ts";
import { MessageType } from "../../wire/message-type.ts";
import { RelaySubOption } from "../../wire/options/relay-agent.ts";
import type { Decision } from "../decision.ts";
import type { Exchange } from "../exchange.ts";
import type { Serving } from "../serving.ts";

/** UDP ports of RFC 2131 section 4.1. */
export const SERVER_PORT = 67;
export const CLIENT_PORT = 68;

const ETHERNET = 1;
const ETHERNET_OCTETS = 6;

/** Fills in how `decision.reply` travels under `scope` (if the reply has one); `decision.source` is set already. */
export function addressReply(decision: Decision, exchange: Exchange, serving: Serving, scope?: Scope): void {
  const { query, arrival } = exchange;
  const { reply } = decision;
  const isAlways = scope?.alwaysBroadcast === true;
  const isNever = scope?.neverBroadcast === true;
  decision.hasReply = true;
  decision.ifindex = 0;
  if (query.giaddr !== 0) {
    decision.delivery = Delivery.relay;
    decision.destination = query.giaddr;
    decision.port = relayPort(exchange);
    // The relay broadcasts a NAK: the client may not have the address it uses (RFC 2131 section 4.3.2).
    reply.forceBroadcastFlag = reply.messageType === MessageType.nak || isAlways;
    return;
  }
  decision.port = CLIENT_PORT;
  if (reply.messageType !== MessageType.nak && reply.ciaddr !== 0) {
    decision.delivery = Delivery.unicast;
    decision.destination = reply.ciaddr;
    return;
  }
  decision.ifindex = arrival.ifindex;
  decision.isDeliverySet = isAlways || isNever;
  const isBroadcast = isAlways || (query.broadcastFlag && !isNever);
  if (reply.messageType !== MessageType.nak && !isBroadcast && canUnicast(decision, exchange, serving)) {
    decision.delivery = Delivery.neighbour;
    decision.destination = reply.yiaddr;
    return;
  }
  decision.delivery = Delivery.broadcast;
  decision.destination = IPV4_BROADCAST;
}

/** Has a reply to a client on a link of our own broadcast there, whatever the client says. */
export function broadcastReply(decision: Decision, { arrival }: Exchange): void {
  decision.delivery = Delivery.broadcast;
  decision.isDeliverySet = true;
  decision.destination = IPV4_BROADCAST;
  decision.ifindex = arrival.ifindex;
}

/** RFC 8357 section 5: only a relay that says so is answered elsewhere than on port 67. */
function relayPort({ query, arrival }: Exchange): number {
  const usesOwnPort = query.relaySubOptionLength(RelaySubOption.relaySourcePort) === 0 && arrival.remotePort !== 0;
  return usesOwnPort ? arrival.remotePort : SERVER_PORT;
}

/** Whether the reply can be sent to chaddr: Ethernet, an address to send to, and one of ours in its subnet on that link. */
function canUnicast(decision: Decision, exchange: Exchange, serving: Serving): boolean {
  const { query, arrival } = exchange;
  if (decision.reply.yiaddr === 0 || decision.subnet === undefined) return false;
  if (query.htype !== ETHERNET || query.hlen !== ETHERNET_OCTETS || !isUnicastHardware(query.chaddr)) return false;
  return serving.links.addressIn(arrival.ifindex, decision.subnet) !== 0;
}

function isUnicastHardware(chaddr: Uint8Array): boolean {
  let anySet = 0;
  for (let i = 0; i < ETHERNET_OCTETS; i++) anySet |= chaddr[i] ?? 0;
  return anySet !== 0 && ((chaddr[0] ?? 0) & 1) === 0;
}
