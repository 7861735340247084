// Keeps a table of names by what happens to leases: all leases at the start and whenever events were missed, then each
// event. A little in each turn of the event loop, after the replies of that turn: no ACK waits for it.

import type { Ipv4 } from "../base/ipv4.ts";
import { NAMES_PER_TURN } from "../base/limits/names.ts";
import type { Milliseconds } from "../base/time.ts";
import type { NameTable } from "./name-table.ts";
import type { NamedLease, Wish } from "./wish.ts";

/** Events of the running server: numbers from `first` to `next` - 1 are known. */
export interface NameFeed {
  readonly first: number;
  readonly next: number;
  at(number: number): { readonly lease: NamedLease } | undefined;
  /** Calls `wake` after each event, until what is returned is called. */
  follow(wake: () => void): () => void;
}

/** What it is made of. */
export interface NameFollowerParts {
  readonly feed: NameFeed;
  readonly leases: () => Iterable<NamedLease>;
  readonly table: NameTable;
  /** The name that a lease asks for. */
  readonly wishOf: (lease: NamedLease) => Wish | undefined;
  /** Called when names have changed, and after each look at all leases. */
  readonly onChange: (isLookOver: boolean) => void;
  /** Milliseconds from one look at all leases to the next, where others change them too; 0: none but those that are needed. */
  readonly lookEvery: Milliseconds;
}

/** Follows until the process ends. */
export class NameFollower {
  private readonly parts: NameFollowerParts;
  /** Number of the event that is looked at next; 0: all leases are. */
  private next = 0;
  private walk: Iterator<NamedLease> | undefined;
  /** What the walk has found. */
  private found = new Map<Ipv4, Wish>();
  private isWaiting = false;

  constructor(parts: NameFollowerParts) {
    this.parts = parts;
    parts.feed.follow(this.wake);
    if (parts.lookEvery > 0) setInterval(() => this.lookAtAll(), parts.lookEvery).unref();
    this.wake();
  }

  /** Looks at all leases again. */
  lookAtAll(): void {
    this.next = 0;
    this.wake();
  }

  private readonly wake = (): void => {
    if (this.isWaiting) return;
    this.isWaiting = true;
    setImmediate(this.turn);
  };

  private readonly turn = (): void => {
    this.isWaiting = false;
    const { feed, table, onChange } = this.parts;
    if (this.walk === undefined && this.next < feed.first) this.startWalk();
    const { walk } = this;
    const isThrough = walk === undefined ? this.takeEvents() : this.walkOn(walk);
    if (!isThrough) this.wake();
    const isWalkOver = walk !== undefined && this.walk === undefined;
    if (isWalkOver || (walk === undefined && table.hasChanged)) onChange(isWalkOver);
  };

  private startWalk(): void {
    // What happens from here on is looked at after the walk.
    this.next = this.parts.feed.next;
    this.found = new Map();
    this.walk = this.parts.leases()[Symbol.iterator]();
  }

  /** False: there is more. */
  private walkOn(walk: Iterator<NamedLease>): boolean {
    for (let i = 0; i < NAMES_PER_TURN; i++) {
      const { done, value } = walk.next();
      if (done === true) return this.endWalk();
      const wish = this.parts.wishOf(value);
      if (wish !== undefined) this.found.set(wish.address, wish);
    }
    return false;
  }

  /** Those who got their addresses first come first. */
  private endWalk(): boolean {
    const { table } = this.parts;
    const { found } = this;
    this.walk = undefined;
    this.found = new Map();
    for (const address of [...table.leasedAddresses()]) if (!found.has(address)) table.set(address, undefined);
    for (const wish of [...found.values()].sort((a, b) => a.since - b.since)) table.set(wish.address, wish);
    return false;
  }

  private takeEvents(): boolean {
    const { feed, table } = this.parts;
    for (let i = 0; i < NAMES_PER_TURN; i++) {
      if (this.next < feed.first || this.next >= feed.next) break;
      const event = feed.at(this.next++);
      if (event !== undefined) table.set(event.lease.record.address, this.parts.wishOf(event.lease));
    }
    return this.next >= feed.next && this.next >= feed.first;
  }
}
