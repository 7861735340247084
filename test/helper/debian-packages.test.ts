// Tools that are unpacked from Debian's packages run wherever the folder that holds them is: it is moved, linked to by other
// work trees, and mounted elsewhere.

import { execFile } from "node:child_process";
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { debianPackage, debianTool } from "../support/debian-packages.ts";

const run = promisify(execFile);
const UNPACK = fileURLToPath(new URL("../support/debian-unpack.sh", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "debian-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("runs a tool from where it is, not from where it was unpacked", async (context) => {
  const tool = await debianTool("mandoc", "usr/bin/mandoc");
  const root = await debianPackage("mandoc");
  if (tool === undefined || root === undefined || dirname(dirname(dirname(tool))) !== dirname(root))
    return context.skip("Debian's mandoc cannot be had, or is installed");
  expect(readFileSync(tool, "utf8")).not.toContain(dirname(root));
  const moved = join(folder, "it's moved");
  const program = join(moved, "mandoc/usr/bin/mandoc");
  cpSync(dirname(tool), join(moved, "bin/mandoc"), { recursive: true });
  mkdirSync(dirname(program), { recursive: true });
  writeFileSync(program, '#!/bin/sh\necho "$1: $LD_LIBRARY_PATH"\n', { mode: 0o755 });
  symlinkSync(join(moved, "bin/mandoc/mandoc"), join(folder, "link"));
  for (const path of [join(moved, "bin/mandoc/mandoc"), join(folder, "link")]) {
    const { stdout } = await run(path, ["a b"]);
    expect(stdout).toMatch(/^a b: /);
    for (const part of stdout.slice("a b: ".length).trim().split(":"))
      if (part !== "") expect(part.startsWith(`${moved}/mandoc/`), stdout).toBe(true);
  }
});

it("has links of a package lead to its own files, also those that were made for another place", async () => {
  const root = join(folder, "tool");
  for (const path of ["bin", "usr/sbin", "etc"]) mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, "bin/program"), "");
  symlinkSync("/bin/program", join(root, "usr/sbin/fresh"));
  symlinkSync("/work/of/somebody/.cache/debian/tool/bin/program", join(root, "usr/sbin/stale"));
  symlinkSync("/dev/null", join(root, "etc/masked"));
  writeFileSync(join(root, ".complete"), "");
  await run("sh", [UNPACK, "tool", folder]);
  const links = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => lstatSync(join(root, path)).isSymbolicLink())
    .map((path) => [path, readlinkSync(join(root, path))]);
  expect(Object.fromEntries(links)).toEqual({
    "usr/sbin/fresh": "../../bin/program",
    "usr/sbin/stale": "../../bin/program",
    "etc/masked": "/dev/null",
  });
  expect(readFileSync(join(root, ".complete"), "utf8")).toBe("relative\n");
});
