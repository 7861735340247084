// A lease store that keeps nothing: for tests and for trying a configuration out. What it answers,
// and when, is in the hands of whoever holds it.

import { assert } from "../base/assert.ts";
import type { LeaseSlot, LeaseTable } from "../lease/table/table.ts";
import { type CommitBatch, CommitOutcome, type LeaseStore, type StoreHealth, type StoreReport } from "./store.ts";

/** Leases in nothing but the lease table. */
export class MemoryStore implements LeaseStore {
  health: StoreHealth = "loading";
  isSynchronous = true;
  onHealth: (health: StoreHealth, reason: string) => void = () => undefined;
  onNotice = (): void => undefined;
  readonly counters = new Map<string, number>([
    ["store-commits", 0],
    ["store-leases", 0],
    ["store-failures", 0],
  ]);
  /** What becomes of a slot's commit; may be replaced. */
  outcomeOf: (slot: LeaseSlot) => CommitOutcome = () => CommitOutcome.ok;
  private batch: CommitBatch | undefined;
  private done: (batch: CommitBatch) => void = () => undefined;
  private isHolding = false;
  private onIdle: (() => void) | undefined;

  /** Whether a commit is under way. */
  get isBusy(): boolean {
    return this.batch !== undefined;
  }

  open(_table: LeaseTable): Promise<StoreReport> {
    this.setHealth("ready", "leases are kept in memory only");
    return Promise.resolve({ loaded: 0, notices: [], damaged: false });
  }

  useTable(_table: LeaseTable): void {
    assert(this.batch === undefined, "the table changes between commits only");
  }

  commit(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    assert(this.batch === undefined, "one commit at a time");
    this.batch = batch;
    this.done = done;
    if (!this.isHolding) setImmediate(this.finish);
  }

  noteEnd(_slot: LeaseSlot): void {}

  /** Commits do not end from now on. */
  hold(): void {
    this.isHolding = true;
  }

  /** Lets the commit under way, and all later ones, end. */
  release(): void {
    if (!this.isHolding) return;
    this.isHolding = false;
    if (this.batch !== undefined) setImmediate(this.finish);
  }

  /** Every commit fails from now on, as with a full disk. */
  breakDown(reason: string): void {
    this.setHealth("failing", reason);
  }

  /** Ends `breakDown`. */
  repair(): void {
    this.setHealth("ready", "repaired");
  }

  async close(): Promise<void> {
    this.release();
    if (this.batch !== undefined) {
      await new Promise<void>((resolve) => {
        this.onIdle = resolve;
      });
    }
    this.setHealth("closed", "closed");
  }

  private readonly finish = (): void => {
    const { batch, done } = this;
    // Held again before its turn came.
    if (batch === undefined || this.isHolding) return;
    this.batch = undefined;
    for (let i = 0; i < batch.count; i++) {
      const outcome = this.health === "ready" ? this.outcomeOf(batch.slots[i] ?? 0) : CommitOutcome.failed;
      batch.outcomes[i] = outcome;
      this.count(outcome === CommitOutcome.ok ? "store-leases" : "store-failures");
    }
    this.count("store-commits");
    this.onIdle?.();
    done(batch);
  };

  private setHealth(health: StoreHealth, reason: string): void {
    if (health === this.health) return;
    this.health = health;
    this.onHealth(health, reason);
  }

  private count(name: string): void {
    this.counters.set(name, (this.counters.get(name) ?? 0) + 1);
  }
}
