// What every lease store that several servers share must do beyond contract.ts, run against each of them.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatIpv4 } from "../../src/base/ipv4.ts";
import { BindingState } from "../../src/lease/lease.ts";
import type { LeaseTable } from "../../src/lease/table/table.ts";
import { CommitBatch, CommitOutcome, type LeaseStore } from "../../src/store/store.ts";
import { withDeadline } from "../support/deadline.ts";
import { bindSlots, commit, contentOf, LATER, makeTable } from "../support/journal.ts";
import { numberedClient } from "../support/lease-clients.ts";

/** How to get at one kind of shared store. */
export interface SharedStoreMaker {
  /** A way to the store, not open yet; each call for another server, all of them for the same store. */
  make(): LeaseStore;
  /** Empties the store. */
  dispose(): void | Promise<void>;
}

/** A server's store and mirror. */
interface Node {
  readonly store: LeaseStore;
  readonly table: LeaseTable;
}

const { ok, conflict, failed } = CommitOutcome;
const { bound, released, abandoned, free } = BindingState;
/** Seconds that a mirror may take to show what another server has written, beyond what any should. */
const MIRROR_SECONDS = 5;

/** Declares the tests of one shared store. */
export function describeSharedStore(newMaker: () => SharedStoreMaker | Promise<SharedStoreMaker>): void {
  describe("a shared lease store", () => {
    let maker: SharedStoreMaker;
    let a: Node;
    let b: Node;
    const opened: LeaseStore[] = [];

    async function open(): Promise<Node> {
      const store = maker.make();
      const table = makeTable(true);
      await store.open(table);
      opened.push(store);
      return { store, table };
    }

    beforeEach(async () => {
      maker = await newMaker();
      a = await open();
      b = await open();
    });

    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
      await maker.dispose();
    });

    it("says what it takes", () => {
      expect(a.store.isShared).toBe(true);
      expect(a.store.commitsMax).toBeGreaterThanOrEqual(1);
      expect(a.store.changesMax).toBeGreaterThanOrEqual(2);
    });

    it("shows each server what the others have written, with its revision", async () => {
      expect(await commit(a.store, a.table, bindSlots(a.table, [1, 2]))).toEqual([ok, ok]);
      await mirrored(b, () => b.table.state(1) === bound && b.table.state(2) === bound);
      expect(contentOf(b.table)).toEqual(contentOf(a.table));
      expect([b.table.revisionOf(1), b.table.revisionOf(2)]).toEqual([a.table.revisionOf(1), a.table.revisionOf(2)]);
      expect(a.table.revisionOf(1)).toBeGreaterThan(0);
    });

    it("carries releases, rests and renewals", async () => {
      await commit(a.store, a.table, bindSlots(a.table, [1, 2, 3]));
      await mirrored(b, () => b.table.state(3) === bound);
      const batch = bindSlots(b.table, [1], LATER + 100);
      b.table.begin(2);
      b.table.release(2, 1_700_000_100);
      b.table.begin(3);
      b.table.abandon(3, 1_700_000_100, LATER);
      const changes = new CommitBatch(3);
      for (const slot of [1, 2, 3]) changes.add(slot);
      expect(batch.count).toBe(1);
      expect(await commit(b.store, b.table, changes)).toEqual([ok, ok, ok]);
      await mirrored(a, () => a.table.state(3) === abandoned);
      expect([a.table.state(1), a.table.endsAt(1), a.table.state(2)]).toEqual([bound, LATER + 100, released]);
      expect(contentOf(a.table)).toEqual(contentOf(b.table));
    });

    it("gives an address that two servers ask for at once to one of them, and shows the other whose it is", async () => {
      const batch = new CommitBatch(1);
      b.table.begin(7);
      b.table.bind(7, numberedClient(99), 1_700_000_000, LATER);
      batch.add(7);
      const outcomes = await Promise.all([
        commit(a.store, a.table, bindSlots(a.table, [7])),
        commit(b.store, b.table, batch),
      ]);
      expect(outcomes.flat().sort()).toEqual([ok, conflict].sort());
      const winner = outcomes[0]?.[0] === ok ? numberedClient(7, "host-7") : numberedClient(99);
      for (const { table } of [a, b]) {
        expect(table.state(7)).toBe(bound);
        expect(table.isClient(7, winner)).toBe(true);
      }
      expect(a.table.revisionOf(7)).toBe(b.table.revisionOf(7));
    });

    it("answers for each lease of a commit by itself", async () => {
      const behind = bindSlots(b.table, [4, 5, 6]);
      expect(await commit(a.store, a.table, bindSlots(a.table, [5], LATER - 1))).toEqual([ok]);
      expect(await commit(b.store, b.table, behind)).toEqual([ok, conflict, ok]);
      expect(b.table.endsAt(5)).toBe(LATER - 1);
    });

    it("lets a server write a lease again and again", async () => {
      for (let time = 0; time < 5; time++) {
        expect(await commit(a.store, a.table, bindSlots(a.table, [1], LATER + time))).toEqual([ok]);
      }
      await mirrored(b, () => b.table.endsAt(1) === LATER + 4);
      expect(await commit(b.store, b.table, bindSlots(b.table, [1], LATER + 5))).toEqual([ok]);
      await mirrored(a, () => a.table.endsAt(1) === LATER + 5);
      expect(await commit(a.store, a.table, bindSlots(a.table, [1], LATER + 6))).toEqual([ok]);
    });

    it("takes as many commits at once as it says, and answers each with its own", async () => {
      const batches = Array.from({ length: a.store.commitsMax }, (_, n) => bindSlots(a.table, [10 + n, 20 + n]));
      const ended = await Promise.all(
        batches.map(
          (batch) =>
            new Promise<CommitBatch>((resolve) => {
              a.store.commit(batch, resolve);
            }),
        ),
      );
      expect(new Set(ended)).toEqual(new Set(batches));
      for (const batch of batches) expect([...batch.outcomes.subarray(0, 2)]).toEqual([ok, ok]);
    });

    it("takes as many changes in a commit as it says", async () => {
      const slots = Array.from({ length: a.store.changesMax }, (_, n) => 100 + n);
      expect(await commit(a.store, a.table, bindSlots(a.table, slots))).toEqual(slots.map(() => ok));
    });

    it("reads by a refresh what another server has written before", async () => {
      await commit(a.store, a.table, bindSlots(a.table, [1, 3]));
      const isFresh = await withDeadline(
        new Promise<boolean>((resolve) => {
          b.store.refresh([1, 2, 3], resolve);
        }),
        "the refresh",
      );
      expect(isFresh).toBe(true);
      expect([1, 2, 3].map((slot) => b.table.state(slot))).toEqual([bound, free, bound]);
      expect(b.table.revisionOf(3)).toBe(a.table.revisionOf(3));
      expect(await commit(b.store, b.table, bindSlots(b.table, [2, 3]))).toEqual([ok, ok]);
    });

    it("opens with all that was written before, and follows from there", async () => {
      const slots = Array.from({ length: 300 }, (_, n) => 200 + n);
      const { changesMax } = a.store;
      const parts = slots.flatMap((_, at) => (at % changesMax === 0 ? [slots.slice(at, at + changesMax)] : []));
      for (const part of parts) await commit(a.store, a.table, bindSlots(a.table, part));
      const late = open();
      const more = commit(a.store, a.table, bindSlots(a.table, [1, 2, 3]));
      const [c] = await Promise.all([late, more]);
      await mirrored(c, () => c.table.state(3) === bound);
      expect(contentOf(c.table)).toEqual(contentOf(a.table));
    });

    it("keeps what it has of addresses that are in no pool here", async () => {
      const narrow = makeTable(true).rebuild([], { findsHardware: false, isShared: true });
      await b.store.close();
      await commit(a.store, a.table, bindSlots(a.table, [1]));
      const store = maker.make();
      await store.open(narrow);
      opened.push(store);
      expect([...narrow.outside()].map(({ address }) => formatIpv4(address))).toEqual(["10.0.0.2"]);
    });

    it("refuses commits and refreshes once it is closed", async () => {
      await a.store.close();
      expect(await withDeadline(commit(a.store, a.table, bindSlots(a.table, [2])), "a refusal")).toEqual([failed]);
      const isFresh = new Promise<boolean>((resolve) => {
        a.store.refresh([1], resolve);
      });
      expect(await withDeadline(isFresh, "a refusal")).toBe(false);
    });
  });
}

/** Waits until a server's mirror shows something. */
async function mirrored({ store }: Node, isShown: () => boolean): Promise<void> {
  const until = performance.now() + MIRROR_SECONDS * 1000;
  while (!isShown()) {
    if (performance.now() > until) throw new Error(`the mirror is behind; the store is ${store.health}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
