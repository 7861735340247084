// What is told of a daemon that takes connections and says nothing.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type SeenProcess, silenceText, whySilent } from "../../../src/cli/silent-daemon.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "silent-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a daemon that says nothing", () => {
  it.each<[Partial<SeenProcess>, string]>([
    [{ state: "T" }, "the daemon (process 7) is stopped by a signal or a debugger: kill -CONT 7 has it go on"],
    [{ state: "t" }, "the daemon (process 7) is stopped by a signal or a debugger: kill -CONT 7 has it go on"],
    [{ state: "D" }, "the daemon (process 7) waits for a disk or another device"],
    [{ name: "node" }, "the daemon (process 7) is still starting: it reads its configuration"],
    [{ runsFor: 12.5 }, "the daemon (process 7) is still starting: it was started 12 seconds ago"],
    [{}, "the daemon (process 7) hangs: kill -QUIT 7 ends it, and a service manager starts it anew"],
  ])("is told by its process: %j", (more, text) => {
    expect(silenceText({ pid: 7, name: "anydhcpd", state: "S", runsFor: 3600, ...more })).toBe(text);
  });

  it("is told by the process that has its socket, where that can be seen", async () => {
    const path = join(folder, "sock");
    expect(whySilent(path)).toBe("the daemon is still starting, hangs or is stopped: root sees which of these");
    const holder = spawn(process.execPath, ["-e", `require("net").createServer().listen(${JSON.stringify(path)})`]);
    try {
      await vi.waitFor(() => expect(existsSync(path)).toBe(true), 10_000);
      expect(whySilent(path)).toBe(`the daemon (process ${holder.pid}) is still starting: it reads its configuration`);
      holder.kill("SIGSTOP");
      await vi.waitFor(
        () => expect(whySilent(path)).toContain(`(process ${holder.pid}) is stopped by a signal`),
        10_000,
      );
    } finally {
      holder.kill("SIGKILL");
    }
  });
});
