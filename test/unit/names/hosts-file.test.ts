// When the hosts file is written, and what happens where it cannot be.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HOSTS_RETRY_MS, HOSTS_WRITE_MS } from "../../../src/base/limits/names.ts";
import type { Logger } from "../../../src/log.ts";
import { HostsFile, pauseAfter } from "../../../src/names/hosts-file.ts";
import { NameTable } from "../../../src/names/name-table.ts";

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
    const file = new HostsFile(path, table, log);
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

  it("is tried again where it cannot be written, and the log says so once", async () => {
    const path = join(directory, "absent", "hosts");
    const file = new HostsFile(path, table, log);
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
