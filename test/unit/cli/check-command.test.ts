// `anydhcpctl check --json`: what programs are told of a configuration.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { COMMANDS } from "../../../src/cli/commands.ts";

const SUBNET = "subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.20; }\n";
let folder = "";
let output = "";
let errors = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "check-"));
  output = "";
  errors = "";
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    output += chunk;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    errors += chunk;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

async function check(text: string) {
  const path = join(folder, "dhcpd.conf");
  writeFileSync(path, text, "latin1");
  const status = await COMMANDS.get("check")?.run(["--json", path]);
  return { path, status, told: JSON.parse(output) };
}

describe("anydhcpctl check --json", () => {
  it("says that a configuration is good, with its warnings", async () => {
    const { path, status, told } = await check(`${SUBNET}get-lease-hostnames on;\n`);
    expect(status).toBe(0);
    expect(told).toMatchObject({ ok: true, message: `${path}: good (1 subnet, 0 hosts)` });
    expect(told.found).toMatchObject([{ severity: "warning", file: path, line: 2, column: 1 }]);
    expect(errors).toBe("");
  });

  it("names each error with its place and what was expected", async () => {
    const { path, status, told } = await check(`subnet \xc3\xa9;\n${SUBNET}`);
    expect(status).toBe(1);
    expect(told).toMatchObject({ ok: false, message: `${path}: the daemon would not start with it` });
    expect(told.found[0]).toMatchObject({ severity: "error", file: path, line: 1, column: 8 });
    expect(told.found[0].message).toContain("\u00e9");
    expect(told.found[0].expected).toEqual(expect.any(String));
    expect(told.diagnostics).toContain(`${path}:1:8: error: `);
  });

  it("says that an event script is not there, or that nobody may execute it", async () => {
    const script = join(folder, "script");
    const text = `${SUBNET}event-script "${script}";\n`;
    const missing = await check(text);
    const place = `${missing.path}:2:1: error: the event script ${script} cannot be executed`;
    expect(missing).toMatchObject({
      status: 1,
      told: { ok: false, message: expect.stringContaining(`${place}: No such`) },
    });
    writeFileSync(script, "#!/bin/sh\n", { mode: 0o644 });
    output = "";
    expect((await check(text)).told.message).toContain(`${place}: Permission denied`);
    chmodSync(script, 0o755);
    output = "";
    expect(await check(text)).toMatchObject({ status: 0, told: { ok: true, found: [] } });
  });
});
