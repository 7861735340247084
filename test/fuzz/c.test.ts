// The helper's reader of requests, its checks, what the event script's process is asked for, and what the addon reads of the kernel, for a bounded number of inputs under
// the sanitizers. More: `npm run fuzz:c -- --help`, docs/fuzzing.md.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./root.ts";

const RUNS = 100_000;

function fuzz(...args: readonly string[]): { readonly status: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "test/fuzz/c/start.mjs"), ...args], {
    encoding: "utf8",
  });
  return { status, text: `${stdout}${stderr}` };
}

describe("the C of helper, firewall process, addon and script process", () => {
  it.each(["helper", "firewall", "addon", "script"])(
    "takes whatever is sent to it, under the sanitizers: %s",
    (target) => {
      const { status, text } = fuzz("--target", target, "--runs", `${RUNS}`);
      expect({ status, text }).toEqual({ status: 0, text: expect.stringContaining(`${target}: ${RUNS} inputs by `) });
    },
  );
});
