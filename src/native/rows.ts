// Rows of numbers by name. The addon reads and writes them as one array of columns, a row each, so that a batch crosses
// the boundary in one call and no datagram needs an object; all other code calls these functions, which the compiler
// inlines. Row numbers are not checked: an absent row reads as zeros.

import type { Ipv4 } from "../base/ipv4.ts";
import {
  ENTRY_COLUMNS,
  EntryColumn,
  NEIGHBOUR_LIST_COLUMNS,
  NeighbourColumn,
  RECEIVE_COLUMNS,
  REPLY_COLUMNS,
  ReceiveColumn,
  ReceiveFlag,
  ReplyColumn,
  SendFlag,
} from "./columns.ts";

/** Datagrams as the addon has received them, a row for each slot of the arena. */
export class ReceiveRows {
  /** For the addon. */
  readonly columns: Uint32Array;
  readonly count: number;

  constructor(count: number) {
    this.count = count;
    this.columns = new Uint32Array(count * RECEIVE_COLUMNS);
  }

  /** Octets of the datagram, or of the whole frame. */
  length(row: number): number {
    return this.columns[row * RECEIVE_COLUMNS + ReceiveColumn.length] ?? 0;
  }

  /** Whether the datagram was longer than its slot. */
  isCut(row: number): boolean {
    return (this.flags(row) & ReceiveFlag.datagramCut) !== 0;
  }

  /** Whether the control data was cut: interface and destination are not known. */
  isControlCut(row: number): boolean {
    return (this.flags(row) & ReceiveFlag.controlCut) !== 0;
  }

  /** Whether the UDP checksum is there: not left to hardware by a sender on this machine. */
  isChecksumWhole(row: number): boolean {
    return (this.flags(row) & ReceiveFlag.checksumUnfinished) === 0;
  }

  /** Interface it came in by; 0 if it came before the socket option was set. */
  ifindex(row: number): number {
    return this.columns[row * RECEIVE_COLUMNS + ReceiveColumn.ifindex] ?? 0;
  }

  /** See `ifindex`. */
  setIfindex(row: number, ifindex: number): void {
    this.columns[row * RECEIVE_COLUMNS + ReceiveColumn.ifindex] = ifindex;
  }

  /** Destination address in the IP header. */
  destination(row: number): Ipv4 {
    return this.columns[row * RECEIVE_COLUMNS + ReceiveColumn.destination] ?? 0;
  }

  /** Source address. */
  source(row: number): Ipv4 {
    return this.columns[row * RECEIVE_COLUMNS + ReceiveColumn.source] ?? 0;
  }

  /** Source port. */
  sourcePort(row: number): number {
    return this.columns[row * RECEIVE_COLUMNS + ReceiveColumn.sourcePort] ?? 0;
  }

  /** Octets from the start of the slot to the payload: 0, or what setPayload has set. */
  payload(row: number): number {
    return this.columns[row * RECEIVE_COLUMNS + ReceiveColumn.payload] ?? 0;
  }

  /** Notes where the payload of a frame lies in its slot, and how long it is. */
  setPayload(row: number, payload: number, length: number): void {
    this.columns[row * RECEIVE_COLUMNS + ReceiveColumn.payload] = payload;
    this.columns[row * RECEIVE_COLUMNS + ReceiveColumn.length] = length;
  }

  /** Notes the values of a frame's headers. */
  setAddresses(row: number, source: Ipv4, sourcePort: number, destination: Ipv4): void {
    this.columns[row * RECEIVE_COLUMNS + ReceiveColumn.source] = source;
    this.columns[row * RECEIVE_COLUMNS + ReceiveColumn.sourcePort] = sourcePort;
    this.columns[row * RECEIVE_COLUMNS + ReceiveColumn.destination] = destination;
  }

  private flags(row: number): number {
    return this.columns[row * RECEIVE_COLUMNS + ReceiveColumn.flags] ?? 0;
  }
}

/** Datagrams to send, a row for each. The addon reads them and writes `result`. */
export class ReplyRows {
  /** For the addon. */
  readonly columns: Uint32Array;
  readonly count: number;

