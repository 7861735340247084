// Queries that wait while more come in than the server can answer. Renewals and requests are answered as
// they come; new clients' DISCOVERs stand here, so that a flood of them costs no client its lease. A
// full backlog loses its oldest: that client has most likely given up on it, and asks again.
//
// The server is behind when receive calls have been full for a while and much is still waiting; `countReceived` counts
// the calls.

import { RECEIVE_BATCH } from "../../base/limits/backend.ts";
import { BACKLOG_MAX, BACKLOG_SLOT_OCTETS, BEHIND_BATCHES } from "../../base/limits/overload.ts";
import { type Arrival, ArrivalSlot } from "../../wire/arrival.ts";

/** A bounded queue of copied datagrams. */
export class Backlog {
  /** Datagrams that wait. */
  count = 0;
  /** Where their octets are: see `offset` and `length`. Made when first needed. */
  arena = new Uint8Array(0);
  private readonly lengths = new Uint16Array(BACKLOG_MAX);
  private arrivals: readonly ArrivalSlot[] = [];
  /** Slot of the oldest. */
  private first = 0;
  private fullBatches = 0;
  /** Whether what may wait is to wait. */
  isBehind = false;

  /** Takes note of a receive call of `count` datagrams; `isQueueLong` tells whether many more are waiting. */
  countReceived(count: number, isQueueLong: () => boolean): void {
    this.fullBatches = count < RECEIVE_BATCH ? 0 : this.fullBatches + 1;
    // A fixed number of clients that always ask again at once fills every call, and no client waits for long.
    if (this.fullBatches === 0) this.isBehind = false;
    else if (this.fullBatches % BEHIND_BATCHES === 0) this.isBehind = isQueueLong();
  }

  /** Whether a datagram of so many octets fits at all. */
  takes(length: number): boolean {
    return length <= BACKLOG_SLOT_OCTETS;
  }

  /** Adds a copy of a datagram that fits; false if the oldest had to go for it. */
  put(bytes: Uint8Array, offset: number, length: number, arrival: Arrival): boolean {
    if (this.arena.length === 0) {
      this.arena = new Uint8Array(BACKLOG_MAX * BACKLOG_SLOT_OCTETS);
      this.arrivals = Array.from({ length: BACKLOG_MAX }, () => new ArrivalSlot());
    }
    const isFull = this.count === BACKLOG_MAX;
    if (isFull) this.drop();
    const slot = (this.first + this.count) % BACKLOG_MAX;
    const target = slot * BACKLOG_SLOT_OCTETS;
    for (let i = 0; i < length; i++) this.arena[target + i] = bytes[offset + i] ?? 0;
    this.lengths[slot] = length;
    this.arrivals[slot]?.copyFrom(arrival);
    this.count += 1;
    return !isFull;
  }

  /** Where the oldest begins in `arena`; it stays valid until `put` is called. */
  get offset(): number {
    return this.first * BACKLOG_SLOT_OCTETS;
  }

  /** Octets of the oldest. */
  get length(): number {
    return this.lengths[this.first] ?? 0;
  }

  /** How the oldest came in. */
  get arrival(): Arrival {
    const arrival = this.arrivals[this.first];
    if (arrival === undefined) throw new RangeError("the backlog is empty");
    return arrival;
  }

  /** Forgets all: their clients ask again. */
  clear(): void {
    this.count = 0;
  }

  /** Takes the oldest out. */
  drop(): void {
    this.first = (this.first + 1) % BACKLOG_MAX;
    this.count -= 1;
  }
}
