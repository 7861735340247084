// A decoded message from a client or relay (RFC 2131 section 2, RFC 951, RFC 1542 section 4.1.1).
//
// Decoding reads in place and allocates nothing. A message that is not sound as a whole is no query: there is no
// half-decoded message, and a malformed DHCP message never becomes a BOOTP one.

import { getUint8, getUint16, getUint32, NO_OCTETS } from "../base/bytes.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import { HOPS_MAX } from "../base/limits/wire.ts";
import {
  BOOTREQUEST,
  BROADCAST_FLAG,
  CHADDR_OCTETS,
  HEADER_OCTETS,
  INFINITE_SECONDS,
  MAGIC_COOKIE,
  Offset,
} from "./layout.ts";
import { MessageType } from "./message-type.ts";
import { OptionCode } from "./options/option-code.ts";
import { OptionIndex } from "./options/option-index.ts";
import { findRelaySubOption, isRelayAgentInformation, RelaySubOption } from "./options/relay-agent.ts";

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
export class Query {
  /** 16 octets, the first `hlen` of which count; valid as long as the query. */
  readonly chaddr = new Uint8Array(CHADDR_OCTETS);
  private readonly options = new OptionIndex();
  private octets: Uint8Array = NO_OCTETS;
  private offset = 0;
  private size = 0;
  private cookie = false;
  private hasSubOptions = false;
  private type: MessageType = MessageType.bootp;

  /** The array that holds the message. */
  get bytes(): Uint8Array {
    return this.octets;
  }

  /** Where in `bytes` the message starts. */
  get start(): number {
    return this.offset;
  }

  /** Octets of the whole BOOTP message. */
  get length(): number {
    return this.size;
  }

  get htype(): number {
    return getUint8(this.octets, this.offset + Offset.htype);
  }

  /** 0..16. */
  get hlen(): number {
    return getUint8(this.octets, this.offset + Offset.hlen);
  }

  get hops(): number {
    return getUint8(this.octets, this.offset + Offset.hops);
  }

  get xid(): number {
    return getUint32(this.octets, this.offset + Offset.xid);
  }

  get secs(): number {
    return getUint16(this.octets, this.offset + Offset.secs);
  }

  get flags(): number {
    return getUint16(this.octets, this.offset + Offset.flags);
  }

  get ciaddr(): Ipv4 {
    return getUint32(this.octets, this.offset + Offset.ciaddr);
  }

  get yiaddr(): Ipv4 {
    return getUint32(this.octets, this.offset + Offset.yiaddr);
  }

  get siaddr(): Ipv4 {
    return getUint32(this.octets, this.offset + Offset.siaddr);
  }

  get giaddr(): Ipv4 {
    return getUint32(this.octets, this.offset + Offset.giaddr);
  }

  /** Option 53, or MessageType.bootp. Types that we do not know pass through as numbers. */
  get messageType(): MessageType {
    return this.type;
  }

  /** Whether the magic cookie is there at all (BOOTP without options: false). */
  get hasCookie(): boolean {
    return this.cookie;
  }

  /** Bit 15 of flags. */
  get broadcastFlag(): boolean {
    return (this.flags & BROADCAST_FLAG) !== 0;
  }

  /** Option 50 if it has 4 octets, else 0. */
  get requestedAddress(): Ipv4 {
    return this.addressOption(OptionCode.requestedAddress);
  }

  /** Option 54 if it has 4 octets, else 0. */
  get serverId(): Ipv4 {
    return this.addressOption(OptionCode.serverId);
  }

  /** Option 51 in seconds, 0xffffffff as Infinity; -1 if absent or not 4 octets. */
  get requestedLeaseSeconds(): number {
    if (this.options.length(OptionCode.leaseTime) !== 4) return -1;
    const seconds = this.options.uint32(OptionCode.leaseTime);
    return seconds === INFINITE_SECONDS ? Number.POSITIVE_INFINITY : seconds;
  }

  /** Relay agent sub-option 5 (RFC 3527) if it has 4 octets; 0 if absent or giaddr is 0. */
  get linkSelection(): Ipv4 {
    return this.relayAddress(RelaySubOption.linkSelection);
  }

  /**
   * Option 118 (RFC 3011) if it has 4 octets; 0 if absent or giaddr is 0: only a relayed client may be on another
   * network than the arrival's.
   */
  get subnetSelection(): Ipv4 {
    return this.giaddr === 0 ? 0 : this.addressOption(OptionCode.subnetSelection);
  }

  /** Relay agent sub-option 11 (RFC 5107) if it has 4 octets; 0 if absent or giaddr is 0. */
  get serverIdOverride(): Ipv4 {
    return this.relayAddress(RelaySubOption.serverIdOverride);
  }

  /** Whether the option is present (also with length 0). */
  has(code: number): boolean {
    return this.options.has(code);
  }

  /** Octets of the option; -1 if absent. */
  optionLength(code: number): number {
    return this.options.length(code);
  }

  /** The option's octet `index`, 0 outside. */
  optionByte(code: number, index: number): number {
    return this.options.byte(code, index);
  }

  /** Big-endian number of the first 4 octets; 0 if shorter. */
  optionUint32(code: number): number {
    return this.options.uint32(code);
  }

