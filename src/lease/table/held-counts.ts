// How many leases, offers included, each hardware address, relay port and interface has in a network: what
// `hardware-lease-limit` and its like bound. A slot counts while it is bound or offered; reserved addresses never do.
//
// A slot's holders are kept as numbers of 53 bits, which stand for the network and the holder: hashes with the keys of
// the process, so that no client can choose holders that count as one; with 32 bits, a hundred of a million would by
// chance.

import { HASH_KEY_OCTETS } from "../../base/hash.ts";
import { hashRelayPort, isRelayAgentInformation } from "../../wire/options/relay-agent.ts";
import { BindingState } from "../lease.ts";
import type { AddressMap, PoolDefinition, Slot } from "./address-map.ts";
import type { DetailsHeap } from "./client-details.ts";
import { hashHardware } from "./client-key.ts";
import {
  agentInformationAt,
  agentInformationLengthAt,
  type ClientDetails,
  hardwareAt,
  hlenAt,
  htypeAt,
} from "./details-block.ts";
import { type LeaseRows, ROW_SHIFT, RowWord } from "./lease-rows.ts";

/** What leases are counted by. */
export const Holder = { hardware: 0, relayPort: 1, interface: 2 } as const;
export type Holder = (typeof Holder)[keyof typeof Holder];

const HOLDERS = [Holder.hardware, Holder.relayPort, Holder.interface] as const;
const KINDS = HOLDERS.length;
/** Stands for no holder. */
const NOBODY = 0;
const CAPACITY_MIN = 64;
/** The part of a number beyond 32 bits. */
const HIGH_MASK = (1 << 21) - 1;
const HIGH_UNIT = 2 ** 32;

/** The facts that the counts need of the table around them. */
export interface HeldContext {
  readonly rows: LeaseRows;
  readonly map: AddressMap;
  readonly pools: readonly PoolDefinition[];
  readonly details: DetailsHeap;
  /** Secret of the hashes: HASH_KEY_OCTETS for each half of a number. */
  readonly secret: Uint8Array;
}

/** See the head of this file. 28 octets an address, and up to 96 a lease. */
export class HeldCounts {
  private readonly context: HeldContext;
  private readonly lowKey: Uint8Array;
  private readonly highKey: Uint8Array;
  private readonly counts = new Tally();
  /** The holders of each slot: KINDS numbers a slot. */
  private readonly holders: Float64Array;
  /** The interface that the slot's client reached us by last; 0 if by a relay, not since the start, or if the slot does not count. */
  private readonly interfaces: Uint32Array;

  constructor(context: HeldContext) {
    this.context = context;
    this.lowKey = context.secret.subarray(0, HASH_KEY_OCTETS);
    this.highKey = context.secret.subarray(HASH_KEY_OCTETS);
    this.holders = new Float64Array(context.map.size * KINDS);
    this.interfaces = new Uint32Array(context.map.size);
  }

  /** Counts a slot by its present state and client. To be called whenever its state or its client has changed. */
  follow(slot: Slot): void {
    const { rows, map, pools, details } = this.context;
    const state = rows.state(slot);
    const pool = pools[map.poolOf(slot)];
    const handle = rows.words[(slot << ROW_SHIFT) + RowWord.details] ?? 0;
    const isHeld = state === BindingState.bound || state === BindingState.offered;
    if (!isHeld || handle === 0 || pool === undefined || pool.reserved) {
      this.interfaces[slot] = 0;
      for (const kind of HOLDERS) this.setHolder(slot, kind, NOBODY);
      return;
    }
    const { sharedNetwork } = pool;
    const page = details.pageOf(handle);
    const at = details.offsetOf(handle);
    const hlen = hlenAt(page, at);
    const hardware = this.numberOfHardware(sharedNetwork, htypeAt(page, at), page, hardwareAt(at), hlen);
    this.setHolder(slot, Holder.hardware, hardware);
    const informationLength = agentInformationLengthAt(page, at);
    const port = this.numberOfPort(sharedNetwork, page, agentInformationAt(page, at), informationLength);
    this.setHolder(slot, Holder.relayPort, port);
    const ifindex = this.interfaces[slot] ?? 0;
    this.setHolder(slot, Holder.interface, numberOf(Holder.interface, sharedNetwork, ifindex, 0));
  }

  /** The slot is to be another client's, and that client's interface is unknown. `follow` comes next. */
  forgetInterface(slot: Slot): void {
    this.interfaces[slot] = 0;
  }

  /** The slot's client has reached us by this interface, or by a relay (0). */
  cameBy(slot: Slot, ifindex: number): void {
    if (this.interfaces[slot] === ifindex) return;
    this.interfaces[slot] = ifindex;
    this.follow(slot);
  }

