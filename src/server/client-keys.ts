// The hardware addresses that the kernel shield is to know, each with the number of leases and hosts that have it, and
// whether the kernel knows it. Differences wait in a queue; one that has vanished meanwhile costs no message.
//
// Guarantees: every column has its size from the start, so that no change takes long; memory that no client needs is never
// touched. An address that is in the kernel, or on its way there, is never forgotten here.

import { KeyAction, Layout } from "../backend/shield/protocol.ts";
import { halfSipHash } from "../base/hash.ts";
import { SHIELD_BATCH, SHIELD_CLIENTS_MAX } from "../base/limits/shield.ts";

/** Position of a hardware address; NO_KEY: none. Stable while anybody has the address. */
export type KeyPlace = number;
export const NO_KEY: KeyPlace = 0;

/** Octets of the hardware addresses that the shield knows: Ethernet's. */
export const ETHERNET_OCTETS = 6;

const KEY_OCTETS = Layout.key.octets;

/** The kernel has it, or will when the message under way has arrived. */
const TOLD = 1;
const QUEUED = 2;
const UNDER_WAY = 4;

/** See the head of this file. 25 octets a client. */
export class ClientKeys {
  private readonly secret: Uint8Array;
  private readonly max: number;
  /** By place, as the kernel has them. */
  private readonly octets: Uint8Array;
  private readonly counts: Uint32Array;
  private readonly flags: Uint8Array;
  /** By place: the next of its bucket, or of those that are free. */
  private readonly next: Int32Array;
  private readonly heads: Int32Array;
  private readonly mask: number;
  /** A ring of places, each in it once at most. */
  private readonly queue: Int32Array;
  private first = 0;
  private queued = 0;
  /** The first free place that was used before. */
  private free = NO_KEY;
  /** The last place that was ever used. */
  private last = NO_KEY;
  /** Until all leases and hosts have been counted anew nothing is removed. */
  private isCounting = false;
  private readonly underWay = new Int32Array(SHIELD_BATCH);
  private underWayCount = 0;
  private readonly putKeys = new Uint8Array(SHIELD_BATCH * KEY_OCTETS);
  private readonly removeKeys = new Uint8Array(SHIELD_BATCH * KEY_OCTETS);
  private putCount = 0;
  private removeCount = 0;

  /** `secret`: HASH_KEY_OCTETS secret octets, so that no client can choose addresses that are found slowly. */
  constructor(secret: Uint8Array, max = SHIELD_CLIENTS_MAX) {
    let buckets = 1;
    while (buckets < max) buckets *= 2;
    this.secret = secret;
    this.max = max;
    this.octets = new Uint8Array((max + 1) * KEY_OCTETS);
    this.counts = new Uint32Array(max + 1);
    this.flags = new Uint8Array(max + 1);
    this.next = new Int32Array(max + 1);
    this.heads = new Int32Array(buckets);
    this.mask = buckets - 1;
    this.queue = new Int32Array(buckets);
  }

  /** Addresses that the kernel may have to learn or forget. */
  get waiting(): number {
    return this.queued;
  }

  /** Keys to be removed by the message that `take` has made. */
  get removes(): Uint8Array {
    return this.removeKeys.subarray(0, this.removeCount * KEY_OCTETS);
  }

  /** Keys to be put by the message that `take` has made. */
  get puts(): Uint8Array {
    return this.putKeys.subarray(0, this.putCount * KEY_OCTETS);
  }

  /** One more lease or host has the address whose octets start at `from`; NO_KEY, with nothing done, if there is no room. */
  add(octets: Uint8Array, from: number): KeyPlace {
    const bucket = this.bucketOf(octets, from);
    let place = this.heads[bucket] ?? NO_KEY;
    while (place !== NO_KEY && !this.is(place, octets, from)) place = this.next[place] ?? NO_KEY;
    if (place === NO_KEY) {
      place = this.allocate();
      if (place === NO_KEY) return NO_KEY;
      for (let i = 0; i < ETHERNET_OCTETS; i++) this.octets[place * KEY_OCTETS + i] = octets[from + i] ?? 0;
      this.next[place] = this.heads[bucket] ?? NO_KEY;
      this.heads[bucket] = place;
    }
    this.counts[place] = (this.counts[place] ?? 0) + 1;
    if (!this.has(place, TOLD)) this.enqueue(place);
    return place;
  }

