// What every lease store must do, run against each of them.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BindingState } from "../../src/lease/lease.ts";
import type { LeaseTable } from "../../src/lease/table/table.ts";
import { CommitBatch, CommitOutcome, type LeaseStore, type StoreHealth } from "../../src/store/store.ts";
import { withDeadline } from "../support/deadline.ts";
import { bindSlots, commit, contentOf, LATER, makeTable, settle } from "../support/journal.ts";

/** How to get at one kind of store. */
export interface StoreMaker {
  readonly name: string;
  /** Whether what was committed is there when another store opens the same place. */
  readonly isDurable: boolean;
  /** A store that is not open yet; each call for the same place. */
  make(): LeaseStore;
  /** Makes the next commits fail; undefined if there is no way. */
  breakDown?(store: LeaseStore): void;
  /** Ends that. */
  repair?(store: LeaseStore): void;
  /** Empties the place. */
  dispose(): void;
}

/** Declares the tests of one store. */
export function describeStore(newMaker: () => StoreMaker): void {
  describe("a lease store", () => {
    let maker: StoreMaker;
    let store: LeaseStore;
    let table: LeaseTable;
    const seen: StoreHealth[] = [];

    beforeEach(async () => {
      maker = newMaker();
      store = maker.make();
      table = makeTable(store.isShared);
      seen.length = 0;
      store.onHealth = (health) => void seen.push(health);
      await store.open(table);
    });

    afterEach(async () => {
      await store.close();
      maker.dispose();
    });

    it("is ready once it is open and says so", () => {
      expect(store.health).toBe("ready");
      expect(seen).toEqual(["ready"]);
    });

    it("answers a commit with ok for each lease, from the event loop", async () => {
      const batch = bindSlots(table, [3, 1, 2]);
      let hasEnded = false;
      const ended = new Promise<CommitBatch>((resolve) => {
        store.commit(batch, (of) => {
          hasEnded = true;
          resolve(of);
        });
      });
      expect(hasEnded).toBe(false);
      const same = await withDeadline(ended, "the commit");
      expect(same).toBe(batch);
      expect(settle(table, same)).toEqual([CommitOutcome.ok, CommitOutcome.ok, CommitOutcome.ok]);
    });

    it("takes the next commit from within the answer to the last", async () => {
      const order: number[] = [];
      await withDeadline(
        new Promise<void>((resolve) => {
          const next = (n: number): void => {
            if (n === 5) return resolve();
            store.commit(bindSlots(table, [n]), (batch) => {
              settle(table, batch);
              order.push(n);
              next(n + 1);
            });
          };
          next(0);
        }),
        "five commits",
      );
      expect(order).toEqual([0, 1, 2, 3, 4]);
    });

    it("accepts a commit without leases", async () => {
      expect(await withDeadline(commit(store, table, new CommitBatch(1)), "the commit")).toEqual([]);
    });

    it("counts commits and leases", async () => {
      await commit(store, table, bindSlots(table, [1, 2]));
      await commit(store, table, bindSlots(table, [3]));
      expect(store.counters.get("store-commits")).toBe(2);
      expect(store.counters.get("store-leases")).toBe(3);
      expect(store.counters.get("store-failures")).toBe(0);
    });

    it("reads from another table when it is told to", async () => {
      await commit(store, table, bindSlots(table, [1]));
      const other = table.rebuild(table.pools, { findsHardware: false, isShared: store.isShared });
      store.useTable(other);
      expect(await commit(store, other, bindSlots(other, [1, 7]))).toEqual([CommitOutcome.ok, CommitOutcome.ok]);
    });

    it("answers a refresh from the event loop", async () => {
      let hasEnded = false;
      const ended = new Promise<boolean>((resolve) => {
        store.refresh([1, 2], (isFresh) => {
          hasEnded = true;
          resolve(isFresh);
        });
      });
      expect(hasEnded).toBe(false);
      expect(await withDeadline(ended, "the refresh")).toBe(true);
    });

    it("waits for the commit under way before it closes, and refuses later ones", async () => {
      let hasEnded = false;
      store.commit(bindSlots(table, [1]), (batch) => {
        settle(table, batch);
        hasEnded = true;
      });
      await withDeadline(store.close(), "closing");
      expect(hasEnded).toBe(true);
      expect(store.health).toBe("closed");
      expect(await withDeadline(commit(store, table, bindSlots(table, [2])), "a refusal")).toEqual([
        CommitOutcome.failed,
      ]);
    });

    it("fails commits while it is broken, and only then", async () => {
      if (maker.breakDown === undefined) return;
      maker.breakDown(store);
      expect(await withDeadline(commit(store, table, bindSlots(table, [1, 2])), "a failure")).toEqual([
        CommitOutcome.failed,
        CommitOutcome.failed,
      ]);
      expect(store.health).toBe("failing");
      expect(await withDeadline(commit(store, table, bindSlots(table, [1])), "a failure")).toEqual([
        CommitOutcome.failed,
      ]);
      const isReady = withDeadline(
        new Promise<void>((resolve) => {
          store.onHealth = (health) => {
            if (health === "ready") resolve();
          };
        }),
        "the store to be ready again",
      );
      maker.repair?.(store);
      await isReady;
      expect(await commit(store, table, bindSlots(table, [1]))).toEqual([CommitOutcome.ok]);
    });

    it("gives back what was committed, and nothing else", async () => {
      await commit(store, table, bindSlots(table, [1, 2, 3]));
      table.begin(2);
      table.release(2, 1_700_000_100);
      table.begin(3);
      table.abandon(3, 1_700_000_100, LATER);
      const changes = new CommitBatch(2);
      changes.add(2);
      changes.add(3);
      await commit(store, table, changes);
      table.begin(9);
      await store.close();
      if (!maker.isDurable) return;

      const again = makeTable(store.isShared);
      store = maker.make();
      const report = await store.open(again);
      expect(report).toMatchObject({ loaded: 3, notices: [], damaged: false });
      expect([1, 2, 3, 9].map((slot) => again.state(slot))).toEqual([
        BindingState.bound,
        BindingState.released,
        BindingState.abandoned,
        BindingState.free,
      ]);
      expect(contentOf(again)).toEqual(contentOf(table));
    });
  });
}