  constructor(count: number) {
    this.count = count;
    this.columns = new Uint32Array(count * REPLY_COLUMNS);
  }

  /** Octets from the start of the arena to the payload. */
  offset(row: number): number {
    return this.columns[row * REPLY_COLUMNS + ReplyColumn.offset] ?? 0;
  }

  /** Octets of the payload. */
  length(row: number): number {
    return this.columns[row * REPLY_COLUMNS + ReplyColumn.length] ?? 0;
  }

  /** Notes where the payload lies in the arena. */
  setPayload(row: number, offset: number, length: number): void {
    this.columns[row * REPLY_COLUMNS + ReplyColumn.offset] = offset;
    this.columns[row * REPLY_COLUMNS + ReplyColumn.length] = length;
  }

  /** Where it goes. */
  destination(row: number): Ipv4 {
    return this.columns[row * REPLY_COLUMNS + ReplyColumn.destination] ?? 0;
  }

  /** See `destination`. */
  setDestination(row: number, address: Ipv4): void {
    this.columns[row * REPLY_COLUMNS + ReplyColumn.destination] = address;
  }

  /** Destination port. */
  port(row: number): number {
    return this.columns[row * REPLY_COLUMNS + ReplyColumn.port] ?? 0;
  }

  /** See `port`. */
  setPort(row: number, port: number): void {
    this.columns[row * REPLY_COLUMNS + ReplyColumn.port] = port;
  }

  /** Source address (ipi_spec_dst). */
  source(row: number): Ipv4 {
    return this.columns[row * REPLY_COLUMNS + ReplyColumn.source] ?? 0;
  }

  /** See `source`. */
  setSource(row: number, address: Ipv4): void {
    this.columns[row * REPLY_COLUMNS + ReplyColumn.source] = address;
  }

  /** Interface it leaves by (ipi_ifindex); 0: by the routing table. */
  ifindex(row: number): number {
    return this.columns[row * REPLY_COLUMNS + ReplyColumn.ifindex] ?? 0;
  }

  /** See `ifindex`. */
  setIfindex(row: number, ifindex: number): void {
    this.columns[row * REPLY_COLUMNS + ReplyColumn.ifindex] = ifindex;
  }

  /** Sets how the kernel is to treat it: past the routing table, with a UDP checksum that is computed before it leaves. */
  setHandling(row: number, isDirect: boolean, hasFullChecksum: boolean): void {
    this.columns[row * REPLY_COLUMNS + ReplyColumn.flags] =
      (isDirect ? SendFlag.dontRoute : 0) | (hasFullChecksum ? SendFlag.fullChecksum : 0);
  }

  /** Makes it go by the routing table after all; the checksum stays as it was decided. */
  clearDirect(row: number): void {
    const at = row * REPLY_COLUMNS + ReplyColumn.flags;
    this.columns[at] = (this.columns[at] ?? 0) & ~SendFlag.dontRoute;
  }

  /** errno of this datagram; 0 if the kernel took it. */
  result(row: number): number {
    return this.columns[row * REPLY_COLUMNS + ReplyColumn.result] ?? 0;
  }

  /** See `result`. */
  setResult(row: number, errno: number): void {
    this.columns[row * REPLY_COLUMNS + ReplyColumn.result] = errno;
  }

  /** A wire/delivery.ts Delivery. */
  delivery(row: number): number {
    return this.columns[row * REPLY_COLUMNS + ReplyColumn.delivery] ?? 0;
  }

  /** See `delivery`. */
  setDelivery(row: number, delivery: number): void {
    this.columns[row * REPLY_COLUMNS + ReplyColumn.delivery] = delivery;
  }

  /** First two octets of the hardware address of a `neighbour` delivery. */
  hardwareHigh(row: number): number {
    return this.columns[row * REPLY_COLUMNS + ReplyColumn.hardwareHigh] ?? 0;
  }

  /** Last four octets of it. */
  hardwareLow(row: number): number {
    return this.columns[row * REPLY_COLUMNS + ReplyColumn.hardwareLow] ?? 0;
  }