  /** One lease that was added has the address no more. */
  drop(place: KeyPlace): void {
    const count = (this.counts[place] ?? 0) - 1;
    this.counts[place] = count;
    if (count === 0) this.enqueue(place);
  }

  /** Whether the place belongs to the address whose octets start at `from`. */
  is(place: KeyPlace, octets: Uint8Array, from: number): boolean {
    const at = place * KEY_OCTETS;
    for (let i = 0; i < ETHERNET_OCTETS; i++) if (this.octets[at + i] !== octets[from + i]) return false;
    return true;
  }

  /** All leases and hosts are going to be added anew: every count starts at 0. Places given before are void. */
  beginCount(): void {
    this.counts.fill(0, 0, this.last + 1);
    this.isCounting = true;
  }

  /**
   * All have been added: addresses that none of them has any more are to be removed. Yields after each address that was
   * looked at.
   */
  *endCount(): Generator<void> {
    this.isCounting = false;
    for (let place = NO_KEY + 1; place <= this.last; place++) {
      if (this.counts[place] === 0 && this.has(place, TOLD)) this.enqueue(place);
      yield;
    }
  }

  /** Makes the next message: `removes`, then `puts`, together SHIELD_BATCH at most. `settle` comes before the next one. */
  take(): void {
    this.putCount = 0;
    this.removeCount = 0;
    this.underWayCount = 0;
    while (this.queued > 0 && this.underWayCount < SHIELD_BATCH) {
      const place = this.shift();
      const isWanted = this.counts[place] !== 0;
      if (isWanted === this.has(place, TOLD) || (!isWanted && this.isCounting)) {
        this.forgetIdle(place);
        continue;
      }
      this.flags[place] = (this.flags[place] ?? 0) ^ (TOLD | UNDER_WAY);
      this.underWay[this.underWayCount++] = place;
      const key = this.octets.subarray(place * KEY_OCTETS, (place + 1) * KEY_OCTETS);
      if (isWanted) this.putKeys.set(key, this.putCount++ * KEY_OCTETS);
      else this.removeKeys.set(key, this.removeCount++ * KEY_OCTETS);
    }
  }

  /**
   * The message has been answered. In a `failed` message each key counts as unsent and waits again, because the answer
   * does not say which have failed.
   */
  settle(failed: { readonly [KeyAction.put]: boolean; readonly [KeyAction.remove]: boolean }): void {
    for (let i = 0; i < this.underWayCount; i++) {
      const place = this.underWay[i] ?? NO_KEY;
      const action = this.has(place, TOLD) ? KeyAction.put : KeyAction.remove;
      this.flags[place] = (this.flags[place] ?? 0) ^ (failed[action] ? TOLD | UNDER_WAY : UNDER_WAY);
      if (failed[action]) this.enqueue(place);
      else this.forgetIdle(place);
    }
    this.underWayCount = 0;
  }

  private has(place: KeyPlace, flag: number): boolean {
    return ((this.flags[place] ?? 0) & flag) !== 0;
  }

  private enqueue(place: KeyPlace): void {
    if (this.has(place, QUEUED)) return;
    this.flags[place] = (this.flags[place] ?? 0) | QUEUED;
    this.queue[(this.first + this.queued++) & this.mask] = place;
  }

  private shift(): KeyPlace {
    const place = this.queue[this.first] ?? NO_KEY;
    this.first = (this.first + 1) & this.mask;
    this.queued--;
    this.flags[place] = (this.flags[place] ?? 0) & ~QUEUED;
    return place;
  }

  private allocate(): KeyPlace {
    const place = this.free;
    if (place === NO_KEY) return this.last < this.max ? ++this.last : NO_KEY;
    this.free = this.next[place] ?? NO_KEY;
    return place;
  }

  /** Gives a place back if no lease or host has it and the kernel does not know it. */
  private forgetIdle(place: KeyPlace): void {
    if (this.counts[place] !== 0 || this.flags[place] !== 0) return;
    const bucket = this.bucketOf(this.octets, place * KEY_OCTETS);
    const after = this.next[place] ?? NO_KEY;
    let before = this.heads[bucket] ?? NO_KEY;
    if (before === place) this.heads[bucket] = after;
    else {
      while (this.next[before] !== place) before = this.next[before] ?? NO_KEY;
      this.next[before] = after;
    }
    this.next[place] = this.free;
    this.free = place;
  }

  private bucketOf(octets: Uint8Array, from: number): number {
    return halfSipHash(this.secret, octets, from, ETHERNET_OCTETS) & this.mask;
  }
}
