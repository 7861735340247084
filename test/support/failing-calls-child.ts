// A journal whose file system calls fail one after the other, as a program, since failing_calls.c must be there from
// its start.
//
// usage: failing-calls-child ORDERS KIND CALLS EFFECT [done|-] [STRIKES] [NEXT]
// KIND: directory, descriptors, or left-behind: a directory in which a whole FILE.new is and FILE is not whole.
//
// While 50 leases are stored and others end, the first call of CALLS meets the fault, then, in a run of its own, the
// second, and so on until runs come to their end without one. After every fault, a confirmed lease is in the file that
// the next start reads; the journal recovers by itself; and the next start serves what the table said. The last line is
// "struck N STRIKES": the runs in which the fault has struck, and how often it did in all.

import assert from "node:assert/strict";
import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import type { LeaseTable } from "../../src/lease/table/table.ts";
import { JournalStore } from "../../src/store/journal/journal.ts";
import { BatchBuffer } from "../../src/store/journal/journal-batch.ts";
import { COMPLETE_MARK } from "../../src/store/journal/journal-format.ts";
import { CommitOutcome, type LeaseStore } from "../../src/store/store.ts";
import { withDeadline } from "./deadline.ts";
import { CALLS, type CallName, CallOrders, type Effect, type Fault } from "./failing-calls.ts";
import {
  bindSlots,
  commit,
  contentOf,
  journalOf,
  LATER,
  makeTable,
  numberedRecord,
  openAsLauncher,
  recover,
  ScratchFolder,
} from "./journal.ts";

/** Leases in the file at the start; those below ENDING end while the others are stored. */
const FIRST = 10;
const ENDING = 5;
const ENDS_AT = 1_800_000_000;
const LEASES = 50;
const PER_COMMIT = 5;
const ATTEMPTS_MAX = 100;
const PAUSE_MS = 5;
/** A run in which nothing was struck is repeated: the order of calls is not the same each time. */
const QUIET_RUNS = 2;
/** What a disk that is full refuses. */
const ROOM: Fault = { calls: ["write", "fdatasync", "fsync", "create"], effect: "ENOSPC", strikes: 1e9 };

const [ordersFile = "", kind = "", callNames = "", effect = "", done = "", strikes = "1", next = effect] =
  process.argv.slice(2);
const orders = new CallOrders(ordersFile);
const fault: Fault = {
  calls: callNames === "all" ? (Object.keys(CALLS) as CallName[]) : (callNames.split(",") as CallName[]),
  effect: effect as Effect,
  isDone: done === "done",
  strikes: Number(strikes),
  next: next as Effect,
};
const isLastingFullDisk = fault.effect === "ENOSPC" && (fault.strikes ?? 1) > LEASES;

/** Runs a task that is no part of the program under test. */
function aside<T>(task: () => T): T {
  const bits = orders.pause();
  try {
    return task();
  } finally {
    orders.resume(bits);
  }
}

/** Many runs make many tables. */
const makeSmallTable = (): LeaseTable => makeTable(false, "10.0.1.254");

function makeStore(folder: ScratchFolder): JournalStore {
  const path = folder.file();
  const descriptors = aside(() =>
    kind === "descriptors" ? { leaseFd: openAsLauncher(path), leaseNewFd: openAsLauncher(`${path}.new`) } : {},
  );
  return new JournalStore({ path, strict: false, retryMsMin: 1, compactionSlackOctets: 0, ...descriptors });
}

/** What a start would read now: lease text by address. */
function leasesOnDisk(folder: ScratchFolder): ReadonlyMap<number, string> {
  if (existsSync(folder.file("dhcpd.leases.new"))) {
    const next = recover(folder.read("dhcpd.leases.new"));
    if (next.recovery.isComplete) return next.leases;
  }
  return recover(folder.read()).leases;
}

/** The files as a power failure or kill -9 would leave them. */
function crashed(folder: ScratchFolder): ScratchFolder {
  const copy = new ScratchFolder();
  for (const name of ["dhcpd.leases", "dhcpd.leases.new"]) {
    if (existsSync(folder.file(name))) copyFileSync(folder.file(name), copy.file(name));
  }
  return copy;
}

/** What a table says when the leases that end have ended. */
function expired(table: LeaseTable): ReadonlyMap<number, string> {
  table.expire(ENDS_AT + 1, Number.MAX_SAFE_INTEGER, () => undefined);
  return contentOf(table);
}

function isHealthy(store: LeaseStore): Promise<void> {
  return withDeadline(
    new Promise((resolve) => {
      const look = (): unknown => (store.health === "ready" ? resolve() : setTimeout(look, 1));
      look();
    }),
    "the journal to recover",
  );
}

