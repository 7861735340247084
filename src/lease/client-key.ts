// The hash by which the lease table finds clients: of the client key, with the key of the process.
// The table makes it itself, because records from a store need it as queries do; unlike
// ClientIdentity's hashes it is never compared with anybody else's.

import { halfSipHash } from "../base/hash.ts";
import type { ClientDetails } from "./client-details.ts";

/**
 * Hashes the client key of `client` (option 61, else htype and chaddr). Different keys that share
 * their octets may share their hash; whoever finds a client by it compares the keys.
 */
export function hashClientKey(client: ClientDetails, secret: Uint8Array): number {
  if (client.clientIdLength > 0) return halfSipHash(secret, client.clientId, 0, client.clientIdLength);
  return (halfSipHash(secret, client.chaddr, 0, client.hlen) ^ Math.imul(client.htype, 0x9e3779b1)) >>> 0;
}
