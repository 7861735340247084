// The identity of a client (RFC 2131 section 4.2, RFC 2132 section 9.14, RFC 4361, RFC 6842).
//
// The client key is a kind and octets: 1 and option 61, or 0, htype and chaddr. The kind keeps a client identifier from
// ever equalling another client's hardware address.

import { NO_OCTETS } from "../base/bytes.ts";
import { HASH_KEY_OCTETS, halfSipHash } from "../base/hash.ts";
import { CLIENT_ID_OCTETS_MAX } from "../base/limits/wire.ts";
import { ClientFacts } from "./client-facts.ts";
import { copyClientName } from "./client-name.ts";
import { CHADDR_OCTETS } from "./layout.ts";
import { OptionCode } from "./options/option-code.ts";
import type { Query } from "./query.ts";

const CLIENT_ID_OCTETS_MIN = 2;

/**
 * The identity of a client, and what is recorded with its lease. Preallocated and filled anew for
 * each query by `readClientIdentity`.
 *
 * Leases are looked up by the client key: option 61 if it has at least 2 octets (RFC 2132 section 9.14; RFC 4361), else
 * htype and chaddr. Two identities are the same client exactly when their keys are equal, octet for octet. Values
 * longer than the field that keeps them (they must have come split) count as absent: a shortened one could equal
 * another client's.
 */
export class ClientIdentity extends ClientFacts {
  /** What `orderHash` is keyed with: HashKeys.order. */
  orderKey: Uint8Array = NO_OCTETS;

  /**
   * Keyed 32-bit hash of the client key that every server of a cluster computes alike: orders candidate
   * addresses. Computed when asked for, since only new clients need it.
   */
  get orderHash(): number {
    return hashOrder(this.orderKey, writeClientKey(this));
  }
}

/** The two secrets of the hashes, 16 octets each. */
export interface HashKeys {
  /** Random for each process: no attacker-chosen collisions. */
  readonly table: Uint8Array;
  /** The same on every server of a cluster; all zero on a single one unless configured. */
  readonly order: Uint8Array;
}

// The hashed octets: the second half of the secret (the first is the hash's own key), then the client key: kind, and up
// to CLIENT_ID_OCTETS_MAX or 1 + CHADDR_OCTETS octets.
const KEY_AT = HASH_KEY_OCTETS;
const hashed = new Uint8Array(KEY_AT + 1 + CLIENT_ID_OCTETS_MAX);

/**
 * Fills `identity` from `query`. False if the query names no client at all (no option 61 and hlen
 * 0): it cannot hold a lease.
 */
export function readClientIdentity(query: Query, keys: HashKeys, identity: ClientIdentity): boolean {
  identity.htype = query.htype;
  identity.hlen = query.hlen;
  for (let i = 0; i < CHADDR_OCTETS; i++) identity.chaddr[i] = query.chaddr[i] ?? 0;
  const idLength = readOption(query, OptionCode.clientId, identity.clientId);
  identity.clientIdLength = idLength >= CLIENT_ID_OCTETS_MIN ? idLength : 0;
  identity.hostNameLength = readHostName(query, identity.hostName);
  identity.vendorClassLength = readOption(query, OptionCode.vendorClass, identity.vendorClass);
  identity.agentInformationLength = query.hasRelaySubOptions
    ? readOption(query, OptionCode.relayAgentInformation, identity.agentInformation)
    : 0;
  identity.orderKey = keys.order;
  return identity.clientIdLength > 0 || identity.hlen > 0;
}

function readOption(query: Query, code: number, target: Uint8Array): number {
  return query.optionLength(code) > target.length ? 0 : query.copyOption(code, target, 0);
}

function readHostName(query: Query, target: Uint8Array): number {
  if (query.has(OptionCode.hostName)) return withoutZeros(target, readOption(query, OptionCode.hostName, target));
  return query.has(OptionCode.fqdn) ? withoutZeros(target, copyClientName(query, target)) : 0;
}

/** Octets of a text less the zeros at its end, which some clients count (RFC 2132 section 2). */
function withoutZeros(text: Uint8Array, length: number): number {
  let end = length;
  while (end > 0 && text[end - 1] === 0) end -= 1;
  return end;
}

/** Puts the client key where it is hashed; returns where it ends. */
function writeClientKey(identity: ClientIdentity): number {
  const { clientIdLength, hlen } = identity;
  if (clientIdLength > 0) {
    hashed[KEY_AT] = 1;
    for (let i = 0; i < clientIdLength; i++) hashed[KEY_AT + 1 + i] = identity.clientId[i] ?? 0;
    return KEY_AT + 1 + clientIdLength;
  }
  hashed[KEY_AT] = 0;
  hashed[KEY_AT + 1] = identity.htype;
  for (let i = 0; i < hlen; i++) hashed[KEY_AT + 2 + i] = identity.chaddr[i] ?? 0;
  return KEY_AT + 2 + hlen;
}

/**
 * A hash of the client key, with the secret that all servers of a cluster share: it chooses addresses, and no search
 * uses it.
 */
function hashOrder(secret: Uint8Array, end: number): number {
  for (let i = 0; i < KEY_AT; i++) hashed[i] = secret[HASH_KEY_OCTETS + i] ?? 0;
  return halfSipHash(secret, hashed, 0, end);
}
