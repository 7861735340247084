// Which client has a name, as a record beside it says (DHCID, RFC 4701): a hash of the client and the name, which does
// not reveal the client to others.

import { createHash } from "node:crypto";
import type { LeaseRecord } from "../../lease/lease.ts";
import { nameOctets } from "./message.ts";

const SHA_256 = 1;
/** Kinds of identifier (RFC 4701 section 3.3). */
const BY_HARDWARE = 0;
const BY_CLIENT_ID = 1;
const BY_DUID = 2;
/** A client identifier that has an IAID and a DUID in it (RFC 4361 section 6.1). */
const DUID_TYPE = 255;
const DUID_AT = 5;

/** What identifies a client in DHCP. */
export type ClientIds = Pick<LeaseRecord, "clientId" | "htype" | "hardwareAddress">;

/** The data of the record for a client's name (without the root's dot). */
export function dhcidOf({ clientId, htype, hardwareAddress }: ClientIds, name: string): Uint8Array {
  if (clientId.length > DUID_AT && clientId[0] === DUID_TYPE) return hashOf(BY_DUID, clientId.subarray(DUID_AT), name);
  if (clientId.length > 0) return hashOf(BY_CLIENT_ID, clientId, name);
  return hashOf(BY_HARDWARE, Uint8Array.of(htype, ...hardwareAddress), name);
}

function hashOf(kind: number, identifier: Uint8Array, name: string): Uint8Array {
  const digest = createHash("sha256").update(identifier).update(nameOctets(name)).digest();
  return Uint8Array.of(0, kind, SHA_256, ...digest);
}
