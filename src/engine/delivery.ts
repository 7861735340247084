// Where a reply goes and how (RFC 2131 section 4.1), as one decision table:
//
//   giaddr set                      relay      giaddr:67, or the relay's own port (RFC 8357)
//   NAK                             broadcast  255.255.255.255:68 on the arrival interface
//   ciaddr set (renew, INFORM)      unicast    ciaddr:68
//   broadcast flag, or no Ethernet  broadcast  255.255.255.255:68 on the arrival interface
//   yiaddr on a subnet not ours     broadcast  255.255.255.255:68 on the arrival interface
//   otherwise                       neighbour  yiaddr:68 at chaddr

import { IPV4_BROADCAST } from "../base/ipv4.ts";
import { Delivery } from "../wire/delivery.ts";
import { MessageType } from "../wire/message-type.ts";
import { RelaySubOption } from "../wire/relay-agent.ts";
import type { Decision } from "./decision.ts";
import type { EngineState, Inquiry } from "./state.ts";

/** UDP ports of RFC 2131 section 4.1. */
export const SERVER_PORT = 67;
export const CLIENT_PORT = 68;

const ETHERNET = 1;
const ETHERNET_OCTETS = 6;

/** Fills in how `decision.reply` travels; `decision.source` is set already. */
export function addressReply(decision: Decision, inquiry: Inquiry, state: EngineState): void {
  const { query, arrival } = inquiry;
  const { reply } = decision;
  decision.hasReply = true;
  decision.ifindex = 0;
  if (query.giaddr !== 0) {
    decision.delivery = Delivery.relay;
    decision.destination = query.giaddr;
    decision.port = relayPort(inquiry);
    // The relay broadcasts a NAK: the client may not have the address it uses (RFC 2131 section 4.3.2).
    reply.forceBroadcastFlag = reply.messageType === MessageType.nak;
    return;
  }
  decision.port = CLIENT_PORT;
  if (reply.messageType !== MessageType.nak && reply.ciaddr !== 0) {
    decision.delivery = Delivery.unicast;
    decision.destination = reply.ciaddr;
    return;
  }
  decision.ifindex = arrival.ifindex;
  if (reply.messageType !== MessageType.nak && canUnicast(decision, inquiry, state)) {
    decision.delivery = Delivery.neighbour;
    decision.destination = reply.yiaddr;
    return;
  }
  decision.delivery = Delivery.broadcast;
  decision.destination = IPV4_BROADCAST;
}

/** RFC 8357 section 5: only a relay that says so is answered elsewhere than on port 67. */
function relayPort({ query, arrival }: Inquiry): number {
  const usesOwnPort = query.relaySubOptionLength(RelaySubOption.relaySourcePort) === 0 && arrival.remotePort !== 0;
  return usesOwnPort ? arrival.remotePort : SERVER_PORT;
}

function canUnicast(decision: Decision, inquiry: Inquiry, state: EngineState): boolean {
  const { query, arrival } = inquiry;
  if (query.broadcastFlag || decision.reply.yiaddr === 0 || decision.subnet === undefined) return false;
  if (query.htype !== ETHERNET || query.hlen !== ETHERNET_OCTETS || !isUnicastHardware(query.chaddr)) return false;
  return state.links.addressIn(arrival.ifindex, decision.subnet) !== 0;
}

function isUnicastHardware(chaddr: Uint8Array): boolean {
  let anySet = 0;
  for (let i = 0; i < ETHERNET_OCTETS; i++) anySet |= chaddr[i] ?? 0;
  return anySet !== 0 && ((chaddr[0] ?? 0) & 1) === 0;
}
