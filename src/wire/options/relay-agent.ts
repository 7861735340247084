// The sub-options of the relay agent information option, 82 (RFC 3046 section 2.0): code, length,
// value, one after the other, without pad or end. Read in place.

import { getUint8 } from "../../base/bytes.ts";
import { halfSipHash } from "../../base/hash.ts";

/** Sub-options that the server knows. */
export const RelaySubOption = {
  /** Where on the relay the client is (RFC 3046 section 3.1). */
  circuitId: 1,
  /** The host at the other end, as the relay names it (RFC 3046 section 3.2). */
  remoteId: 2,
  /** The subnet to serve instead of giaddr's (RFC 3527). */
  linkSelection: 5,
  /** How the relay got the message (RFC 5010); one octet of flags. */
  flags: 10,
  /** The server identifier that clients shall get (RFC 5107). */
  serverIdOverride: 11,
  /** The relay's own identifier (RFC 6925). */
  relayId: 12,
  /** Replies go to the port that the relay sent from; without a value (RFC 8357). */
  relaySourcePort: 19,
  /** The virtual network that the message is about (RFC 6607). */
  virtualSubnetSelection: 151,
} as const;

/** In the flags sub-option: the client sent its message to the relay by unicast (RFC 5010 section 3). */
export const UNICAST_FLAG = 0x80;

/** Whether the `length` octets at `start`, which lie inside `bytes`, are whole sub-options. */
export function isRelayAgentInformation(bytes: Uint8Array, start: number, length: number): boolean {
  const end = start + length;
  let at = start;
  while (at < end) {
    if (end - at < 2) return false;
    const size = getUint8(bytes, at + 1);
    if (size > end - at - 2) return false;
    at += 2 + size;
  }
  return true;
}

/**
 * Where in `bytes` the value of the first sub-option `code` starts; its length is the octet before.
 * -1 if it is absent. The octets have passed isRelayAgentInformation.
 */
export function findRelaySubOption(bytes: Uint8Array, start: number, length: number, code: number): number {
  const end = start + length;
  let at = start;
  while (end - at >= 2) {
    if (getUint8(bytes, at) === code) return at + 2;
    at += 2 + getUint8(bytes, at + 1);
  }
  return -1;
}

/** What tells the ports of a relay apart (RFC 3046 section 3). */
export const RELAY_PORT = [RelaySubOption.circuitId, RelaySubOption.remoteId] as const;

/** A number that stands for the port that agent information names; 0 if it names none. The octets have passed isRelayAgentInformation. */
export function hashRelayPort(secret: Uint8Array, bytes: Uint8Array, start: number, length: number): number {
  let hash = 0;
  for (const code of RELAY_PORT) {
    const at = findRelaySubOption(bytes, start, length, code);
    if (at >= 0) hash ^= halfSipHash(secret, bytes, at - 2, 2 + (bytes[at - 1] ?? 0));
  }
  return hash >>> 0;
}
