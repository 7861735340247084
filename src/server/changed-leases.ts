// Which leases have changed since they were last looked at, for followers that need a lease's present state and not its
// history: names. Each is noted once, however often it changes, so nothing is ever lost and a flood of changes costs no
// more memory than there are addresses. Nothing is kept until a follower asks.

import type { Ipv4 } from "../base/ipv4.ts";
import type { Serving } from "../engine/serving.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";

/** Slots that are noted before room is made for more. */
const ROOM_FIRST = 1024;

/** First in, first out; each slot once. */
export class ChangedLeases {
  private readonly serving: Serving;
  private wake: ((isReload: boolean) => void) | undefined;
  /** By slot, whether it is noted. */
  private marks = new Uint8Array(0);
  /** Noted slots from `head` on, `count` of them; its length is a power of two. */
  private slots = new Int32Array(0);
  private head = 0;
  private count = 0;

  constructor(serving: Serving) {
    this.serving = serving;
  }

  /** Leases that are noted. */
  get waiting(): number {
    return this.count;
  }

  /** Whether changes are to be noted. */
  get isFollowed(): boolean {
    return this.wake !== undefined;
  }

  /** Notes changes from now on. `wake` is called with the first of some, and with true when all leases may have changed. */
  follow(wake: (isReload: boolean) => void): void {
    this.reset();
    this.wake = wake;
  }

  /** The lease of a slot has changed. Only where changes are to be noted. */
  note(slot: LeaseSlot): void {
    if (this.marks[slot] !== 0) return;
    this.marks[slot] = 1;
    if (this.count === this.slots.length) this.makeRoom();
    this.slots[(this.head + this.count) & (this.slots.length - 1)] = slot;
    this.count += 1;
    if (this.count === 1) this.wake?.(false);
  }

  /** The table is another one. */
  noteReload(): void {
    if (this.wake === undefined) return;
    this.reset();
    this.wake(true);
  }

  /** The address of the lease that was noted first, which is noted no more; undefined: none is. */
  take(): Ipv4 | undefined {
    if (this.count === 0) return undefined;
    const slot = this.slots[this.head] ?? NO_LEASE;
    this.head = (this.head + 1) & (this.slots.length - 1);
    this.count -= 1;
    this.marks[slot] = 0;
    return this.serving.table.addressOf(slot);
  }

  private reset(): void {
    this.marks = new Uint8Array(this.serving.table.size);
    this.slots = new Int32Array(0);
    this.head = 0;
    this.count = 0;
  }

  private makeRoom(): void {
    const { slots, head } = this;
    const larger = new Int32Array(Math.max(ROOM_FIRST, 2 * slots.length));
    larger.set(slots.subarray(head));
    larger.set(slots.subarray(0, head), slots.length - head);
    this.slots = larger;
    this.head = 0;
  }
}
