// From hardware addresses to the slots that remember them, for leasequeries (RFC 4388 section 6.2):
// a lease is found by the client identifier, if there is one, everywhere else. Buckets are linked lists
// through two columns, so that a machine that takes a thousand leases under as many identifiers makes no
// change slow.

import { halfSipHash } from "../../base/hash.ts";
import { NO_SLOT, type Slot } from "./address-map.ts";
import type { ClientDetails } from "./details-block.ts";

const BUCKETS_MIN = 64;

/** A multimap from hashes of hardware types and addresses to slots; the caller compares the addresses. */
export class HardwareIndex {
  private readonly secret: Uint8Array;
  private readonly mask: number;
  /** By bucket: its first slot plus 1; 0 if it is empty. */
  private readonly heads: Int32Array;
  /** By slot: the next in its bucket plus 1; 0 if it is the last. */
  private readonly next: Int32Array;
  /** By slot: the one before plus 1; of a first one ~bucket; 0 if it is in no bucket. */
  private readonly before: Int32Array;

  /** For `slots` slots; `secret` keys the hash. */
  constructor(slots: number, secret: Uint8Array) {
    let buckets = BUCKETS_MIN;
    while (buckets < slots) buckets *= 2;
    this.secret = secret;
    this.mask = buckets - 1;
    this.heads = new Int32Array(buckets);
    this.next = new Int32Array(slots);
    this.before = new Int32Array(slots);
  }

  /** Adds a slot, which is in no bucket, under the `hlen` octets at `from`. None are no address. */
  add(slot: Slot, htype: number, octets: Uint8Array, from: number, hlen: number): void {
    if (hlen === 0) return;
    const bucket = this.bucketOf(htype, octets, from, hlen);
    const first = this.heads[bucket] ?? 0;
    if (first !== 0) this.before[first - 1] = slot + 1;
    this.next[slot] = first;
    this.before[slot] = ~bucket;
    this.heads[bucket] = slot + 1;
  }

  /** Takes a slot out of its bucket, if it is in one. */
  remove(slot: Slot): void {
    const before = this.before[slot] ?? 0;
    if (before === 0) return;
    const next = this.next[slot] ?? 0;
    if (before > 0) this.next[before - 1] = next;
    else this.heads[~before] = next;
    if (next !== 0) this.before[next - 1] = before;
    this.before[slot] = 0;
    this.next[slot] = 0;
  }

  /** The first slot of the bucket that a client's hardware address belongs to; NO_SLOT if it is empty. */
  first(client: ClientDetails): Slot {
    if (client.hlen === 0) return NO_SLOT;
    return (this.heads[this.bucketOf(client.htype, client.chaddr, 0, client.hlen)] ?? 0) - 1;
  }

  /** The slot after another one in its bucket; NO_SLOT if that is the last. */
  after(slot: Slot): Slot {
    return (this.next[slot] ?? 0) - 1;
  }

  private bucketOf(htype: number, octets: Uint8Array, from: number, hlen: number): number {
    return (halfSipHash(this.secret, octets, from, hlen) ^ Math.imul(htype, 0x9e3779b1)) & this.mask;
  }
}
