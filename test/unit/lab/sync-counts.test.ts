// What perf and strace write, as counts of calls in a stretch of time.

import { describe, expect, it } from "vitest";
import { callsBetween, readPerfCounts, readStraceCounts } from "../../../lab/network/sync-counts.ts";

const PERF = `# started on Sat Nov 21 10:39:59 2026

     0.050155208,7,,syscalls:sys_enter_fdatasync,924249,100.00,,
     0.050155208,2,,syscalls:sys_enter_fsync,924249,100.00,,
     0.050155208,<not supported>,,instructions:u,0,100.00,,
     0.100155208,<not counted>,,syscalls:sys_enter_fdatasync,0,100.00,,
     0.150155208,5,,syscalls:sys_enter_fdatasync,924249,100.00,,
     0.150155208,1234567,,instructions:u,924249,100.00,,
`;

const STRACE = `101   1700000000.100000 fsync(5)          = 0
102   1700000000.200000 fdatasync(7 <unfinished ...>
101   1700000000.250000 fsync(5)          = 0
102   1700000000.300000 <... fdatasync resumed>) = 0
101   1700000000.400000 --- SIGTERM {si_signo=SIGTERM} ---
1700000000.500000 fdatasync(7)      = 0
`;

describe("counts of perf", () => {
  it("are those of the events asked for, interval by interval", () => {
    const calls = readPerfCounts(PERF, "syscalls:sys_enter_");
    expect(calls.map(({ calls }) => calls)).toEqual([7, 2, 0, 5]);
    expect(callsBetween(calls, 0, 0.06)).toBe(9);
    expect(callsBetween(calls, 0.06, 1)).toBe(5);
  });

  it("are none of what the processor does not count", () => {
    expect(readPerfCounts(PERF, "instructions:u")).toEqual([{ at: 0.150155208, calls: 1_234_567 }]);
    expect(readPerfCounts("", "instructions:u")).toEqual([]);
  });
});

describe("counts of strace", () => {
  it("have each call once, at its beginning", () => {
    const calls = readStraceCounts(STRACE);
    expect(calls).toHaveLength(4);
    expect(callsBetween(calls, 1_700_000_000.15, 1_700_000_000.35)).toBe(2);
  });
});
