// What the addon and its build promise to the rest of the package.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  RECEIVE_COLUMNS,
  REPLY_COLUMNS,
  ReceiveColumn,
  ReceiveFlag,
  ReplyColumn,
  SendFlag,
} from "../../src/native/columns.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** The folders of the package with sources in C and C++. */
const SOURCES = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && readdirSync(join(ROOT, entry.name)).some((name) => /\.(c|cc)$/.test(name)))
  .map(({ name }) => name);

describe("the addon", () => {
  it("has the same column numbers as src/native/columns.ts", () => {
    const { columns } = createRequire(import.meta.url)(join(ROOT, "native/build/Release/anydhcpd.node"));
    expect(columns.ReceiveColumn).toEqual(ReceiveColumn);
    expect(columns.ReceiveFlag).toEqual(ReceiveFlag);
    expect(columns.SendFlag).toEqual(SendFlag);
    expect(columns.sizes).toEqual({ receive: RECEIVE_COLUMNS, reply: REPLY_COLUMNS });
    // The columns behind `result` are JavaScript's own.
    const shared = Object.entries(ReplyColumn).filter(([, number]) => number <= ReplyColumn.result);
    expect(columns.ReplyColumn).toEqual(Object.fromEntries(shared));
  });

  it("knows no protocol above UDP and ICMP", () => {
    const files = readdirSync(join(ROOT, "native")).filter((name) => /\.(cc|h)$/.test(name));
    expect(files.length).toBeGreaterThan(10);
    const knowing = files.filter((name) =>
      /\b(67|68)\b|63825363|\bdhcp\b|\bbootp|\blease|\boffer/i.test(readFileSync(join(ROOT, "native", name), "utf8")),
    );
    expect(knowing).toEqual([]);
  });
});

describe("scripts/build-native.mjs", () => {
  let copy = "";
  beforeEach(() => {
    // A space, because users' folders have them.
    copy = mkdtempSync(join(tmpdir(), "anydhcpd build "));
    mkdirSync(join(copy, "scripts"));
    for (const name of ["build-native.mjs", "built-programs.mjs"])
      cpSync(join(ROOT, "scripts", name), join(copy, "scripts", name));
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  const build = (environment: Record<string, string>) =>
    spawnSync(process.execPath, [join(copy, "scripts/build-native.mjs")], { encoding: "utf8", env: environment });

  it("does nothing, and needs nothing, when nothing has changed since the build", () => {
    for (const folder of SOURCES) cpSync(join(ROOT, folder), join(copy, folder), { recursive: true });
    const run = build({ PATH: "/nowhere" });
    expect([run.status, run.stdout, run.stderr]).toEqual([0, "", ""]);
  });

  it("names the tools that are missing, and shows what node-gyp said", () => {
    for (const folder of SOURCES) mkdirSync(join(copy, folder));
    cpSync(join(ROOT, "native/binding.gyp"), join(copy, "native/binding.gyp"));
    const run = build({ PATH: "/nowhere" });
    expect(run.status).toBe(1);
    for (const text of ["gyp ERR!", "g++ is not found", "make is not found", "python3 is not found"]) {
      expect(run.stderr).toContain(text);
    }
  });
});
