// A daemon's store alone, as a program: commits without end and says on standard output which leases have been
// confirmed, so that the test that kills it knows which must be in the file.
//
// usage: journal-child PATH SLACK SEED [descriptors]
// Lines: "ready SEQUENCE", "ack SLOT ENDS", "fail SLOT", "health STATE", "refused CODE".

import { openSync, writeSync } from "node:fs";
import { DaemonError } from "../../src/base/daemon-error.ts";
import { JournalStore } from "../../src/store/journal/journal.ts";
import { CommitOutcome } from "../../src/store/store.ts";
import { bindSlots, commit, LATER, makeTable } from "./journal.ts";

const [path = "", slack = "0", seed = "1", mode = ""] = process.argv.slice(2);
const SLOTS = 300;

/** One write a line: a line that was written stays, even if the next moment kills us. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** A small generator: the same commits for the same seed. */
let state = Number(seed) >>> 0 || 1;
function random(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

function pick(): number[] {
  const slots = new Set<number>();
  const wanted = 1 + random(12);
  while (slots.size < wanted) slots.add(random(SLOTS));
  return [...slots];
}

async function main(): Promise<void> {
  const descriptors =
    mode === "descriptors"
      ? { leaseFd: openSync(path, "a+", 0o640), leaseNewFd: openSync(`${path}.new`, "a+", 0o640) }
      : {};
  const store = new JournalStore({
    path,
    strict: true,
    retryMsMin: 20,
    compactionSlackOctets: Number(slack),
    ...descriptors,
  });
  const table = makeTable();
  await store.open(table);
  store.onHealth = (health) => say(`health ${health}`);
  say("ready");
  for (let n = 0; ; n++) {
    const ends = LATER + Number(seed) * 100_000 + n;
    const slots = pick();
    const outcomes = await commit(store, table, bindSlots(table, slots, ends));
    for (const [i, slot] of slots.entries())
      say(outcomes[i] === CommitOutcome.ok ? `ack ${slot} ${ends}` : `fail ${slot}`);
    if (store.health !== "ready") await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

main().catch((error: unknown) => {
  say(error instanceof DaemonError ? `refused ${error.code}` : `refused ${String(error)}`);
  process.exitCode = 1;
});
