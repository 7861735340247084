// A decoded message from a client or relay. STUB: signatures only.

import type { Ipv4 } from "../base/ipv4.ts";
import type { MessageType } from "./message-type.ts";

/** Why a datagram is no query; the names are metric labels. */
export type DecodeFault =
  | "malformed-length"
  | "malformed-op"
  | "malformed-hlen"
  | "malformed-hops"
  | "malformed-cookie"
  | "malformed-options"
  | "malformed-message-type"
  | "truncated";

/**
 * A view on one decoded query. Preallocated, one a receive slot; valid until the slot is reused.
 * All addresses are host-order numbers. Options are read in place; split options (RFC 3396) and
 * overloaded ones (52) are joined first, so every accessor sees whole values.
 */
export declare class Query {
  /** Octets of the whole BOOTP message. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly length: number;
  readonly htype: number;
  readonly hlen: number;
  readonly hops: number;
  readonly xid: number;
  readonly secs: number;
  readonly flags: number;
  readonly ciaddr: Ipv4;
  readonly yiaddr: Ipv4;
  readonly siaddr: Ipv4;
  readonly giaddr: Ipv4;
  /** 16 octets, the first `hlen` of which count; a view that is valid as long as the query. */
  readonly chaddr: Uint8Array;
  /** Option 53, or MessageType.bootp. */
  readonly messageType: MessageType;
  /** Whether the magic cookie is there at all (BOOTP without options: false). */
  readonly hasCookie: boolean;
  /** Bit 15 of flags. */
  readonly broadcastFlag: boolean;

  /** Option 50 if it has 4 octets, else 0. */
  readonly requestedAddress: Ipv4;
  /** Option 54 if it has 4 octets, else 0. */
  readonly serverId: Ipv4;
  /** Option 51 in seconds, 0xffffffff as Infinity; -1 if absent or not 4 octets. */
  readonly requestedLeaseSeconds: number;

  /** Whether the option is present (also with length 0). */
  has(code: number): boolean;
  /** Octets of the option; -1 if absent. */
  optionLength(code: number): number;
  /** The option's octet `index`, 0 outside. */
  optionByte(code: number, index: number): number;
  /** Big-endian number of the first 4 octets; 0 if shorter. */
  optionUint32(code: number): number;
  /** Copies the option's octets to `target` at `at`; returns how many. */
  copyOption(code: number, target: Uint8Array, at: number): number;
  /** The option's octets as a view (allocates the view: not for every query); undefined if absent. */
  option(code: number): Uint8Array | undefined;
  /** Relay agent sub-option 5 (RFC 3527), 0 if absent or giaddr is 0. */
  readonly linkSelection: Ipv4;
  /** Relay agent sub-option 11 (RFC 5107), 0 if absent or giaddr is 0. */
  readonly serverIdOverride: Ipv4;
}

/** Decodes the `length` octets at `start`; fills `query` and returns undefined, or returns the fault and leaves `query` undefined in content. Never throws. */
export declare function decodeQuery(
  bytes: Uint8Array,
  start: number,
  length: number,
  query: Query,
): DecodeFault | undefined;
