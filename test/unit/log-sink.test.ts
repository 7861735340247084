// A log whose reader is slow or gone costs lines, never the service.

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { LOG_OCTETS_MAX, LOG_WRITE_INTERVAL_MS } from "../../src/base/limits/log.ts";
import { LogSink } from "../../src/log-sink.ts";

function withFile(use: (path: string, fd: number) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "anydhcpd-log-"));
  const path = join(folder, "log");
  const fd = openSync(path, "w");
  return use(path, fd).finally(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
}

it("writes lines in their order", async () => {
  await withFile(async (path, fd) => {
    const sink = new LogSink(fd);
    for (let i = 0; i < 1000; i++) sink.write(`line ${i}\n`);
    await vi.waitFor(() => expect(readFileSync(path, "utf8").split("\n")).toHaveLength(1001));
    sink.write("last\n");
    sink.flush();
    expect(readFileSync(path, "utf8").endsWith("line 999\nlast\n")).toBe(true);
    expect(sink.takeLost()).toBe(0);
  });
});

it("gathers the lines of some milliseconds, but for the first after a rest", async () => {
  await withFile(async (path, fd) => {
    const sink = new LogSink(fd);
    const lines = (): number => readFileSync(path, "latin1").split("\n").length - 1;
    const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
    sink.write("first\n");
    await vi.waitFor(() => expect(lines()).toBe(1), { interval: 1 });
    const seen: number[] = [];
    const began = performance.now();
    while (performance.now() - began < 8 * LOG_WRITE_INTERVAL_MS) {
      sink.write("another\n");
      await turn();
      const found = lines();
      if (found !== seen.at(-1)) seen.push(found);
    }
    // One for each interval, the first, and one that was under way.
    const most = (performance.now() - began) / LOG_WRITE_INTERVAL_MS + 2;
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.length).toBeLessThanOrEqual(most);
    sink.flush();
  });
});

it("drops lines beyond its bound and counts them", async () => {
  await withFile(async (path, fd) => {
    const sink = new LogSink(fd);
    const line = `${"x".repeat(1023)}\n`;
    for (let i = 0; i < LOG_OCTETS_MAX / 1024 + 10; i++) sink.write(line);
    expect(sink.hasRoom).toBe(false);
    expect(sink.takeLost()).toBe(10);
    sink.flush();
    expect(readFileSync(path)).toHaveLength(LOG_OCTETS_MAX);
    expect(sink.hasRoom).toBe(true);
  });
});

it("goes on after a descriptor that takes nothing", async () => {
  const sink = new LogSink(openSync("/dev/full", "w"));
  sink.write("nobody reads this\n");
  await vi.waitFor(() => expect(sink.takeLost()).toBe(1));
  sink.write("nor this\n");
  sink.flush();
});
