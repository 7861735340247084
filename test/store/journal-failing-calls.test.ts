// Every file system call of a journal fails in turn, the addon's too, while 50 leases are stored and others end.
// What must hold meanwhile is checked in test/support/failing-calls-child.ts.

import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CompiledChild } from "../support/compiled-child.ts";
import { CallOrders, compileFailingCalls } from "../support/failing-calls.ts";
import { SCRATCH_NAME } from "../support/journal.ts";
import { Program } from "../support/program.ts";

/** Nothing here asks whether a disk is one. */
const IN_MEMORY = "/dev/shm";
const FOREVER = "1000000000";
const TIMEOUT_MS = 120_000;

let child: CompiledChild;
let folder: string;
let library: string;
beforeAll(async () => {
  folder = mkdtempSync(join(IN_MEMORY, "failing-calls-"));
  library = join(folder, "failing-calls.so");
  compileFailingCalls(library);
  child = await CompiledChild.compile(new URL("../support/failing-calls-child.ts", import.meta.url));
}, 60_000);
afterAll(() => {
  child[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

interface Case {
  /** The least number of runs that the fault has to strike in. */
  readonly runs: number;
  /** The child's arguments: calls, effect, and so on. */
  readonly fault: readonly string[];
}
/** A call of each commit. */
const EACH_COMMIT = 20;
const CASES: readonly Case[] = [
  { runs: EACH_COMMIT, fault: ["write", "EIO"] },
  { runs: EACH_COMMIT, fault: ["write", "short", "-", "2", "ENOSPC"] },
  { runs: EACH_COMMIT, fault: ["write", "short", "-", FOREVER] },
  { runs: EACH_COMMIT, fault: ["fdatasync", "EIO"] },
  { runs: EACH_COMMIT, fault: ["fdatasync", "EIO", "done"] },
  { runs: EACH_COMMIT, fault: ["write,fdatasync,fsync,create", "ENOSPC", "-", FOREVER] },
  { runs: EACH_COMMIT, fault: ["write,fdatasync,fsync,open,create,rename,ftruncate,unlink", "EINTR"] },
  { runs: EACH_COMMIT, fault: ["write,fdatasync,fsync,open,create,rename,ftruncate,unlink,read", "EIO", "-", FOREVER] },
  { runs: 1, fault: ["read", "EIO"] },
  { runs: 1, fault: ["read", "short"] },
];
const IN_DIRECTORY: readonly Case[] = [
  { runs: 1, fault: ["open", "EMFILE"] },
  { runs: 1, fault: ["create", "ENOSPC"] },
  { runs: 1, fault: ["rename", "EIO"] },
  { runs: 1, fault: ["rename", "EIO", "done"] },
  { runs: 1, fault: ["fsync", "EIO"] },
  { runs: 1, fault: ["fsync", "EIO", "done"] },
  { runs: 1, fault: ["unlink", "EIO"] },
  { runs: 1, fault: ["unlink", "EIO", "done"] },
];
const WITH_DESCRIPTORS: readonly Case[] = [
  { runs: 4, fault: ["ftruncate", "EIO"] },
  { runs: 4, fault: ["ftruncate", "EIO", "done"] },
];

/** A start finds what must take the place of FILE. */
const LEFT_BEHIND: readonly Case[] = [
  { runs: 1, fault: ["rename", "EIO"] },
  { runs: 1, fault: ["fdatasync", "EIO"] },
  { runs: 1, fault: ["open", "EIO"] },
  { runs: 1, fault: ["read", "EIO"] },
];

describe.each([
  ["directory", [...CASES, ...IN_DIRECTORY]],
  ["descriptors", [...CASES, ...WITH_DESCRIPTORS]],
  ["left-behind", LEFT_BEHIND],
] as const)("a journal (%s) each of whose calls fails in turn", (kind, cases) => {
  it.concurrent.each(cases)(
    "loses nothing that it confirmed and recovers by itself: $fault",
    async ({ runs, fault }) => {
      const orders = join(folder, [kind, ...fault].join("-"));
      CallOrders.create(orders)[Symbol.dispose]();
      const environment = [
        "env",
        `LD_PRELOAD=${library}`,
        `FAILING_CALLS=${orders}`,
        `FAILING_CALLS_NAME=${SCRATCH_NAME}`,
        `TMPDIR=${IN_MEMORY}`,
      ];
      const program = new Program("failing-calls-child", child.start([orders, kind, ...fault], environment));
      expect(await program.ended, program.output).toMatchObject({ code: 0 });
      const [, struck, strikes] = /^struck (\d+) (\d+)$/.exec(program.lines.at(-1) ?? "") ?? [];
      expect(Number(struck)).toBeGreaterThanOrEqual(runs);
      expect(Number(strikes)).toBeGreaterThanOrEqual(Number(struck));
    },
    TIMEOUT_MS,
  );
});
