// isUnread on real descriptors: a pipe and a file.

import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isUnread } from "../../src/native/system-calls.ts";

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
