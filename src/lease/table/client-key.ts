// The hash by which the lease table finds clients: of the client key, with the key of the process. The table makes it
// itself, because records from a store need it as queries do; unlike ClientIdentity's hashes it is never compared with
// another process's.

import { halfSipHash } from "../../base/hash.ts";
import type { ClientDetails } from "./details-block.ts";

/**
 * Hashes the client key of `client` (option 61, else htype and chaddr). Different keys that share their octets may
 * share their hash; a search by the hash compares the keys.
 */
export function hashClientKey(client: ClientDetails, secret: Uint8Array): number {
  const { clientIdLength } = client;
  if (clientIdLength > 0) return hashClientId(secret, client.clientId, 0, clientIdLength);
  return hashHardware(secret, client.htype, client.chaddr, 0, client.hlen);
}

/** The hash of a client key that is an identifier of `length` octets at `start`. */
export function hashClientId(secret: Uint8Array, octets: Uint8Array, start: number, length: number): number {
  return halfSipHash(secret, octets, start, length);
}

/** The hash of a client key that is a hardware type and the `hlen` octets at `start`. */
export function hashHardware(
  secret: Uint8Array,
  htype: number,
  octets: Uint8Array,
  start: number,
  hlen: number,
): number {
  return (halfSipHash(secret, octets, start, hlen) ^ Math.imul(htype, 0x9e3779b1)) >>> 0;
}