  /** Sets the hardware address: the first six octets of `chaddr`. */
  setHardware(row: number, chaddr: Uint8Array): void {
    this.columns[row * REPLY_COLUMNS + ReplyColumn.hardwareHigh] = ((chaddr[0] ?? 0) << 8) | (chaddr[1] ?? 0);
    this.columns[row * REPLY_COLUMNS + ReplyColumn.hardwareLow] =
      ((chaddr[2] ?? 0) << 24) | ((chaddr[3] ?? 0) << 16) | ((chaddr[4] ?? 0) << 8) | (chaddr[5] ?? 0);
  }

  /** The server's own number of the change that the reply depends on. */
  tag(row: number): number {
    return this.columns[row * REPLY_COLUMNS + ReplyColumn.tag] ?? 0;
  }

  /** See `tag`. */
  setTag(row: number, tag: number): void {
    this.columns[row * REPLY_COLUMNS + ReplyColumn.tag] = tag;
  }

  /** Puts a copy of row `from` in the place of row `to`. */
  copy(from: number, to: number): void {
    this.columns.copyWithin(to * REPLY_COLUMNS, from * REPLY_COLUMNS, (from + 1) * REPLY_COLUMNS);
  }
}

/** Neighbour entries that the helper is to set or to delete: interface, address, hardware address. */
export class NeighbourRows {
  /** Four numbers a row (columns.ts). */
  readonly columns: Uint32Array;
  readonly count: number;

  constructor(count: number) {
    this.count = count;
    this.columns = new Uint32Array(count * ENTRY_COLUMNS);
  }

  /** Interface that the neighbour is on. */
  ifindex(row: number): number {
    return this.columns[row * ENTRY_COLUMNS + EntryColumn.ifindex] ?? 0;
  }

  /** Its IPv4 address. */
  address(row: number): Ipv4 {
    return this.columns[row * ENTRY_COLUMNS + EntryColumn.address] ?? 0;
  }

  /** Fills a row; the hardware address as its first two and last four octets, which a deletion does not look at. */
  set(row: number, ifindex: number, address: Ipv4, hardwareHigh = 0, hardwareLow = 0): void {
    const base = row * ENTRY_COLUMNS;
    this.columns[base + EntryColumn.ifindex] = ifindex;
    this.columns[base + EntryColumn.address] = address;
    this.columns[base + EntryColumn.hardwareHigh] = hardwareHigh;
    this.columns[base + EntryColumn.hardwareLow] = hardwareLow;
  }

  /** Writes the first `count` rows into `words` from `at` on, one after the other, as the helper's protocol has them. */
  writeTo(words: Uint32Array, at: number, count: number): void {
    for (let i = 0; i < count * ENTRY_COLUMNS; i++) words[at + i] = this.columns[i] ?? 0;
  }

  /** Takes over row `from` of other rows as row `row`. */
  copyFrom(other: NeighbourRows, from: number, row: number): void {
    for (let i = 0; i < ENTRY_COLUMNS; i++) {
      this.columns[row * ENTRY_COLUMNS + i] = other.columns[from * ENTRY_COLUMNS + i] ?? 0;
    }
  }
}

/** States of linux/neighbour.h that decide something. */
export const NeighbourState = { incomplete: 0x01, reachable: 0x02, failed: 0x20 } as const;

/** The kernel's neighbour table, in no order. */
export class NeighbourTable {
  private readonly columns: Uint32Array;

  /** `columns`: the result of the addon's listNeighbours. */
  constructor(columns: Uint32Array) {
    this.columns = columns;
  }

  /** State of an address on an interface (NeighbourState, or another of linux/neighbour.h); 0 if it has no entry. */
  stateOf(address: Ipv4, ifindex: number): number {
    const { columns } = this;
    for (let base = 0; base < columns.length; base += NEIGHBOUR_LIST_COLUMNS) {
      if (columns[base + NeighbourColumn.address] !== address) continue;
      if (columns[base + NeighbourColumn.ifindex] === ifindex) return columns[base + NeighbourColumn.state] ?? 0;
    }
    return 0;
  }

  /** All addresses that have an entry. */
  addresses(): Ipv4[] {
    return [...this.columns].filter((_, i) => i % NEIGHBOUR_LIST_COLUMNS === NeighbourColumn.address);
  }
}
