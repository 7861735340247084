// What was confirmed is in the file, whenever the process is killed; and confirmed only after the
// kernel has said that it is on the disk.

import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { LeaseTable } from "../../src/lease/table/table.ts";
import { JournalStore } from "../../src/store/journal/journal.ts";
import { CompiledChild } from "../support/compiled-child.ts";
import { journalOf, makeTable, openAsLauncher, ScratchFolder } from "../support/journal.ts";
import { Program } from "../support/program.ts";

/** Of each kind of journal. `npm run crash -- --cycles 1000` for more. */
const CYCLES = Number(process.env["ANYDHCPD_CRASH_CYCLES"] ?? 12);
/** What they may take: each is a start, and a load of all that was confirmed. */
const CYCLES_MS = 60_000 + CYCLES * 3000;
let child: CompiledChild;

beforeAll(async () => {
  child = await CompiledChild.compile(new URL("../support/journal-child.ts", import.meta.url));
}, 60_000);
afterAll(() => child[Symbol.dispose]());

/** The end of each slot's lease that was confirmed last. */
function confirmed(lines: readonly string[]): Map<number, number> {
  const ends = new Map<number, number>();
  for (const line of lines) {
    const match = /^ack (\d+) (\d+)$/.exec(line);
    if (match !== null) ends.set(Number(match[1]), Number(match[2]));
  }
  return ends;
}

async function load(path: string, isLauncher: boolean): Promise<LeaseTable> {
  const descriptors = isLauncher ? { leaseFd: openAsLauncher(path), leaseNewFd: openAsLauncher(`${path}.new`) } : {};
  const store = new JournalStore({ path, strict: true, ...descriptors });
  const table = makeTable();
  const report = await store.open(table);
  await store.close();
  expect(report.damaged).toBe(false);
  return table;
}

/** Lets the child work until `acks` more leases are confirmed, plus a little, and kills it at once. */
async function killAfter(path: string, args: readonly string[], acks: number, jitterTurns: number): Promise<Program> {
  const program = new Program("journal-child", child.start([path, ...args]));
  let seen = 0;
  await program.waitForLine((line) => line.startsWith("ack ") && ++seen >= acks);
  // Somewhere in the work that follows: not always right after an answer.
  for (let turn = 0; turn < jitterTurns; turn++) await new Promise((resolve) => setImmediate(resolve));
  process.kill(program.pid, "SIGKILL");
  await program.ended;
  return program;
}

it.each([
  ["in a directory", "8000000", ""],
  ["in a directory, compacting all the time", "0", ""],
  ["with two descriptors, compacting all the time", "0", "descriptors"],
])(
  "a journal %s has every confirmed lease after each of many kills",
  async (_name, slack, mode) => {
    using folder = new ScratchFolder();
    const path = folder.file();
    const all = new Map<number, number>();
    for (let cycle = 1; cycle <= CYCLES; cycle++) {
      const args = [slack, String(cycle), mode];
      const program = await killAfter(path, args, 1 + ((cycle * 97) % 400), (cycle * 31) % 200);
      for (const [slot, ends] of confirmed(program.lines)) all.set(slot, ends);
      const table = await load(path, mode === "descriptors");
      for (const [slot, ends] of all) {
        expect(table.endsAt(slot), `slot ${slot} in cycle ${cycle}`).toBeGreaterThanOrEqual(ends);
      }
    }
    expect(all.size).toBeGreaterThan(50);
  },
  CYCLES_MS,
);

it("a journal is locked by the process that has it, and free once that is killed", async () => {
  using folder = new ScratchFolder();
  const program = new Program("journal-child", child.start([folder.file(), "0", "1"]));
  await program.waitForLine((line) => line === "ready");
  const second = new Program("journal-child", child.start([folder.file(), "0", "2"]));
  await second.waitForLine((line) => line === "refused lease-file-locked");
  await second.ended;
  process.kill(program.pid, "SIGKILL");
  await program.ended;
  await load(folder.file(), false);
});

const HAS_STRACE = spawnSync("sh", ["-c", "strace -V"]).status === 0;