/** A start on a disk that is full serves every lease that the table has; those in `slots` may have been renewed as well. */
async function expectServedWhenFull(folder: ScratchFolder, table: LeaseTable, slots: readonly number[]): Promise<void> {
  using copy = aside(() => crashed(folder));
  orders.begin(ROOM, 1);
  const store = makeStore(copy);
  const read = makeSmallTable();
  await store.open(read);
  const [served, wanted] = [expired(read), expired(table)];
  const unconfirmed = new Set(slots.map((slot) => table.addressOf(slot)));
  for (const [address, text] of wanted) {
    if (unconfirmed.has(address)) assert.ok(served.has(address));
    else assert.equal(served.get(address), text);
  }
  assert.ok([...served.keys()].every((address) => wanted.has(address) || unconfirmed.has(address)));
  assert.deepEqual(await commit(store, read, bindSlots(read, [400])), [CommitOutcome.failed]);
  assert.ok(orders.struck > 0);
  await store.close();
}

async function expectServed(folder: ScratchFolder, table: LeaseTable): Promise<void> {
  const store = makeStore(folder);
  const read = makeSmallTable();
  assert.equal((await store.open(read)).damaged, false);
  assert.deepEqual(expired(read), expired(table));
  await store.close();
}

/** Whether an interrupted or short call is all: no commit may fail for it. */
const isHarmless = (fault.effect === "EINTR" || fault.effect === "short") && fault.next === fault.effect;

/** Stores leases in slots; more than one attempt only where the fault can do harm. */
async function bind(
  store: JournalStore,
  table: LeaseTable,
  folder: ScratchFolder,
  slots: readonly number[],
  endsAt: number,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const outcomes = await withDeadline(commit(store, table, bindSlots(table, slots, endsAt)), "a commit");
    if (outcomes[0] === CommitOutcome.ok) break;
    assert.ok(!isHarmless && attempt < ATTEMPTS_MAX, "a commit failed");
    if (isLastingFullDisk && attempt === 0) await expectServedWhenFull(folder, table, slots);
    orders.heal();
    await isHealthy(store);
  }
  const onDisk = aside(() => leasesOnDisk(folder));
  const said = contentOf(table);
  for (const slot of slots) {
    const address = table.addressOf(slot);
    assert.equal(onDisk.get(address), said.get(address), `slot ${slot} was confirmed`);
  }
}

/** Time for a compaction to come to its end; without, commits come while it is under way. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

/** Stores the leases with a fault at call number `at`; how often it has struck. */
async function runScript(at: number): Promise<number> {
  using folder = new ScratchFolder();
  const first = Array.from({ length: FIRST }, (_, n) => numberedRecord(n, { endsAt: n < ENDING ? ENDS_AT : LATER }));
  const whole = journalOf([first.slice(0, 7), first.slice(7)]);
  writeFileSync(folder.file(), whole);
  if (kind === "left-behind") {
    // What a journal with two descriptors leaves that is killed while it puts a new file in the place of FILE.
    const mark = new BatchBuffer();
    mark.addText(COMPLETE_MARK, COMPLETE_MARK.length);
    mark.close(4);
    writeFileSync(folder.file("dhcpd.leases.new"), Buffer.concat([whole, mark.octets.subarray(0, mark.length)]));
    writeFileSync(folder.file(), whole.subarray(0, whole.length >> 1));
  }
  const table = makeSmallTable();
  orders.begin(fault, at);
  const store = makeStore(folder);
  try {
    await store.open(table);
  } catch (error) {
    assert.ok(!isHarmless, `the start was refused: ${String(error)}`);
    // Nothing was lost, and the next one serves all.
    const { struck } = orders;
    orders.heal();
    const again = makeStore(folder);
    const read = makeSmallTable();
    await again.open(read);
    assert.equal(contentOf(read).size, FIRST);
    await again.close();
    return struck;
  }
  assert.equal(contentOf(table).size, FIRST);
  for (let n = 0; n < LEASES; n += PER_COMMIT) {
    if (n === LEASES / 2) table.expire(ENDS_AT + 1, Number.MAX_SAFE_INTEGER, (slot) => store.noteEnd(slot));
    const slots = Array.from({ length: n + PER_COMMIT }, (_, i) => 100 + i);
    await bind(store, table, folder, slots.slice(n), LATER + n);
    // All are renewed: what they were is outdated then, and the file is compacted.
    await bind(store, table, folder, slots, LATER + n + 1);
    if (n % (2 * PER_COMMIT) === 0) await pause();
  }
  const { struck } = orders;
  orders.heal();
  await isHealthy(store);
  using copy = aside(() => crashed(folder));
  await store.close();
  await expectServed(folder, table);
  await expectServed(copy, table);
  return struck;
}

async function main(): Promise<void> {
  let runs = 0;
  let strikesInAll = 0;
  for (let at = 1, quiet = 0; quiet < QUIET_RUNS; at++) {
    try {
      const struck = await runScript(at);
      quiet = struck > 0 ? 0 : quiet + 1;
      runs += struck > 0 ? 1 : 0;
      strikesInAll += struck;
    } catch (error) {
      throw new Error(`fault at call ${at}`, { cause: error });
    }
  }
  process.stdout.write(`struck ${runs} ${strikesInAll}\n`);
}

await main();
