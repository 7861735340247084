// Keeps a table of names in step with the leases. It looks at all of them at the start, after a reload and, if other
// servers change them too, again and again; and at each changed lease, as it is at that time. So nothing is lost,
// however many change, and only the last state of each counts. It looks at a few in a step, at the pace of the parts
// that follow leases: no ACK waits for it.

import type { Ipv4 } from "../base/ipv4.ts";
import { NAMES_PER_STEP } from "../base/limits/names.ts";
import type { Pace } from "../base/pace.ts";
import type { Milliseconds } from "../base/time.ts";
import type { NameTable } from "./name-table.ts";
import type { NamedLease, Wish } from "./wish.ts";

/** The leases of the running server. */
export interface NameFeed {
  /** Leases that have changed and were not taken since. */
  readonly waiting: number;
  /** The address of the next one; undefined: there is none. */
  takeChanged(): Ipv4 | undefined;
  /** The lease of an address as it is now; undefined where none is remembered. */
  leaseOf(address: Ipv4): NamedLease | undefined;
  /** Whether a client has the address now. */
  isLeased(address: Ipv4): boolean;
  /** All leases that are remembered. */
  leases(): Iterable<NamedLease>;
  /** Calls `wake` when a lease has changed and none was waiting, and with true when all are to be looked at. */
  follow(wake: (isReload: boolean) => void): void;
}

/** Its parts. */
export interface NameFollowerParts {
  readonly feed: NameFeed;
  readonly pace: Pace;
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
  /** Looks at all leases, one at a call. */
  private walk: Iterator<void> | undefined;
  /** Looks at all leases so far. */
  private walks = 0;

  constructor(parts: NameFollowerParts) {
    this.parts = parts;
    parts.feed.follow((isReload) => {
      if (isReload) this.lookAtAll();
      else parts.pace.start(this.step);
    });
    // A walk that is under way finds the same.
    if (parts.lookEvery > 0) setInterval(() => this.walk ?? this.lookAtAll(), parts.lookEvery).unref();
    this.lookAtAll();
  }

  /** Looks at all leases again, from the first on. */
  lookAtAll(): void {
    this.walks += 1;
    this.walk = this.look(this.walks);
    this.parts.pace.start(this.step);
  }

  /** Changed leases and the walk have the same share, so that neither waits for the other's end. */
  private readonly step = (): boolean => {
    const { table, onChange } = this.parts;
    const isWalking = this.walk !== undefined;
    let isMore = false;
    for (let i = 0; i < NAMES_PER_STEP; i++) {
      isMore = this.takeChanged();
      if (this.walk !== undefined && this.walk.next().done === true) this.walk = undefined;
      if (!isMore && this.walk === undefined) break;
    }
    const isLookOver = isWalking && this.walk === undefined;
    if (isLookOver || table.hasChanged) onChange(isLookOver);
    return isMore || this.walk !== undefined;
  };

  /** False: none has changed. */
  private takeChanged(): boolean {
    const { feed } = this.parts;
    const address = feed.takeChanged();
    if (address === undefined) return false;
    const lease = feed.leaseOf(address);
    // A lease that has just begun must not come before leases that the walk has not reached yet.
    const walk = this.walk === undefined ? 0 : this.walks;
    this.parts.table.set(address, lease && this.parts.wishOf(lease), walk);
    return true;
  }

  /** `walk`: its number. */
  private *look(walk: number): Generator<void> {
    const { feed, table, wishOf } = this.parts;
    for (const lease of feed.leases()) {
      table.set(lease.record.address, wishOf(lease), walk);
      yield;
    }
    // The others have ended without a change that was noted: no pool has their addresses any more, or other servers ended them.
    for (const address of table.leasedAddresses()) {
      if (!feed.isLeased(address)) table.set(address, undefined);
      yield;
    }
  }
}
