// What the follower of the hosts file tells unbound.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

const FOLLOWER = new URL("../../../etc/names/anydhcpd-unbound", import.meta.url).pathname;

let directory: string;
let follower: ChildProcess | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "anydhcpd-follower-"));
});
afterEach(async () => {
  const ended = new Promise((resolve) => follower?.once("exit", resolve));
  follower?.kill("SIGTERM");
  await ended;
  rmSync(directory, { recursive: true });
});

it("tells unbound whole names, and not the names without a domain that clients choose", async () => {
  const [file, control, told] = ["hosts", "control", "told"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(control, `#!/bin/sh\n[ "$1" = local_datas ] && cat >>${told}\nexit 0\n`, { mode: 0o755 });
  writeFileSync(
    file,
    "# Written by anydhcpd: x\n10.0.0.1 com.lan.example com\n10.0.0.2 net\n10.0.0.3 a.lan.example a\n# end of names\n",
  );
  follower = spawn(FOLLOWER, [file], { env: { ...process.env, UNBOUND_CONTROL: control }, stdio: "ignore" });
  await vi.waitFor(() => expect(readFileSync(told, "latin1")).toContain("a.lan.example"), 8000);
  expect(readFileSync(told, "latin1").trim().split("\n").sort()).toEqual([
    "1.0.0.10.in-addr.arpa. 30 IN PTR com.lan.example.",
    "3.0.0.10.in-addr.arpa. 30 IN PTR a.lan.example.",
    "a.lan.example. 30 IN A 10.0.0.3",
    "com.lan.example. 30 IN A 10.0.0.1",
  ]);
}, 15_000);

it("says the error of unbound-control once, by its first line", async () => {
  const [file, control] = ["hosts", "control"].map((name) => join(directory, name)) as [string, string];
  const error = "error: failed to list interfaces: getifaddrs: Address family not supported by protocol";
  // As unbound-control says it: with the time and its process id.
  const said = `echo "[$(date +%s)] unbound-control[$$:0] ${error}"; echo "Usage: unbound-control"; echo >>${directory}/runs; exit 1`;
  writeFileSync(control, `#!/bin/sh\n${said}\n`, { mode: 0o755 });
  writeFileSync(file, "# Written by anydhcpd: x\n10.0.0.3 a.lan.example a\n# end of names\n");
  follower = spawn(FOLLOWER, [file], {
    env: { ...process.env, UNBOUND_CONTROL: control },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  follower.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  // It tries again every five seconds.
  await vi.waitFor(() => expect(readFileSync(join(directory, "runs"), "latin1").length).toBeGreaterThan(2), 30_000);
  expect(stderr).toBe(`anydhcpd-unbound: unbound-control local_datas: ${error}\n`);
}, 40_000);
