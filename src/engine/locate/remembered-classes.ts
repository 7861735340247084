// The classes of a client that is not asking, which tell a requestor the client's parameters (RFC 4388 section 6.4.2).
// They go by the lease's record: hardware address, client identifier, host name, vendor class, and relay agent
// information. The other parts of the client's message are not known any more.

import { putUint32 } from "../../base/bytes.ts";
import type { Membership } from "../../config/model/membership.ts";
import type { ClientFacts } from "../../wire/client-facts.ts";
import { ClientIdentity } from "../../wire/client-identity.ts";
import { MAGIC_COOKIE, Offset } from "../../wire/layout.ts";
import { MessageType } from "../../wire/message-type.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import { Query } from "../../wire/query.ts";
import type { Serving } from "../serving.ts";
import { type Classified, classify } from "./classify.ts";

const OPTION_OCTETS = 2 + 255;

// Scratch: the query that the client would have sent.
const octets = new Uint8Array(Offset.options + 3 + 3 * OPTION_OCTETS + 1);
const client = new ClientIdentity();
const query = new Query();
const exchange: Classified = { query, client, hasClient: true };

/** The classes of the client of a lease. */
export function rememberedClasses(lease: ClientFacts, serving: Pick<Serving, "config">): Membership {
  const { rules, memberships } = serving.config.classes;
  if (rules.length === 0) return memberships.none;
  octets.fill(0, 0, Offset.options);
  octets[Offset.op] = 1;
  octets[Offset.htype] = lease.htype;
  octets[Offset.hlen] = lease.hlen;
  octets.set(lease.chaddr, Offset.chaddr);
  putUint32(octets, Offset.cookie, MAGIC_COOKIE);
  octets[Offset.options] = OptionCode.messageType;
  octets[Offset.options + 1] = 1;
  octets[Offset.options + 2] = MessageType.request;
  let end = Offset.options + 3;
  end = putOption(OptionCode.clientId, lease.clientId, lease.clientIdLength, end);
  end = putOption(OptionCode.hostName, lease.hostName, lease.hostNameLength, end);
  end = putOption(OptionCode.vendorClass, lease.vendorClass, lease.vendorClassLength, end);
  octets[end] = OptionCode.end;
  // Octets that do not decode were never a query: they have no class.
  if (query.decode(octets, 0, end + 1) !== undefined) return memberships.none;
  becomeClient(lease);
  return classify(exchange, serving);
}

function putOption(code: number, value: Uint8Array, length: number, at: number): number {
  if (length === 0) return at;
  octets[at] = code;
  octets[at + 1] = length;
  for (let i = 0; i < length; i++) octets[at + 2 + i] = value[i] ?? 0;
  return at + 2 + length;
}

function becomeClient(lease: ClientFacts): void {
  client.htype = lease.htype;
  client.hlen = lease.hlen;
  client.chaddr.set(lease.chaddr);
  client.clientId.set(lease.clientId);
  client.clientIdLength = lease.clientIdLength;
  client.hostName.set(lease.hostName);
  client.hostNameLength = lease.hostNameLength;
  client.vendorClass.set(lease.vendorClass);
  client.vendorClassLength = lease.vendorClassLength;
  client.agentInformation.set(lease.agentInformation);
  client.agentInformationLength = lease.agentInformationLength;
}
