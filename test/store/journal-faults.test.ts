// One system call on the lease files fails, at each place in turn (strace injects it): whatever it
// was, every lease that was confirmed is there at the next start.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { JournalStore } from "../../src/store/journal/journal.ts";
import { CompiledChild } from "../support/compiled-child.ts";
import { makeTable, openAsLauncher, ScratchFolder } from "../support/journal.ts";
import { Program } from "../support/program.ts";

const HAS_STRACE = spawnSync("sh", ["-c", "strace -V"]).status === 0;
/** Leases to be confirmed before the program is killed; compaction runs all the time. */
const ACKS = 4000;
let child: CompiledChild;

beforeAll(async () => {
  child = await CompiledChild.compile(new URL("../support/journal-child.ts", import.meta.url));
}, 60_000);
afterAll(() => child[Symbol.dispose]());

async function runWithFault(folder: ScratchFolder, mode: string, call: string, fault: string): Promise<string[]> {
  const path = folder.file();
  const watched = ["-P", path, "-P", `${path}.new`, "-P", folder.path];
  // One worker thread: strace counts calls by thread.
  const strace = [
    "env",
    "UV_THREADPOOL_SIZE=1",
    "strace",
    "-f",
    "-qq",
    "-o",
    "/dev/null",
    ...watched,
    "-e",
    `inject=${call}:${fault}`,
  ];
  const program = new Program("journal-child", child.start([path, "0", "1", mode], strace));
  let acks = 0;
  await program.waitForLine((line) => line.startsWith("refused") || (line.startsWith("ack ") && ++acks >= ACKS), {
    timeoutMs: 20_000,
  });
  // strace ends with what it traces.
  const traced = readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, "latin1").trim();
  if (traced !== "") process.kill(Number(traced), "SIGKILL");
  await program.ended;
  return program.lines;
}

async function expectConfirmed(folder: ScratchFolder, mode: string, lines: readonly string[]): Promise<number> {
  const path = folder.file();
  const ends = new Map<number, number>();
  for (const line of lines) {
    const match = /^ack (\d+) (\d+)$/.exec(line);
    if (match !== null) ends.set(Number(match[1]), Number(match[2]));
  }
  const descriptors =
    mode === "descriptors" ? { leaseFd: openAsLauncher(path), leaseNewFd: openAsLauncher(`${path}.new`) } : {};
  const store = new JournalStore({ path, strict: true, ...descriptors });
  const table = makeTable();
  await store.open(table);
  await store.close();
  for (const [slot, end] of ends) expect(table.endsAt(slot), `slot ${slot}`).toBeGreaterThanOrEqual(end);
  return ends.size;
}

const IN_DIRECTORY: readonly (readonly [string, string])[] = [
  ["fdatasync", "EIO"],
  ["write", "ENOSPC"],
  ["rename", "EACCES"],
  ["fsync", "EIO"],
  ["unlink", "EIO"],
  ["openat", "EMFILE"],
];
const WITH_DESCRIPTORS: readonly (readonly [string, string])[] = [
  ["fdatasync", "EIO"],
  ["write", "EDQUOT"],
  ["ftruncate", "EIO"],
];
const CASES = [
  ...IN_DIRECTORY.map(([call, errno]) => ["", call, errno] as const),
  ...WITH_DESCRIPTORS.map(([call, errno]) => ["descriptors", call, errno] as const),
];

it.skipIf(!HAS_STRACE).each(CASES)(
  "a journal (%s) survives a %s that fails with %s, once and again and again",
  async (mode, call, errno) => {
    let confirmedCount = 0;
    let hasFailed = false;
    for (const when of ["3", "5+7"]) {
      using folder = new ScratchFolder();
      const lines = await runWithFault(folder, mode, call, `error=${errno}:when=${when}`);
      hasFailed ||= lines.includes("health failing");
      confirmedCount += await expectConfirmed(folder, mode, lines);
    }
    expect(confirmedCount).toBeGreaterThan(200);
    // The fault was felt, or it was one that a compaction may meet without harm.
    expect(hasFailed || ["openat", "unlink"].includes(call)).toBe(true);
  },
);
