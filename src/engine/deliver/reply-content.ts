// Makes the reply that has been decided upon (RFC 2131 section 4.3.1, table 3), with the values of the scope in force.

import { InvariantError } from "../../base/assert.ts";
import { NO_OCTETS } from "../../base/bytes.ts";
import type { Host } from "../../config/model/model.ts";
import type { Scope } from "../../config/model/scope.ts";
import { MessageType } from "../../wire/message-type.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import { NO_OPTIONS } from "../../wire/options/option-set.ts";
import type { Reason } from "../decision.ts";
import type { Exchange } from "../exchange.ts";
import { selectedSubnet } from "../locate/locate.ts";
import type { Serving } from "../serving.ts";
import { nameAnswer } from "./name-answer.ts";
import { replySource } from "./reply-source.ts";
import { serverIdentifier } from "./server-id.ts";

const hostNames = new WeakMap<Host, Uint8Array>();

/**
 * Fills `decision.reply` and `decision.source`. The source address comes last: a query that came in by an interface
 * without any address gets no reply.
 */
export function makeReply(exchange: Exchange, serving: Serving): void {
  const { query, decision } = exchange;
  const { reply, scope, messageType } = decision;
  if (scope === undefined) throw new InvariantError("a reply is made by the parameters of some scope");
  const source = replySource(exchange, serving, decision.subnet);
  if (source === 0) {
    decision.reset();
    return decision.drop("drop-unknown-link");
  }
  decision.source = source;
  reply.reset();
  reply.messageType = messageType;
  reply.echoClientId = scope.echoClientId;
  const isRefusal = messageType === MessageType.nak;
  // RFC 2131 section 4.3.2: "The server MUST set the broadcast bit in the DHCPNAK, so that the relay agent will broadcast
  // the DHCPNAK to the client, because the client may not have a correct network address or subnet mask".
  reply.forceBroadcastFlag = query.giaddr !== 0 && (isRefusal || scope.alwaysBroadcast);
  if (isRefusal) fillRefusal(exchange, scope);
  else fillGrant(exchange, serving, scope);
}

/** An OFFER or ACK, or a reply to a BOOTP client. */
function fillGrant(exchange: Exchange, serving: Serving, scope: Scope): void {
  const { query, decision } = exchange;
  const { reply, source, yiaddr, host } = decision;
  const isBootp = decision.messageType === MessageType.bootp;
  // Only an ACK may carry ciaddr (RFC 2131 table 3), and only the address that it is about. A BOOTP client finds its own
  // there again (RFC 1542 section 5.3).
  const isOfAddress = decision.messageType === MessageType.ack && (yiaddr === 0 || query.ciaddr === yiaddr);
  reply.ciaddr = isOfAddress || isBootp ? query.ciaddr : 0;
  reply.yiaddr = yiaddr;
  reply.serverId = serverIdentifier(exchange, scope, source);
  reply.leaseSeconds = decision.leaseSeconds;
  reply.rapidCommit = decision.isRapidCommit;
  reply.subnetMask = decision.subnet?.mask ?? 0;
  reply.routerIsLease = scope.useLeaseAddressForDefaultRoute && yiaddr !== 0;
  // A client that sent no magic cookie may know another vendor area than ours (RFC 1048).
  const knowsOptions = !isBootp || query.hasCookie || scope.alwaysReplyRfc1048;
  reply.options = knowsOptions ? scope.options : NO_OPTIONS;
  reply.subnetSelection = selectedSubnet(query, serving);
  reply.fileName = scope.fileName;
  reply.serverName = scope.serverName;
  // BOOTP clients always get a server (RFC 951 section 3); DHCP clients get one if there is a file to load.
  const isServed = scope.fileName.length > 0 || isBootp;
  reply.siaddr = scope.nextServer ?? (isServed ? source : 0);
  if (host !== undefined && scope.useHostDeclNames) reply.hostName = nameOf(host);
  if (serving.config.zones !== undefined && yiaddr !== 0 && query.optionLength(OptionCode.fqdn) > 0)
    reply.clientName = nameAnswer(exchange, serving);
}

/** A NAK, with its reason as option 56. */
function fillRefusal(exchange: Exchange, scope: Scope): void {
  const { reply, source, reason } = exchange.decision;
  // A client that has selected us is refused in the name that it has selected.
  const { serverId } = exchange.query;
  reply.serverId = serverId !== 0 ? serverId : serverIdentifier(exchange, scope, source);
  reply.message = NAK_TEXTS[reason] ?? NO_OCTETS;
}

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
