// isUnread on real descriptors: a pipe and a file; runAsBatch on a real process.

import { execFileSync, spawn } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { constants as system, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isUnread, runAsBatch } from "../../src/native/system-calls.ts";

it("says of a pipe that nobody reads it from the moment on at which its reader is gone, whatever was written", () => {
  const folder = mkdtempSync(join(tmpdir(), "unread-"));
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
  expect(isUnread(writer)).toBe(false);
  writeSync(writer, "a line that is not read yet\n");
  expect(isUnread(writer)).toBe(false);
  closeSync(reader);
  expect(isUnread(writer)).toBe(true);
  closeSync(writer);
  rmSync(folder, { recursive: true });
});

it("says of no file that nobody reads it, and refuses what is no descriptor", () => {
  const fd = openSync("/dev/null", "w");
  expect(isUnread(fd)).toBe(false);
  closeSync(fd);
  expect(() => isUnread(-1)).toThrow(TypeError);
});

it("takes a thread for batch work, and says why it cannot", () => {
  const child = spawn("sleep", ["100"]);
  try {
    expect(runAsBatch(child.pid ?? 0)).toBe(0);
    // proc(5): the 41st word, the 39th behind the name; 3 is SCHED_BATCH.
    const words = readFileSync(`/proc/${child.pid}/stat`, "latin1").split(") ").at(-1)?.split(" ");
    expect(words?.[38]).toBe("3");
  } finally {
    child.kill("SIGKILL");
  }
  // Above the most that Linux has, 4,194,304.
  expect(runAsBatch(5_000_000)).toBe(system.errno.ESRCH);
});
