// Clients and pools for tests of the lease table.

import { parseIpv4 } from "../../src/base/ipv4.ts";
import type { LeaseRecord } from "../../src/lease/lease.ts";
import { BindingState } from "../../src/lease/lease.ts";
import type { PoolDefinition } from "../../src/lease/table/table.ts";
import { ClientIdentity, type HashKeys } from "../../src/wire/client-identity.ts";

export const KEYS: HashKeys = { table: new Uint8Array(16).fill(7), order: new Uint8Array(16) };

/** What a test says of a client; what it leaves out is empty. */
export interface ClientParts {
  readonly htype?: number;
  readonly chaddr?: Uint8Array;
  readonly clientId?: Uint8Array;
  readonly hostName?: Uint8Array;
  readonly agentInformation?: Uint8Array;
  readonly vendorClass?: Uint8Array;
  readonly orderHash?: number;
}

const NOTHING = new Uint8Array(0);

/** A client as `readClientIdentity` would show it, with an `orderHash` of the test's choice. */
export function makeClient(parts: ClientParts): ClientIdentity {
  const client = new ClientIdentity();
  client.htype = parts.htype ?? 1;
  client.hlen = fill(client.chaddr, parts.chaddr);
  client.clientIdLength = fill(client.clientId, parts.clientId);
  client.hostNameLength = fill(client.hostName, parts.hostName);
  client.agentInformationLength = fill(client.agentInformation, parts.agentInformation);
  client.vendorClassLength = fill(client.vendorClass, parts.vendorClass);
  const orderHash = parts.orderHash ?? 0;
  Object.defineProperty(client, "orderHash", { value: orderHash });
  return client;
}

/** Client number `n`: an Ethernet address and, for odd numbers, a client identifier. */
export function numberedClient(n: number, hostName = ""): ClientIdentity {
  const chaddr = Uint8Array.of(2, 0, n >>> 24, n >>> 16, n >>> 8, n);
  const clientId = n % 2 === 1 ? Uint8Array.of(1, ...chaddr) : NOTHING;
  return makeClient({ chaddr, clientId, hostName: octets(hostName), orderHash: Math.imul(n + 1, 0x9e3779b1) >>> 0 });
}

/** The octets of ASCII text. */
export function octets(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** An address that is known to be well-formed. */
export function address(text: string): number {
  const parsed = parseIpv4(text);
  if (parsed === undefined) throw new TypeError(`not an address: ${text}`);
  return parsed;
}

/** Pools from ranges like "10.0.0.10-10.0.0.20"; a pool is one or more of them, all on link 0 unless said otherwise. */
export function makePools(
  ...pools: readonly { readonly ranges: readonly string[]; readonly link?: number; readonly reserved?: boolean }[]
): PoolDefinition[] {
  return pools.map(({ ranges, link = 0, reserved = false }, index) => ({
    index,
    sharedNetwork: link,
    subnet: link,
    reserved,
    ranges: ranges.map((range) => {
      const [first = "", last = first] = range.split("-");
      return { first: address(first), last: address(last) };
    }),
  }));
}

/** A record with only the given parts. */
export function makeRecord(parts: Partial<LeaseRecord> & { readonly address: number }): LeaseRecord {
  return {
    state: BindingState.bound,
    startsAt: 0,
    endsAt: 0,
    lastTransactionAt: 0,
    htype: 0,
    hardwareAddress: NOTHING,
    clientId: NOTHING,
    hostName: NOTHING,
    agentInformation: NOTHING,
    vendorClass: NOTHING,
    ...parts,
  };
}

function fill(target: Uint8Array, source: Uint8Array = NOTHING): number {
  target.set(source);
  return source.length;
}