  /** Takes over another table's interface of a slot. */
  copyInterface(slot: Slot, source: HeldCounts, from: Slot): void {
    this.cameBy(slot, source.interfaces[from] ?? 0);
  }

  /** The number that stands for a client on a network, as a holder of this kind: to be asked for with `count` and `isHolder`. 0: it is none. */
  holderOf(kind: Holder, sharedNetwork: number, client: ClientDetails, ifindex: number): number {
    switch (kind) {
      case Holder.hardware:
        return this.numberOfHardware(sharedNetwork, client.htype, client.chaddr, 0, client.hlen);
      case Holder.relayPort:
        return this.numberOfPort(sharedNetwork, client.agentInformation, 0, client.agentInformationLength);
      case Holder.interface:
        return numberOf(kind, sharedNetwork, ifindex, 0);
    }
  }

  /** How many slots a holder has. */
  count(holder: number): number {
    return this.counts.count(holder);
  }

  /** Whether a slot counts as this holder's. */
  isHolder(slot: Slot, kind: Holder, holder: number): boolean {
    return this.holders[slot * KINDS + kind] === holder;
  }

  private numberOfHardware(
    sharedNetwork: number,
    htype: number,
    octets: Uint8Array,
    from: number,
    hlen: number,
  ): number {
    if (hlen === 0) return NOBODY;
    const low = hashHardware(this.lowKey, htype, octets, from, hlen);
    return numberOf(Holder.hardware, sharedNetwork, low, hashHardware(this.highKey, htype, octets, from, hlen));
  }

  private numberOfPort(sharedNetwork: number, octets: Uint8Array, from: number, length: number): number {
    // A lease file's text may come from any source.
    if (!isRelayAgentInformation(octets, from, length)) return NOBODY;
    const low = hashRelayPort(this.lowKey, octets, from, length);
    return numberOf(Holder.relayPort, sharedNetwork, low, hashRelayPort(this.highKey, octets, from, length));
  }

  private setHolder(slot: Slot, kind: Holder, holder: number): void {
    const at = slot * KINDS + kind;
    const before = this.holders[at] ?? NOBODY;
    if (before === holder) return;
    if (before !== NOBODY) this.counts.remove(before);
    this.holders[at] = holder;
    if (holder !== NOBODY) this.counts.add(holder);
  }
}

/** Numbers, other than 0, and how often each was added: open addressing; what leaves makes no tombstone. */
class Tally {
  private used = 0;
  private keys = new Float64Array(CAPACITY_MIN);
  private counts = new Uint32Array(CAPACITY_MIN);

  count(key: number): number {
    return this.counts[this.placeOf(key)] ?? 0;
  }

  add(key: number): void {
    const at = this.placeOf(key);
    if (this.keys[at] === 0) this.used++;
    this.keys[at] = key;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    if (this.used * 2 > this.keys.length) this.grow();
  }

  /** Takes back one addition of a key that was added. */
  remove(key: number): void {
    const { keys, counts } = this;
    const mask = keys.length - 1;
    let hole = this.placeOf(key);
    counts[hole] = (counts[hole] ?? 0) - 1;
    if (counts[hole] !== 0) return;
    this.used--;
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const other = keys[at] ?? 0;
      if (other === 0) break;
      // A key may fill the hole unless its home lies after the hole, on its way to where it stands.
      if (((at - (other & mask)) & mask) < ((at - hole) & mask)) continue;
      keys[hole] = other;
      counts[hole] = counts[at] ?? 0;
      hole = at;
    }
    keys[hole] = 0;
    counts[hole] = 0;
  }

  /** Where a key stands, or would stand. */
  private placeOf(key: number): number {
    const mask = this.keys.length - 1;
    let at = key & mask;
    for (let there = this.keys[at]; there !== key && there !== 0; there = this.keys[at]) at = (at + 1) & mask;
    return at;
  }

  private grow(): void {
    const { keys, counts } = this;
    this.keys = new Float64Array(keys.length * 2);
    this.counts = new Uint32Array(keys.length * 2);
    for (let from = 0; from < keys.length; from++) {
      const key = keys[from] ?? 0;
      if (key === 0) continue;
      const at = this.placeOf(key);
      this.keys[at] = key;
      this.counts[at] = counts[from] ?? 0;
    }
  }
}

/**
 * One number for kind, network and holder there, by two hashes of the holder; NOBODY if both are 0. Numbers of one
 * `high` differ exactly if network, kind or `low` do: interfaces have no hash.
 */
function numberOf(kind: Holder, sharedNetwork: number, low: number, high: number): number {
  if (low === 0 && high === 0) return NOBODY;
  const place = sharedNetwork * KINDS + kind + 1;
  const spread = (Math.imul(low, 0x85ebca6b) ^ Math.imul(place, 0xc2b2ae35)) >>> 0;
  return ((high ^ place) & HIGH_MASK) * HIGH_UNIT + spread || 1;
}