it.skipIf(!HAS_STRACE)("a commit is confirmed after fdatasync has returned for its octets (strace)", async () => {
  using folder = new ScratchFolder();
  const trace = folder.file("trace");
  const calls = "trace=write,fdatasync";
  const program = new Program(
    "strace",
    child.start([folder.file(), "8000000", "1"], ["strace", "-f", "-qq", "-s", "64", "-y", "-e", calls, "-o", trace]),
  );
  let acks = 0;
  await program.waitForLine((line) => line.startsWith("ack ") && ++acks > 50, { timeoutMs: 30_000 });
  const childPid = Number(/^(\d+) /.exec(readFileSync(trace, "latin1"))?.[1]);
  process.kill(childPid, "SIGKILL");
  await program.ended;

  let isWritten = false;
  let isDurable = false;
  let confirmedCount = 0;
  for (const line of readFileSync(trace, "latin1").split("\n")) {
    if (/ write\(\d+<[^>]*dhcpd\.leases>, "lease /.test(line)) {
      isWritten = true;
      isDurable = false;
    } else if (/fdatasync(\(\d+<[^>]*dhcpd\.leases>\)| resumed>\)).*= 0$/.test(line)) {
      isDurable = isWritten;
    } else if (/ write\(1<[^>]*>, "ack /.test(line)) {
      expect(isDurable, line).toBe(true);
      confirmedCount += 1;
    }
  }
  expect(confirmedCount).toBeGreaterThan(50);
});

const IN_NAMESPACE = ["unshare", "-Urm", "--propagation", "private"];
const HAS_NAMESPACES = spawnSync(IN_NAMESPACE[0] ?? "", [...IN_NAMESPACE.slice(1), "true"]).status === 0;

it.skipIf(!HAS_NAMESPACES).each(["", "descriptors"])(
  "a journal on a full disk confirms nothing, and works again once there is room (%s)",
  async (mode) => {
    using folder = new ScratchFolder();
    // The ballast is the room that comes back; with it, a second file does not fit beside the first. What the file holds is copied out while the disk is full and at the end.
    const script = `mount -t tmpfs -o size=512k tmpfs "$0" || exit 9
head -c 420000 /dev/zero >"$0/ballast"
"$@" >"$0.out" &
child=$!
waits() { n=0; until grep -q "$1" "$0.out"; do n=$((n+1)); [ $n -lt 400 ] || exit 8; sleep 0.05; done; }
waits "^health failing"
n=0; until [ "$(grep -c '^fail' "$0.out")" -gt 20 ]; do n=$((n+1)); [ $n -lt 400 ] || exit 7; sleep 0.05; done
cp "$0/leases" "$0.full"
cp "$0.out" "$0.full.out"
rm "$0/ballast"
waits "^health ready"
n=0; until [ "$(sed -n '/^health ready/,$p' "$0.out" | grep -c '^ack')" -gt 20 ]; do n=$((n+1)); [ $n -lt 400 ] || exit 6; sleep 0.05; done
kill -9 $child
wait $child
cp "$0/leases" "$0.end"
cat "$0/leases.new" >"$0.end.new" 2>/dev/null
exit 0`;
    writeFileSync(folder.file("script"), script);
    const disk = folder.file("disk");
    spawnSync("mkdir", [disk]);
    const program = new Program(
      "full disk",
      child.start([`${disk}/leases`, "8000000", "1", mode], [...IN_NAMESPACE, "sh", "-c", script, disk]),
    );
    expect(await program.ended, program.output).toMatchObject({ code: 0 });

    // What the copy while the disk was full lacks is what was not confirmed by then.
    for (const [file, out] of [
      ["disk.full", "disk.full.out"],
      ["disk.end", "disk.out"],
    ] as const) {
      const acks = confirmed(readFileSync(folder.file(out), "latin1").split("\n"));
      const wanted = file === "disk.full" ? confirmed(beforeFailure(folder.file(out))) : acks;
      const table = await load(folder.file(file), false);
      for (const [slot, ends] of wanted)
        expect(table.endsAt(slot), `${file} slot ${slot}`).toBeGreaterThanOrEqual(ends);
      expect(wanted.size).toBeGreaterThan(100);
    }
    const afterFailure = readFileSync(folder.file("disk.full.out"), "latin1").split("health failing")[1] ?? "";
    expect(afterFailure).not.toContain("ack");
  },
);

function beforeFailure(path: string): string[] {
  return (readFileSync(path, "latin1").split("health failing")[0] ?? "").split("\n");
}

it("a file that was killed in its last batch is served with all the others", async () => {
  using folder = new ScratchFolder();
  writeFileSync(folder.file(), journalOf([]));
  const program = await killAfter(folder.file(), ["8000000", "7"], 40, 0);
  appendFileSync(folder.file(), "lease 10.0.0.9 {\n  starts 2 2023/1");
  const table = await load(folder.file(), false);
  for (const [slot, ends] of confirmed(program.lines)) expect(table.endsAt(slot)).toBeGreaterThanOrEqual(ends);
});
