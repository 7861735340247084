// A disk that fills up while the ends of leases are written: leases are given as long as there is room, the log says
// what is left out and what to do, and it ends by itself. On a small tmpfs in a mount namespace.

import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CompiledChild } from "../support/compiled-child.ts";
import { ScratchFolder } from "../support/journal.ts";
import { Program } from "../support/program.ts";

const IN_NAMESPACE = ["unshare", "-Urm", "--propagation", "private"];
const HAS_NAMESPACES = spawnSync(IN_NAMESPACE[0] ?? "", [...IN_NAMESPACE.slice(1), "true"]).status === 0;
const LEASES = 8000;

let child: CompiledChild;
beforeAll(async () => {
  child = await CompiledChild.compile(new URL("../support/full-disk-child.ts", import.meta.url));
}, 60_000);
afterAll(() => child[Symbol.dispose]());

/** Runs the program in each mode in turn, on one disk of `kibibytes`; what it said in all. */
async function run(kibibytes: number, modes: readonly string[], between = ""): Promise<readonly string[]> {
  using folder = new ScratchFolder();
  const disk = folder.file("disk");
  mkdirSync(disk);
  const script = `mount -t tmpfs -o size=${kibibytes}k tmpfs "$0" || exit 9
${modes.map((mode) => `"$@" "$0/leases" ${mode} ${LEASES}`).join(`\n${between}\n`)}
true`;
  const program = new Program("full disk", child.start([], [...IN_NAMESPACE, "sh", "-c", script, disk]));
  expect(await program.ended, program.output).toMatchObject({ code: 0 });
  return program.lines;
}

function starting(lines: readonly string[], start: string): readonly string[] {
  return lines.filter((line) => line.startsWith(start));
}

/** Leases in all, and of those the bound ones, that the last start has read. */
function loaded(lines: readonly string[]): readonly number[] {
  return (starting(lines, "loaded").at(-1) ?? "").split(" ").slice(1).map(Number);
}

describe.skipIf(!HAS_NAMESPACES)("a journal whose leases all end", () => {
  it("shows each end and gives leases all the while, on a disk that has just room for a second file", async () => {
    const lines = await run(5500, ["end", "serve"]);
    expect(starting(lines, "fail")).toEqual([]);
    expect(starting(lines, "notice")).toEqual([]);
    expect(starting(lines, "health failing")).toEqual([]);
    expect(lines).toContain(`ends ${LEASES}`);
    expect(loaded(lines)).toEqual([LEASES + 1, 1]);
  });

  it("leaves ends out where a second file has no room, says so once, and goes on giving leases", async () => {
    const lines = await run(3300, ["short", "serve"]);
    expect(starting(lines, "fail")).toEqual([]);
    expect(starting(lines, "health failing")).toEqual([]);
    expect(starting(lines, "findings")).toEqual([]);
    const [first, ...others] = starting(lines, "notice");
    expect(first).toMatch(/too little room; .*leaves ends of leases out.*: make room on its disk: .* MiB are free/);
    expect(others).toEqual([]);
    expect(lines).toContain("ends 0");
    // A start finds the file whole, and that leases are over by their time.
    expect(loaded(lines)).toEqual([LEASES + 1, LEASES + 1]);
  });

  it("on a disk that another program fills refuses leases, says what to do, and recovers when there is room", async () => {
    const lines = await run(9000, ["filled", "serve"]);
    expect(lines).toContain("filled");
    expect(starting(lines, "findings")).toEqual([]);
    const [warning, info, ...notices] = starting(lines, "notice");
    expect(warning).toMatch(
      /the disk is full \(ENOSPC.*leaves ends of leases out.*make room on its disk: 0 MiB are free/,
    );
    expect(info).toContain("there is room again: ends of leases are written again");
    expect(notices).toEqual([]);
    const [failing, ...others] = starting(lines, "health failing");
    expect(failing).toMatch(/the disk is full.*gives and renews no lease until there is room: make room on its disk/);
    expect(others).toEqual([]);
    const afterRoom = lines.slice(lines.findIndex((line) => line.includes("leases are given again")));
    expect(afterRoom).toContain("ack");
    expect(starting(afterRoom, "fail")).toEqual([]);
    expect(loaded(lines)[0]).toBe(LEASES + 1);
  });

  it("is served from a disk that is full at the start, and renewed when there is room", async () => {
    const fill = 'dd if=/dev/zero of="$0/filler" bs=4k 2>/dev/null; printf "lease 10.0.0.9 {\\n  sta" >>"$0/leases"';
    const lines = await run(9000, ["end", "serve"], fill);
    expect(loaded(lines)).toEqual([LEASES + 1, 1]);
    const served = lines.slice(lines.indexOf("done") + 1);
    expect(starting(served, "health").map((line) => line.split(" ")[1])).toEqual([
      "ready",
      "failing",
      "ready",
      "closed",
    ]);
    const answers = served.filter((line) => line === "ack" || line === "fail");
    expect(answers.slice(-2)).toEqual(["fail", "ack"]);
    expect(answers.indexOf("fail")).toBe(answers.length - 2);
  });
});
