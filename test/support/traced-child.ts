// A journal that stores, renews, releases and ends leases, as a program, so that failing_calls.c can record what
// reaches the file system.
//
// usage: traced-child FOLDER KIND OPERATIONS SEED
//
// The record also has its actions and confirmations, because it appends them to the file "notes" of the folder: "try N
// [[ADDRESS, TEXT], ...]" before a commit (or an end of leases, which no client waits for), "ack N" when it has been
// confirmed.

import { fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BindingState } from "../../src/lease/lease.ts";
import { JournalStore } from "../../src/store/journal/journal.ts";
import { CommitBatch, CommitOutcome } from "../../src/store/store.ts";
import { commit, makeTable, openAsLauncher, textOf } from "./journal.ts";
import { numberedClient } from "./lease-clients.ts";

const [folder = "", kind = "", operations = "0", seed = "1"] = process.argv.slice(2);
const SLOTS = 40;
const CLIENTS_PER_SLOT = 3;
const PER_COMMIT = 10;
const LEASE_SECONDS = 60;
const START = 1_700_000_000;

let state = Number(seed) >>> 0 || 1;
function random(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

const path = join(folder, "dhcpd.leases");
const notes = openSync(join(folder, "notes"), "a");
const descriptors =
  kind === "descriptors" ? { leaseFd: openAsLauncher(path), leaseNewFd: openAsLauncher(`${path}.new`) } : {};
// As the launcher does where it has made the files.
if (kind === "descriptors") fsyncSync(openSync(folder, "r"));
const store = new JournalStore({ path, strict: true, compactionSlackOctets: 0, ...descriptors });
const table = makeTable(false, "10.0.0.254");
let tries = 0;

/** Notes what the slots' leases are to be; the number of the note. */
function note(slots: readonly number[]): number {
  const leases = slots.map((slot) => [table.addressOf(slot), textOf(table.record(slot))]);
  writeSync(notes, `try ${++tries} ${JSON.stringify(leases)}\n`);
  return tries;
}

/** Changes a lease as the server may: its client renews or releases it, or another client gets it when it is over. */
function change(slot: number, now: number): void {
  table.begin(slot);
  const isBound = table.state(slot) === BindingState.bound;
  const what = random(8);
  if (isBound && what === 0) return table.release(slot, now);
  if (isBound && what === 1) return table.abandon(slot, now, now + LEASE_SECONDS);
  const owner = isBound ? table.record(slot).hostName : undefined;
  const n = owner === undefined ? random(CLIENTS_PER_SLOT) : Number(String.fromCharCode(...owner).slice(1));
  table.bind(slot, numberedClient(slot * CLIENTS_PER_SLOT + n, `c${n}`), now, now + 1 + random(LEASE_SECONDS));
}

await store.open(table);
for (let done = 0, now = START; done < Number(operations); now += random(10)) {
  const ended: number[] = [];
  table.expire(now, SLOTS, (slot) => ended.push(slot));
  if (ended.length > 0) note(ended);
  for (const slot of ended) store.noteEnd(slot);
  const slots = [...new Set(Array.from({ length: 1 + random(PER_COMMIT) }, () => random(SLOTS)))];
  const batch = new CommitBatch(slots.length);
  for (const slot of slots) {
    change(slot, now);
    batch.add(slot);
  }
  const number = note(slots);
  const outcomes = await commit(store, table, batch);
  if (outcomes[0] === CommitOutcome.ok) writeSync(notes, `ack ${number}\n`);
  done += slots.length;
  // Ends are written when no commit is under way, and a compaction goes on.
  if (random(3) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
await store.close();
