// Fills a reply with what the scope in force says (RFC 2131 section 4.3.1, table 3).

import type { Ipv4 } from "../../base/ipv4.ts";
import type { Seconds } from "../../base/time.ts";
import type { Host, Subnet } from "../../config/model/model.ts";
import type { Scope } from "../../config/model/scope.ts";
import { MessageType } from "../../wire/message-type.ts";
import type { Decision, Reason } from "../decision.ts";
import type { Exchange } from "../exchange.ts";
import { selectedSubnet } from "../locate/select-subnet.ts";
import type { Serving } from "../serving.ts";
import { addressReply } from "./delivery.ts";
import { replySource, serverIdentifier } from "./server-id.ts";

/** An OFFER or ACK to be made. */
export interface Grant {
  readonly reason: Reason;
  readonly messageType: MessageType;
  readonly subnet: Subnet;
  readonly host: Host | undefined;
  readonly scope: Scope;
}

const hostNames = new WeakMap<Host, Uint8Array>();

/** Makes the answer that gives the client `yiaddr` (0: INFORM) for `seconds` (-1: no times). */
export function answer(
  decision: Decision,
  exchange: Exchange,
  serving: Serving,
  grant: Grant,
  yiaddr: Ipv4,
  seconds: Seconds,
): void {
  const { subnet, host, scope } = grant;
  const { reply } = decision;
  const source = replySource(exchange, serving, subnet);
  if (source === 0) return decision.drop("drop-unknown-link");
  decision.reason = grant.reason;
  decision.subnet = subnet;
  decision.host = host;
  decision.source = source;
  reply.reset();
  reply.messageType = grant.messageType;
  // Only an ACK may carry ciaddr (RFC 2131 table 3), and only the address that it is about.
  const keepsAddress = grant.messageType === MessageType.ack && (yiaddr === 0 || exchange.query.ciaddr === yiaddr);
  reply.ciaddr = keepsAddress ? exchange.query.ciaddr : 0;
  reply.yiaddr = yiaddr;
  reply.serverId = serverIdentifier(exchange, scope, source);
  reply.leaseSeconds = seconds;
  reply.subnetMask = subnet.mask;
  reply.routerIsLease = scope.useLeaseAddressForDefaultRoute && yiaddr !== 0;
  reply.options = scope.options;
  reply.echoClientId = scope.echoClientId;
  reply.subnetSelection = selectedSubnet(exchange.query, serving);
  reply.fileName = scope.fileName;
  reply.serverName = scope.serverName;
  // BOOTP clients are always told a server (RFC 951 section 3); DHCP clients where there is a file to get.
  const isServed = scope.fileName.length > 0 || grant.messageType === MessageType.bootp;
  reply.siaddr = scope.nextServer ?? (isServed ? source : 0);
  if (host !== undefined && scope.useHostDeclNames) reply.hostName = nameOf(host);
  addressReply(decision, exchange, serving, scope);
  // RFC 1542 section 5.3: a BOOTP client finds its own ciaddr in the reply, which is not sent there (section 5.4).
  if (grant.messageType === MessageType.bootp) reply.ciaddr = exchange.query.ciaddr;
}

/** Makes a NAK with `text` as option 56. */
export function refuse(
  decision: Decision,
  exchange: Exchange,
  serving: Serving,
  reason: Reason,
  scope: Scope,
  subnet: Subnet | undefined,
): void {
  const source = replySource(exchange, serving, subnet);
  if (source === 0) return decision.drop("drop-unknown-link");
  const { reply } = decision;
  decision.reason = reason;
  decision.subnet = subnet;
  decision.source = source;
  reply.reset();
  reply.messageType = MessageType.nak;
  // A client that has selected us is refused in the name that it has selected.
  const { serverId } = exchange.query;
  reply.serverId = serverId !== 0 ? serverId : serverIdentifier(exchange, scope, source);
  reply.echoClientId = scope.echoClientId;
  reply.message = NAK_TEXTS[reason] ?? NO_TEXT;
  addressReply(decision, exchange, serving, scope);
}

const NO_TEXT = new Uint8Array(0);

const NAK_TEXTS: Partial<Record<Reason, Uint8Array>> = {
  "nak-wrong-link": asciiBytes("requested address is not on this network"),
  "nak-wrong-address": asciiBytes("this client has another address"),
  "nak-reserved-elsewhere": asciiBytes("another address is reserved for this client"),
  "nak-taken": asciiBytes("requested address is in use by another client"),
  "nak-not-available": asciiBytes("requested address is not available"),
  "nak-not-permitted": asciiBytes("requested address is not for this client"),
};

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0x7f);
}

function nameOf(host: Host): Uint8Array {
  const known = hostNames.get(host);
  if (known !== undefined) return known;
  const made = asciiBytes(host.name);
  hostNames.set(host, made);
  return made;
}
