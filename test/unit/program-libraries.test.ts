// Which Node.js can go into a package: one that needs no libraries of its own.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

/** What the script's function finds in lines of objdump -p. */
function ownLibraries(libraries: readonly string[]): unknown {
  const headers = ["Dynamic Section:", ...libraries.map((name) => `  NEEDED               ${name}`)].join("\n");
  const script = join(import.meta.dirname, "../../scripts/program-libraries.mjs");
  const program = `import { ownLibraries } from ${JSON.stringify(script)};
    console.log(JSON.stringify(ownLibraries(${JSON.stringify(headers)})));`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  return JSON.parse(stdout);
}

it("finds the library that Debian's own Node.js consists of", () => {
  expect(ownLibraries(["libnode.so.108", "libc.so.6"])).toEqual(["libnode.so.108"]);
  expect(ownLibraries(["libz.so.1", "libuv.so.1", "libstdc++.so.6"])).toEqual(["libz.so.1", "libuv.so.1"]);
});

it("finds none where a program needs the compilers' libraries alone, as the Node.js of nodejs.org", () => {
  const amd64 = ["libdl.so.2", "libstdc++.so.6", "libm.so.6", "libgcc_s.so.1", "libpthread.so.0", "libc.so.6"];
  expect(ownLibraries([...amd64, "ld-linux-x86-64.so.2"])).toEqual([]);
  expect(ownLibraries([...amd64, "librt.so.1", "ld-linux-aarch64.so.1"])).toEqual([]);
  // In a package of its own, which ours does not depend on.
  expect(ownLibraries([...amd64, "libatomic.so.1"])).toEqual(["libatomic.so.1"]);
});
