// A journal on a disk that this program fills: says on standard output what happens, one line an event.
//
// usage: full-disk-child PATH MODE LEASES
// Modes: "end" binds so many leases, ends all of them, renews one while that is written, and is killed; "short" does
//        not wait until all ends are in the file.
//        "filled" does the same on a disk that another program fills meanwhile, and makes room at the end.
//        "serve" opens the files left behind, renews one lease, makes room, renews it again.
// Lines: "loaded N", "health STATE REASON", "notice LEVEL TEXT", "ack", "fail", "ends N", "done".

import { existsSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { BindingState } from "../../src/lease/lease.ts";
import { JournalStore } from "../../src/store/journal/journal.ts";
import { CommitOutcome } from "../../src/store/store.ts";
import { bindSlots, commit, LATER, makeTable, recover } from "./journal.ts";

const [path = "", mode = "", leaseCount = "0"] = process.argv.slice(2);
const LEASES = Number(leaseCount);
const PER_COMMIT = 200;
const ENDS_PER_TURN = 500;
const RENEWALS_MAX = 50;
const ENDS_AT = 1_900_000_000;
const FILLER = join(dirname(path), "filler");
const WAIT_MS = 20_000;
const LOOKS = mode === "short" ? 1 : 60;
const LOOK_MS = 500;

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

async function until(condition: () => boolean): Promise<boolean> {
  const deadline = Date.now() + WAIT_MS;
  while (!condition()) {
    if (Date.now() > deadline) return false;
    await pause(5);
  }
  return true;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Takes the rest of the disk. */
function fillDisk(): void {
  const piece = new Uint8Array(4096);
  try {
    for (;;) writeFileSync(FILLER, piece, { flag: "a" });
  } catch {
    say("filled");
  }
}

const store = new JournalStore({ path, strict: true, retryMsMin: 20 });
const table = makeTable();
store.onHealth = (health, reason) => say(`health ${health} ${reason}`);
let isNoticed = false;
store.onNotice = ({ level, message }) => {
  isNoticed = true;
  say(`notice ${level} ${message}`);
};

async function renew(slot: number, endsAt: number): Promise<void> {
  const [outcome] = await commit(store, table, bindSlots(table, [slot], endsAt));
  say(outcome === CommitOutcome.ok ? "ack" : "fail");
}

/** Addresses whose last record in the file says that their lease is over. */
function endsInFile(): number {
  const { leases, recovery } = recover(Uint8Array.from(readFileSync(path)));
  if (recovery.findings.length > 0) say(`findings ${JSON.stringify(recovery.findings)}`);
  return [...leases.values()].filter((text) => text.includes("binding state expired")).length;
}

async function endAll(): Promise<void> {
  for (let n = 0; n < LEASES; n += PER_COMMIT) {
    const slots = Array.from({ length: PER_COMMIT }, (_, i) => n + i);
    await commit(store, table, bindSlots(table, slots, ENDS_AT));
  }
  say(`size ${readFileSync(path).length}`);
  const keptSlot = LEASES;
  await renew(keptSlot, LATER);
  if (mode === "filled") fillDisk();
  let renewed = 0;
  for (let turn = 0; table.expire(ENDS_AT + 1, ENDS_PER_TURN, (slot) => store.noteEnd(slot)) > 0; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (mode !== "filled") await renew(keptSlot, LATER + turn);
  }
  if (mode === "filled") {
    await until(() => isNoticed);
    for (; store.health === "ready" && renewed < LEASES; renewed++) await renew(renewed, LATER);
    say(`ends ${endsInFile()}`);
    rmSync(FILLER);
    await until(() => store.health === "ready");
    await renew(keptSlot, LATER + 1);
  }
  // Reading the file takes its time: not in each turn.
  for (let look = 0; look < LOOKS && endsInFile() < LEASES - renewed; look++) await pause(LOOK_MS);
  say(`ends ${endsInFile()}`);
  say("done");
  process.kill(process.pid, "SIGKILL");
}

async function serve(): Promise<void> {
  // What a full disk has left is the rest of a block.
  for (let n = 0; store.health === "ready" && n < RENEWALS_MAX; n++) await renew(LEASES, LATER + 2);
  if (existsSync(FILLER)) {
    rmSync(FILLER);
    await until(() => store.health === "ready");
    await renew(LEASES, LATER + 3);
  }
  say("done");
  await store.close();
}

async function main(): Promise<void> {
  const report = await store.open(table);
  say(`loaded ${report.loaded} ${table.countInPool(0, BindingState.bound)}`);
  if (mode === "serve") await serve();
  else await endAll();
}

void main();
