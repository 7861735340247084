// `anydhcpctl check --json`: what programs are told of a configuration.

import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

  it("says what keeps a daemon from starting, each at its statement: users, directories, programs", async () => {
    // The script's user has to look for it there.
    chmodSync(folder, 0o755);
    const script = join(folder, "script");
    writeFileSync(script, "#!/bin/sh\n", { mode: 0o644 });
    writeFileSync(join(folder, "plain"), "");
    execFileSync("mkfifo", ["-m", "755", join(folder, "fifo")]);
    const cannot = (path: string, why: string): string => `the event script ${path} cannot be executed: ${why}`;
    const cases = [
      [`event-script "${folder}/missing";`, cannot(`${folder}/missing`, "No such file or directory")],
      [`event-script "${script}";`, cannot(script, "Permission denied")],
      [`event-script "${folder}";`, cannot(folder, "it is no regular file")],
      [`event-script "${folder}/fifo";`, cannot(`${folder}/fifo`, "it is no regular file")],
      ['event-script "/dev/null";', cannot("/dev/null", "it is no regular file")],
      [
        `event-script "${script} --quiet -v";`,
        `${cannot(`${script} --quiet -v`, "No such file or directory")}: it takes a path and no arguments: name a script that calls ${script} with them`,
      ],
      ['event-script "/bin/true" user nosuchuser;', 'there is no user "nosuchuser": create it, or name another'],
      [`hosts-file "${folder}/a/b/hosts";`, `${folder}/a/b/hosts: its directory: No such file or directory: make the`],
      ['hosts-file "/etc/anydhcpd-hosts";', "may not write in /etc: name a file in a directory that is not there yet"],
      [`metrics "${folder}/a/metrics";`, `${folder}/a/metrics: the socket cannot be made: its directory: No such`],
      [`status-page "${folder}/plain";`, `${folder}/plain: is there and is not a socket: remove it, or name another`],
    ] as const;
    for (const [statement, text] of cases) {
      output = "";
      const { path, status, told } = await check(`${SUBNET}  ${statement}\n`);
      expect({ status, found: told.found }, statement).toMatchObject({
        status: 1,
        found: [{ severity: "error", file: path, line: 2, column: 3, message: expect.stringContaining(text) }],
      });
      expect(told.diagnostics).toContain(`${statement}\n  ^`);
    }
    chmodSync(script, 0o755);
    output = "";
    const good = await check(`${SUBNET}event-script "${script}";\nhosts-file "${folder}/names/hosts";\n`);
    expect(good).toMatchObject({ status: 0, told: { ok: true, found: [] } });
    expect(existsSync(join(folder, "names"))).toBe(false);
  });
});

describe("a configuration that the daemon's user may not read", () => {
  it("is refused, and so is one with such an include, at its start", async () => {
    const include = join(folder, "keys");
    writeFileSync(include, "");
    const text = `include "${include}";\n${SUBNET}`;
    expect(await check(text)).toMatchObject({ status: 0 });
    output = "";
    chmodSync(include, 0o600);
    const { status, told } = await check(text);
    const message = expect.stringMatching(/^the daemon's user \(uid \d+\) may not read it: give it to the group/);
    expect(status).toBe(1);
    expect(told.found).toMatchObject([{ severity: "error", file: include, line: 1, column: 1, message }]);
    chmodSync(include, 0o644);
    chmodSync(join(folder, "dhcpd.conf"), 0o600);
    output = "";
    const own = await check(text);
    expect(own.status).toBe(1);
    expect(own.told.found).toMatchObject([{ file: own.path, line: 1, column: 1, message }]);
  });
});

describe("notices of a configuration", () => {
  const text = `subnet 192.0.2.0 netmask 255.255.255.0 {
  pool { range 192.0.2.10 192.0.2.20; }
  pool { range 192.0.2.30 192.0.2.40; }
  pool { range 192.0.2.50 192.0.2.60; }
}
host a { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.15; }
host b { hardware ethernet 02:00:00:00:00:02; fixed-address 192.0.2.35; }
host c { hardware ethernet 02:00:00:00:00:03; fixed-address 192.0.2.55; }
`;
  const notice = "notice: 192.0.2.15 is taken out of this range: it is the fixed-address of a host";

  async function told(...flags: string[]): Promise<string> {
    const path = join(folder, "dhcpd.conf");
    errors = "";
    expect(await COMMANDS.get("check")?.run([...flags, path])).toBe(0);
    return errors.replaceAll(path, "dhcpd.conf");
  }

  it("are one line together, with the place of the first and how many more there are", async () => {
    writeFileSync(join(folder, "dhcpd.conf"), text);
    const rest = "; and 2 more notices, which anydhcpctl check --verbose shows";
    expect(await told()).toBe(`dhcpd.conf:2:16: ${notice}${rest}\n`);
    writeFileSync(join(folder, "dhcpd.conf"), text.replace(/host [bc].*\n/g, ""));
    expect(await told()).toBe(`dhcpd.conf:2:16: ${notice}\n`);
  });

  it("come behind errors and warnings, which are told in full", async () => {
    writeFileSync(join(folder, "dhcpd.conf"), `get-lease-hostnames on;\n${text}`);
    expect(await told()).toMatch(
      /^dhcpd\.conf:1:1: warning: .*\nget-lease-hostnames on;\n\^\n[\s\S]*?dhcpd\.conf:3:16: notice: /,
    );
  });

  it("are all told in full with --verbose", async () => {
    writeFileSync(join(folder, "dhcpd.conf"), text);
    const all = await told("--verbose");
    expect(all.match(/: notice: /g)).toHaveLength(3);
    expect(all).toContain(`dhcpd.conf:2:16: ${notice}\n  pool { range 192.0.2.10 192.0.2.20; }\n`);
  });
});