  /** Whether the client asks for the option (option 55). */
  requests(code: number): boolean {
    const count = this.options.length(OptionCode.requestList);
    for (let i = 0; i < count; i++) if (this.options.byte(OptionCode.requestList, i) === code) return true;
    return false;
  }

  /** Copies the option's octets to `target` at `at`, as many as there is room for; returns how many. */
  copyOption(code: number, target: Uint8Array, at: number): number {
    return this.options.copy(code, target, at);
  }

  /** Whether the option has `length` octets, those at the start of `wanted`; an absent one has none. */
  isOption(code: number, wanted: Uint8Array, length: number): boolean {
    return this.options.equals(code, wanted, length);
  }

  /** The option's octets as a view (allocates the view: not for every query); undefined if absent. */
  option(code: number): Uint8Array | undefined {
    return this.options.view(code);
  }

  /**
   * Whether a relay has added option 82 and it is made of whole sub-options; any other is echoed as it came, and counts
   * as absent.
   */
  get hasRelaySubOptions(): boolean {
    return this.hasSubOptions;
  }

  /** Octets of a relay agent sub-option; -1 if absent or giaddr is 0. */
  relaySubOptionLength(code: number): number {
    const at = this.findSubOption(code);
    return at < 0 ? -1 : getUint8(this.options.source(OptionCode.relayAgentInformation), at - 1);
  }

  /** A relay agent sub-option: a view, empty where there is none. */
  relaySubOption(code: number): Uint8Array {
    const at = this.findSubOption(code);
    if (at < 0) return NO_OCTETS;
    const source = this.options.source(OptionCode.relayAgentInformation);
    return source.subarray(at, at + getUint8(source, at - 1));
  }

  /** Octet `index` of a relay agent sub-option; 0 outside. */
  relaySubOptionByte(code: number, index: number): number {
    if (index < 0 || index >= this.relaySubOptionLength(code)) return 0;
    return getUint8(this.options.source(OptionCode.relayAgentInformation), this.findSubOption(code) + index);
  }

  /** What decodeQuery does. */
  decode(bytes: Uint8Array, start: number, length: number): DecodeFault | undefined {
    this.octets = bytes;
    this.offset = start;
    this.size = length;
    this.cookie = false;
    this.hasSubOptions = false;
    this.type = MessageType.bootp;
    this.options.clear();
    if (start < 0 || length > bytes.length - start) return "truncated";
    if (length < HEADER_OCTETS) return "malformed-length";
    if (getUint8(bytes, start + Offset.op) !== BOOTREQUEST) return "malformed-op";
    if (this.hlen > CHADDR_OCTETS) return "malformed-hlen";
    if (this.hops > HOPS_MAX) return "malformed-hops";
    // A BOOTP message has a vendor area of 64 octets (RFC 951); one that ends before its first four
    // may have been cut out of a DHCP message.
    if (length < Offset.options) return "malformed-cookie";
    for (let i = 0; i < CHADDR_OCTETS; i++) this.chaddr[i] = getUint8(bytes, start + Offset.chaddr + i);
    if (getUint32(bytes, start + Offset.cookie) !== MAGIC_COOKIE) return undefined;
    this.cookie = true;
    return this.readOptions();
  }

  private readOptions(): DecodeFault | undefined {
    const { options } = this;
    if (!options.read(this.octets, this.offset, this.size)) return "malformed-options";
    this.hasSubOptions =
      this.giaddr !== 0 && options.has(OptionCode.relayAgentInformation) && this.areSubOptionsSound();
    const length = options.length(OptionCode.messageType);
    if (length < 0) return this.isWholeBootp() ? undefined : "malformed-options";
    const type = options.byte(OptionCode.messageType, 0);
    if (length !== 1 || type === 0) return "malformed-message-type";
    // A number that MessageType does not name stays as it is: the engine drops it by its own rule.
    this.type = type as MessageType;
    return undefined;
  }

  /**
   * Without option 53 the end must be seen, or the rest of a DHCP message may be missing: an END, or
   * a vendor area of nothing but pads.
   */
  private isWholeBootp(): boolean {
    return this.options.hasEnd || (this.options.isEmpty && this.size > Offset.options);
  }

  private areSubOptionsSound(): boolean {
    const code = OptionCode.relayAgentInformation;
    return isRelayAgentInformation(this.options.source(code), this.options.offset(code), this.options.length(code));
  }

  private findSubOption(subOption: number): number {
    const code = OptionCode.relayAgentInformation;
    if (!this.hasSubOptions) return -1;
    const length = this.options.length(code);
    return findRelaySubOption(this.options.source(code), this.options.offset(code), length, subOption);
  }

  private addressOption(code: number): Ipv4 {
    return this.options.length(code) === 4 ? this.options.uint32(code) : 0;
  }

  private relayAddress(subOption: number): Ipv4 {
    if (this.relaySubOptionLength(subOption) !== 4) return 0;
    return getUint32(this.options.source(OptionCode.relayAgentInformation), this.findSubOption(subOption));
  }
}

/**
 * Decodes the `length` octets at `start`; fills `query` and returns undefined, or returns the fault
 * and leaves `query` undefined in content. Never throws.
 */
export function decodeQuery(bytes: Uint8Array, start: number, length: number, query: Query): DecodeFault | undefined {
  return query.decode(bytes, start, length);
}
