// Matches queries seen on the wire with queries that came out of a socket. Both sides note the same query, in either
// order; a query that was seen, and that no socket delivered for OBSERVE_TICKS ticks, is reported.
//
// Guarantees: bounded by its capacity, the oldest gives way; nothing is allocated per query; a query
// repeated within a tick takes no second place, so that a flood of one and the same costs nothing. The
// caller's keys are hashes that no host can foresee: an equal one would only hide a loss.

import { OBSERVE_TICKS } from "../../base/limits/backend.ts";

const NOWHERE = -1;

/** Queries by key, each with how much oftener it was seen on the wire than heard. */
export class Sightings {
  readonly capacity: number;
  /** Seen queries that gave way before it was known whether they would be heard. */
  forgotten = 0;
  /** Queries seen and heard. */
  matched = 0;
  /** Records have ever-growing numbers: those from `first` on, below `next`, are there, at `number % capacity`. */
  private first = 0;
  private next = 0;
  private readonly keys: Uint32Array;
  private readonly ticks: Float64Array;
  /** Above 0: seen and not heard so far. Below 0: heard and not seen. */
  private readonly balances: Int32Array;
  /** Number of the record before this one whose key falls into the same bucket. */
  private readonly before: Float64Array;
  private readonly newest: Float64Array;
  private tick = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.keys = new Uint32Array(capacity);
    this.ticks = new Float64Array(capacity);
    this.balances = new Int32Array(capacity);
    this.before = new Float64Array(capacity);
    this.newest = new Float64Array(capacity).fill(NOWHERE);
  }

  /** Whether anything is waited for. */
  get isEmpty(): boolean {
    return this.first === this.next;
  }

  /** Notes a query on the wire. Returns the place (0..capacity-1) of a new record, or -1 if there is one for it. */
  see(key: number): number {
    const known = this.indexOf(key, -1);
    if (known === NOWHERE) return this.add(key, 1);
    const balance = this.balances[known] ?? 0;
    if (balance < 0) this.matched++;
    this.balances[known] = balance + 1;
    return NOWHERE;
  }

  /** Notes a query that a socket has delivered. */
  hear(key: number): void {
    const known = this.indexOf(key, 1);
    if (known === NOWHERE) return void this.add(key, -1);
    const balance = this.balances[known] ?? 0;
    if (balance > 0) this.matched++;
    this.balances[known] = balance - 1;
  }

  /** A tick has passed: calls `onUnheard(place, times)` for each query that has waited long enough, and forgets it. */
  pass(onUnheard: (place: number, times: number) => void): void {
    this.tick++;
    for (; this.first < this.next; this.first++) {
      const place = this.first % this.capacity;
      if (this.tick - (this.ticks[place] ?? 0) < OBSERVE_TICKS) return;
      const balance = this.balances[place] ?? 0;
      if (balance > 0) onUnheard(place, balance);
    }
  }

  /** The place of a record that a note of this sign belongs to: one of the other side's, or one of this tick. */
  private indexOf(key: number, wanted: number): number {
    let number = this.newest[key % this.capacity] ?? NOWHERE;
    for (; number >= this.first; number = this.before[number % this.capacity] ?? NOWHERE) {
      const place = number % this.capacity;
      if (this.keys[place] !== key) continue;
      if ((this.balances[place] ?? 0) * wanted > 0 || this.ticks[place] === this.tick) return place;
    }
    return NOWHERE;
  }

  private add(key: number, balance: number): number {
    if (this.next - this.first === this.capacity) {
      this.forgotten += Math.max(0, this.balances[this.first % this.capacity] ?? 0);
      this.first++;
    }
    const place = this.next % this.capacity;
    const bucket = key % this.capacity;
    this.keys[place] = key;
    this.ticks[place] = this.tick;
    this.balances[place] = balance;
    this.before[place] = this.newest[bucket] ?? NOWHERE;
    this.newest[bucket] = this.next;
    this.next++;
    return place;
  }
}
