// When the hosts file is written, and what happens where it cannot be.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HOSTS_RETRY_MS, HOSTS_WHOLE_NAMES, HOSTS_WRITE_MS } from "../../../src/base/limits/names.ts";
import type { Logger } from "../../../src/log.ts";
import { HostsFile, pauseAfter } from "../../../src/names/hosts-file.ts";
import { NameTable } from "../../../src/names/name-table.ts";
import { idlePace } from "../../support/paces.ts";

const told: string[] = [];
const say = (_fields: unknown, text: string): unknown => told.push(text);
const log = { error: say, info: say } as unknown as Logger;

let directory: string;
let table: NameTable;

beforeEach(() => {
  told.length = 0;
  directory = mkdtempSync(join(tmpdir(), "anydhcpd-hosts-"));
  table = new NameTable();
});
afterEach(() => rmSync(directory, { recursive: true }));

function give(address: number, label: string): void {
  table.set(address, { address, label, name: label, client: label, isReserved: false, since: 0 });
}

describe("the hosts file", () => {
  it("has the first change at once, and all that come soon after it in one more write", async () => {
    const path = join(directory, "hosts");
    const file = new HostsFile(path, table, log, idlePace());
    give(1, "a");
    file.note();
    await vi.waitFor(() => expect(readFileSync(path, "latin1")).toContain("0.0.0.1 a\n"));
    for (let i = 2; i < 50; i++) {
      give(i, `n${i}`);
      file.note();
      await sleep(1);
    }
    await vi.waitFor(() => expect(readFileSync(path, "latin1")).toContain("0.0.0.49 n49\n"), 10 * HOSTS_WRITE_MS);
    expect(file.writes).toBeLessThan(10);
  });

  it("is written a quarter of a second after it was, later if that takes long, and after two seconds at most", () => {
    expect([0, 1, 25, 100, 5000].map(pauseAfter)).toEqual([250, 250, 250, 1000, 2000]);
  });

  it("is not written again where nothing has changed", async () => {
    const file = new HostsFile(join(directory, "hosts"), table, log, idlePace());
    give(1, "a");
    file.note();
    await vi.waitFor(() => expect(file.writes).toBe(1));
    give(1, "a");
    file.note();
    await sleep(2 * HOSTS_WRITE_MS);
    expect(file.writes).toBe(1);
    give(1, "b");
    file.note();
    await vi.waitFor(() => expect(file.writes).toBe(2));
  });

  it("of many names is made in steps between which others have their turn, and is right after changes meanwhile", async () => {
    const path = join(directory, "hosts");
    const count = 100_000;
    for (let i = 0; i < count; i++) give(0x0a000000 + i, `n${i}`);
    let turns = 0;
    const pace = idlePace((turn) => {
      turns += 1;
      setImmediate(turn);
    });
    const steps = vi.spyOn(pace, "start");
    const parts = vi.spyOn(table, "given");
    const file = new HostsFile(path, table, log, pace);
    file.note();
    await vi.waitFor(() => expect(parts.mock.calls.length).toBeGreaterThan(count / 2), 30_000);
    // One that was written already, and one that was not.
    give(0x0a000000, "early");
    give(0x0a000000 + count - 1, "late");
    expect(parts.mock.calls.length).toBeLessThan(count);
    file.note();
    await vi.waitFor(() => expect(file.writes).toBe(2), 30_000);
    expect(turns).toBeGreaterThan(20);
    expect(steps.mock.calls.length).toBeGreaterThan(10);
    const lines = readFileSync(path, "latin1").split("\n");
    expect(lines.slice(1, 4)).toEqual(["10.0.0.0 early", "10.0.0.1 n1", "10.0.0.2 n2"]);
    expect(lines.slice(-4)).toEqual(["10.1.134.158 n99998", "10.1.134.159 late", "# end of names", ""]);
    expect(lines).toHaveLength(count + 3);
  }, 60_000);

  it("of few names tells one moment", async () => {
    const path = join(directory, "hosts");
    for (let i = 0; i < HOSTS_WHOLE_NAMES; i++) give(0x0a000000 + i, `n${i}`);
    let turns = 0;
    const pace = idlePace((turn) => {
      turns += 1;
      setImmediate(turn);
    });
    const file = new HostsFile(path, table, log, pace);
    file.note();
    await vi.waitFor(() => expect(file.writes).toBe(1));
    expect(turns).toBe(2);
    expect(readFileSync(path, "latin1").split("\n")).toHaveLength(HOSTS_WHOLE_NAMES + 3);
  });

  it("gives the pace one step for all that it writes, which the pace remembers", async () => {
    const pace = idlePace();
    const start = vi.spyOn(pace, "start");
    const file = new HostsFile(join(directory, "hosts"), table, log, pace);
    for (let writes = 1; writes <= 3; writes++) {
      give(writes, "a");
      file.note();
      await vi.waitFor(() => expect(file.writes).toBe(writes), 10 * HOSTS_WRITE_MS);
    }
    expect(start.mock.calls.length).toBeGreaterThan(3);
    expect(new Set(start.mock.calls.map(([step]) => step)).size).toBe(1);
  });

  it("is tried again where it cannot be written, and the log says so once", async () => {
    const path = join(directory, "absent", "hosts");
    const file = new HostsFile(path, table, log, idlePace());
    give(1, "a");
    file.note();
    await vi.waitFor(() => expect(told).toHaveLength(1));
    give(2, "b");
    file.note();
    mkdirSync(join(directory, "absent"));
    await vi.waitFor(() => expect(readFileSync(path, "latin1")).toContain("0.0.0.2 b\n"), 10 * HOSTS_RETRY_MS);
    await vi.waitFor(() => expect(told).toHaveLength(2));
    expect(told[0]).toMatch(/^hosts-file .*absent\/hosts cannot be written: ENOENT.*: it stays as it was/);
    expect(told[0]).toMatch(/if its directory was removed, make it again and restart the server$/);
    expect(told[1]).toMatch(/ is written again$/);
  });
});
