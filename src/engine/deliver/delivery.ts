// Where a reply goes and how, as one decision table over the finished reply and its exchange. The first line that holds
// counts; the code below names for each the sentence that demands it.
//
//   giaddr set                        relay      giaddr:67, or the relay's own port
//   INFORM                            unicast    the address that it came from, port 68
//   INFORM that comes from 0.0.0.0    broadcast
//   NAK                               broadcast
//   ACK with ciaddr (a renewal)       unicast    ciaddr:68
//   always-broadcast                  broadcast
//   broadcast flag                    broadcast  unless never-broadcast
//   no Ethernet, or yiaddr elsewhere  broadcast
//   the last answer was missed        broadcast  unless never-broadcast
//   otherwise                         neighbour  yiaddr:68 at chaddr
//
// The broadcast bit for a relay, in a NAK or with always-broadcast, is part of the reply: reply-content.ts. A broadcast
// goes to 255.255.255.255:68 on the arrival interface. The backend, which knows the routing table, finds the interface
// for the others; it broadcasts if it cannot set a neighbour.

import { IPV4_BROADCAST, type Ipv4 } from "../../base/ipv4.ts";
import type { EpochSeconds } from "../../base/time.ts";
import { Delivery } from "../../wire/delivery.ts";
import { CLIENT_PORT, SERVER_PORT } from "../../wire/layout.ts";
import { MessageType } from "../../wire/message-type.ts";
import { RelaySubOption } from "../../wire/options/relay-agent.ts";
import type { Exchange } from "../exchange.ts";
import { isFromNowhere } from "../locate/locate.ts";
import type { Serving } from "../serving.ts";
import type { SentDeliveries } from "./sent-deliveries.ts";

const ETHERNET = 1;
const ETHERNET_OCTETS = 6;

/**
 * Needs an exchange with a reply that has been decided upon; fills `delivery`, `destination`, `port` and
 * `isDeliveryLearnt`. `sent`: how recent exchanges were answered; it is only read.
 */
export function deliver(exchange: Exchange, serving: Serving, sent: SentDeliveries, now: EpochSeconds): void {
  const { query, arrival, decision } = exchange;
  const { reply, scope } = decision;
  exchange.isDeliveryLearnt = false;
  // RFC 2131 section 4.1: "If the 'giaddr' field in a DHCP message from a client is non-zero, the server sends any return
  // messages to the 'DHCP server' port on the BOOTP relay agent whose address appears in 'giaddr'."
  if (query.giaddr !== 0) return send(exchange, Delivery.relay, query.giaddr, relayPort(exchange));
  // Section 4.3.5: "The server responds to a DHCPINFORM message by sending a DHCPACK message directly to the address given
  // in the 'ciaddr' field of the DHCPINFORM message." It is where the message came from; if that is nowhere, the link hears it.
  if (isFromNowhere(exchange)) return broadcast(exchange);
  if (query.messageType === MessageType.inform)
    return send(exchange, Delivery.unicast, arrival.remoteAddress, CLIENT_PORT);
  // Section 4.1: "In all cases, when 'giaddr' is zero, the server broadcasts any DHCPNAK messages to 0xffffffff."
  if (reply.messageType === MessageType.nak) return broadcast(exchange);
  // Section 4.1: "If the 'giaddr' field is zero and the 'ciaddr' field is nonzero, then the server unicasts DHCPOFFER and
  // DHCPACK messages to the address in 'ciaddr'." A BOOTP client's is only a wish (RFC 1542 section 5.4).
  if (reply.messageType === MessageType.ack && reply.ciaddr !== 0) {
    return send(exchange, Delivery.unicast, reply.ciaddr, CLIENT_PORT);
  }
  // Both are statements of the configuration, which know the client better than it does.
  if (scope?.alwaysBroadcast === true) return broadcast(exchange);
  const isNever = scope?.neverBroadcast === true;
  exchange.isDeliveryLearnt = !isNever;
  // Section 4.1: "If 'giaddr' is zero and 'ciaddr' is zero, and the broadcast bit is set, then the server broadcasts
  // DHCPOFFER and DHCPACK messages to 0xffffffff."
  if (query.broadcastFlag && !isNever) return broadcast(exchange);
  // Section 4.1: "If unicasting is not possible, the message MAY be sent as an IP broadcast using an IP broadcast address
  // (preferably 0xffffffff) as the IP destination address and the link-layer broadcast address as the link-layer
  // destination address."
  if (!canUnicast(exchange, serving)) return broadcast(exchange);
  // Clients that cannot hear unicasts should set the bit, and some do not: a missed reply is broadcast
  // (sent-deliveries.ts).
  if (!isNever && sent.isMissed(query, now)) return broadcast(exchange);
  // Section 4.1: "If the broadcast bit is not set and 'giaddr' is zero and 'ciaddr' is zero, then the server unicasts
  // DHCPOFFER and DHCPACK messages to the client's hardware address and 'yiaddr' address."
  send(exchange, Delivery.neighbour, reply.yiaddr, CLIENT_PORT);
}

function broadcast(exchange: Exchange): void {
  send(exchange, Delivery.broadcast, IPV4_BROADCAST, CLIENT_PORT);
}

function send(exchange: Exchange, delivery: Delivery, destination: Ipv4, port: number): void {
  exchange.delivery = delivery;
  exchange.destination = destination;
  exchange.port = port;
}

/** RFC 8357 section 5: only a relay that says so is answered elsewhere than on port 67. */
function relayPort({ query, arrival }: Exchange): number {
  const usesOwnPort = query.relaySubOptionLength(RelaySubOption.relaySourcePort) === 0 && arrival.remotePort !== 0;
  return usesOwnPort ? arrival.remotePort : SERVER_PORT;
}

/** Whether the reply can be sent to chaddr: Ethernet, an address to send to, and one of ours in its subnet on that link. */
function canUnicast({ query, arrival, decision }: Exchange, serving: Serving): boolean {
  if (decision.reply.yiaddr === 0 || decision.subnet === undefined) return false;
  if (query.htype !== ETHERNET || query.hlen !== ETHERNET_OCTETS || !isUnicastHardware(query.chaddr)) return false;
  return serving.links.addressIn(arrival.ifindex, decision.subnet) !== 0;
}

function isUnicastHardware(chaddr: Uint8Array): boolean {
  let anySet = 0;
  for (let i = 0; i < ETHERNET_OCTETS; i++) anySet |= chaddr[i] ?? 0;
  return anySet !== 0 && ((chaddr[0] ?? 0) & 1) === 0;
}
