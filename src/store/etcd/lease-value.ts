// A lease as the octets of a value in etcd. docs/cluster-store.md has the format for people who read the store by hand.
//
//    0  format: 1
//    1  state: 1 bound, 2 released, 3 abandoned
//    2  start, 6 end, 10 last transaction of the client: seconds since 1970 in 32 bits, all ones for never
//   14  seconds of the end that the client does not know (the cluster's reserve when the lease was written)
//   18  hardware type
//   19  octets of the hardware address, 20 of the client identifier, 21 of the host name,
//   22  of the relay agent information, 23 of the vendor class, 24 of the name of the node that wrote it
//   25  these six, one behind the other, and nothing else
//
// Numbers have their most significant octet first.

import { getUint32, putUint32 } from "../../base/bytes.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import { DOUBLE_ZERO } from "../../base/shapes.ts";
import type { EpochSeconds, Seconds } from "../../base/time.ts";
import type { LoadedLease } from "../../lease/file/own-record-reader.ts";
import { fromStored, toStored } from "../../lease/file/stored-time.ts";
import { BindingState } from "../../lease/lease.ts";
import type { LeaseSlot, LeaseTable } from "../../lease/table/table.ts";
import { ClientFacts } from "../../wire/client-facts.ts";
import type { EtcdSettings } from "./settings.ts";

/** The format that this release reads and writes. */
export const LEASE_FORMAT = 1;
const HEADER_OCTETS = 25;
const HARDWARE_OCTETS_MAX = 16;
const DETAIL_OCTETS_MAX = 255;
/** Octets of the largest value. */
export const LEASE_VALUE_OCTETS_MAX = HEADER_OCTETS + HARDWARE_OCTETS_MAX + 5 * DETAIL_OCTETS_MAX;

/** States by their number in a value; number 0 is none. */
const STATES = [undefined, BindingState.bound, BindingState.released, BindingState.abandoned] as const;

/** The content of a value: a lease, a lease of a later release, or no readable lease. */
export type LeaseValueKind = "lease" | "other-format" | "malformed";

/** The content of one value; used again for the next. Octets behind the lengths mean nothing. */
export class StoredLease extends ClientFacts implements LoadedLease {
  address: Ipv4 = DOUBLE_ZERO;
  state: BindingState = BindingState.free;
  startsAt: EpochSeconds = DOUBLE_ZERO;
  endsAt: EpochSeconds = DOUBLE_ZERO;
  lastTransactionAt: EpochSeconds = DOUBLE_ZERO;
  /** Seconds of `endsAt` that the client does not know. */
  reserve: Seconds = DOUBLE_ZERO;
  /** Octets of the name of the node that wrote the lease. */
  writerLength = 0;
  readonly writer = new Uint8Array(DETAIL_OCTETS_MAX);

  /** Shows what a slot of the table is now. */
  takeSlot(table: LeaseTable, slot: LeaseSlot): void {
    this.address = table.addressOf(slot);
    this.state = table.state(slot);
    this.startsAt = table.startsAt(slot);
    this.endsAt = table.endsAt(slot);
    this.lastTransactionAt = table.lastTransactionAt(slot);
    if (table.detailsOf(slot) === 0) this.forgetClient();
    else table.copyDetails(slot, this);
  }
}

/** Writes the values of one node. */
export class LeaseValueWriter {
  private readonly reserve: Seconds;
  private readonly name: Uint8Array;

  constructor({ reserve, name }: Pick<EtcdSettings, "reserve" | "name">) {
    this.reserve = reserve;
    this.name = Uint8Array.from(name.slice(0, DETAIL_OCTETS_MAX), (character) => character.charCodeAt(0));
  }

  /** Writes `lease` to the start of `target`, which has room for LEASE_VALUE_OCTETS_MAX; returns its octets. */
  write(lease: LoadedLease, target: Uint8Array): number {
    target[0] = LEASE_FORMAT;
    target[1] = Math.max(0, STATES.indexOf(lease.state as (typeof STATES)[number]));
    putUint32(target, 2, toStored(lease.startsAt));
    putUint32(target, 6, toStored(lease.endsAt));
    putUint32(target, 10, toStored(lease.lastTransactionAt));
    putUint32(target, 14, toStored(this.reserve));
    target[18] = lease.htype;
    target[19] = lease.hlen;
    target[20] = lease.clientIdLength;
    target[21] = lease.hostNameLength;
    target[22] = lease.agentInformationLength;
    target[23] = lease.vendorClassLength;
    target[24] = this.name.length;
    let at = put(target, HEADER_OCTETS, lease.chaddr, lease.hlen);
    at = put(target, at, lease.clientId, lease.clientIdLength);
    at = put(target, at, lease.hostName, lease.hostNameLength);
    at = put(target, at, lease.agentInformation, lease.agentInformationLength);
    at = put(target, at, lease.vendorClass, lease.vendorClassLength);
    return put(target, at, this.name, this.name.length);
  }
}

/**
 * Reads the value in `octets` from `start` to `end` into `lease`, whose address stays as it is. Any result but "lease"
 * leaves it undefined.
 */
export function readLeaseValue(octets: Uint8Array, start: number, end: number, lease: StoredLease): LeaseValueKind {
  if (start >= end) return "malformed";
  if (octets[start] !== LEASE_FORMAT) return octets[start] === 0 ? "malformed" : "other-format";
  if (end - start < HEADER_OCTETS) return "malformed";
  const state = STATES[octets[start + 1] ?? 0];
  if (state === undefined) return "malformed";
  lease.state = state;
  lease.startsAt = fromStored(getUint32(octets, start + 2));
  lease.endsAt = fromStored(getUint32(octets, start + 6));
  lease.lastTransactionAt = fromStored(getUint32(octets, start + 10));
  lease.reserve = fromStored(getUint32(octets, start + 14));
  lease.htype = octets[start + 18] ?? 0;
  lease.hlen = octets[start + 19] ?? 0;
  lease.clientIdLength = octets[start + 20] ?? 0;
  lease.hostNameLength = octets[start + 21] ?? 0;
  lease.agentInformationLength = octets[start + 22] ?? 0;
  lease.vendorClassLength = octets[start + 23] ?? 0;
  lease.writerLength = octets[start + 24] ?? 0;
  const details =
    lease.hlen +
    lease.clientIdLength +
    lease.hostNameLength +
    lease.agentInformationLength +
    lease.vendorClassLength +
    lease.writerLength;
  if (lease.hlen > HARDWARE_OCTETS_MAX || start + HEADER_OCTETS + details !== end) return "malformed";
  let at = take(octets, start + HEADER_OCTETS, lease.chaddr, lease.hlen);
  at = take(octets, at, lease.clientId, lease.clientIdLength);
  at = take(octets, at, lease.hostName, lease.hostNameLength);
  at = take(octets, at, lease.agentInformation, lease.agentInformationLength);
  at = take(octets, at, lease.vendorClass, lease.vendorClassLength);
  take(octets, at, lease.writer, lease.writerLength);
  return "lease";
}

function put(target: Uint8Array, at: number, source: Uint8Array, length: number): number {
  for (let i = 0; i < length; i++) target[at + i] = source[i] ?? 0;
  return at + length;
}

function take(octets: Uint8Array, at: number, target: Uint8Array, length: number): number {
  for (let i = 0; i < length; i++) target[i] = octets[at + i] ?? 0;
  return at + length;
}
