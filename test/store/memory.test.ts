// The store that keeps nothing, and its handles for tests.

import { expect, it } from "vitest";
import { MemoryStore } from "../../src/store/memory.ts";
import { CommitOutcome } from "../../src/store/store.ts";
import { bindSlots, commit, makeTable } from "../support/journal.ts";
import { describeStore } from "./contract.ts";

describeStore(() => ({
  name: "memory",
  isDurable: false,
  make: () => new MemoryStore(),
  breakDown: (store) => (store as MemoryStore).breakDown("broken by a test"),
  repair: (store) => (store as MemoryStore).repair(),
  dispose: () => undefined,
}));

it("a memory store answers when it is let go", async () => {
  const store = new MemoryStore();
  const table = makeTable();
  await store.open(table);
  store.hold();
  let outcomes: CommitOutcome[] | undefined;
  const ended = commit(store, table, bindSlots(table, [1])).then((result) => {
    outcomes = result;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect([store.isBusy, outcomes]).toEqual([true, undefined]);
  store.release();
  await ended;
  expect([store.isBusy, outcomes]).toEqual([false, [CommitOutcome.ok]]);
  await store.close();
});

it("a memory store says what it is told to say", async () => {
  const store = new MemoryStore();
  const table = makeTable();
  await store.open(table);
  store.outcomeOf = (slot) => (slot === 2 ? CommitOutcome.failed : CommitOutcome.ok);
  expect(await commit(store, table, bindSlots(table, [1, 2]))).toEqual([CommitOutcome.ok, CommitOutcome.failed]);
  await store.close();
});
