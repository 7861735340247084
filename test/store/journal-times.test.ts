// The wall clock is set while leases run: the file has the times that the table has.

import { expect, it } from "vitest";
import { JournalStore } from "../../src/store/journal/journal.ts";
import { bindSlots, commit, LATER, makeTable, ScratchFolder } from "../support/journal.ts";
import { eventually } from "../support/program.ts";

const STEP = -86_400;

it("is written anew when times of leases have moved with the clock", async () => {
  using folder = new ScratchFolder();
  const store = new JournalStore({ path: folder.file(), strict: true });
  const table = makeTable();
  await store.open(table);
  await commit(store, table, bindSlots(table, [3, 4], LATER));
  expect(table.moveTimes(STEP, table.lastTransactionAt(3), table.lastTransactionAt(3))).toEqual([]);
  store.noteTimes();
  await eventually("a new file", () => (store.counters.get("store-rewrites") ?? 0) > 0);
  await store.close();
  const again = makeTable();
  const reopened = new JournalStore({ path: folder.file(), strict: true });
  await reopened.open(again);
  expect([3, 4, 5].map((slot) => again.endsAt(slot))).toEqual([LATER + STEP, LATER + STEP, 0]);
  await reopened.close();
});
