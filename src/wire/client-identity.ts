// Who a client is. STUB: signatures only.

import type { Query } from "./query.ts";

/**
 * The identity of a client, and what is recorded with its lease. Preallocated and filled anew for
 * each query by `readClientIdentity`.
 *
 * The client key is what leases are looked up by: option 61 if it has at least 2 octets (RFC 2132
 * section 9.14; RFC 4361), else htype and chaddr. Two identities are the same client exactly when
 * their keys are equal, octet for octet.
 */
export declare class ClientIdentity {
  htype: number;
  /** Octets of chaddr that count, 0..16. */
  hlen: number;
  readonly chaddr: Uint8Array; // 16 octets
  /** Option 61; length 0 when absent or shorter than 2. */
  readonly clientId: Uint8Array; // CLIENT_ID_OCTETS_MAX
  clientIdLength: number;
  /** Option 12 as sent; length 0 when absent. Untrusted octets. */
  readonly hostName: Uint8Array; // 255
  hostNameLength: number;
  /** Option 82 as the relay sent it; length 0 when absent or giaddr is 0. */
  readonly agentInformation: Uint8Array; // 255
  agentInformationLength: number;
  /** Option 60 as sent; length 0 when absent. */
  readonly vendorClass: Uint8Array; // 255
  vendorClassLength: number;
  /** Keyed 32-bit hash of the client key: for hash tables inside this process only. */
  keyHash: number;
  /** Keyed 32-bit hash of the client key that every server of a cluster computes alike: orders candidate addresses. */
  orderHash: number;
}

/** Fills `identity` from `query`. False if the query names no client at all (no option 61 and hlen 0): it cannot hold a lease. */
export declare function readClientIdentity(query: Query, keys: HashKeys, identity: ClientIdentity): boolean;

/** The two secrets of the hashes, 16 octets each. */
export interface HashKeys {
  /** Random for each process: no attacker-chosen collisions. */
  readonly table: Uint8Array;
  /** The same on every server of a cluster; all zero on a single one unless configured. */
  readonly order: Uint8Array;
}
