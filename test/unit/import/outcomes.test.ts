// Files of other servers as people have them (test/imports, test/configurations): what comes of each, and
// what is said to be lost, is kept as a text. What comes out loads.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findKeaIssues } from "../../../src/cli/kea-schema.ts";
import type { FileReader } from "../../../src/config/language/include.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { kindOf } from "../../../src/import/file-kind.ts";
import { importFile } from "../../../src/import/import.ts";
import { formatNotice, type Imported } from "../../../src/import/notice.ts";

const TEST = join(import.meta.dirname, "../..");

const readFile: FileReader = (path) => {
  const file = join(TEST, path);
  return existsSync(file) && !path.startsWith("/")
    ? { text: readFileSync(file, "latin1") }
    : { problem: "there is no such file" };
};

function importOf(path: string): Imported {
  const imported = importFile(path, readFileSync(join(TEST, path), "latin1"), {
    readFile,
    findKeaIssues,
    now: 1_795_230_000,
  });
  if ("problem" in imported) throw new TypeError(`${path}:${imported.place.line}: ${imported.problem}`);
  return imported;
}

const keaFiles = readdirSync(join(TEST, "imports")).filter((name) => /\.(conf|csv|leases)$/.test(name));
const iscFiles = ["ddns", "expressions", "failover-pair", "isp-option82", "omapi", "include-tree/dhcpd"].map(
  (name) => `${name}.conf`,
);
const paths = [
  ...keaFiles.map((name) => `imports/${name}`),
  ...readdirSync(join(TEST, "configurations"))
    .filter((name) => name.endsWith(".conf"))
    .map((name) => `configurations/${name}`),
  "configurations/include-tree/dhcpd.conf",
];

describe("the import", () => {
  it.each([...keaFiles.map((name) => `imports/${name}`), ...iscFiles.map((name) => `configurations/${name}`)])(
    "of %s comes to what is kept",
    async (path) => {
      const { text, notices } = importOf(path);
      const kept = `${path.replace(/^\w+\//, "").replace(/[/.]/g, "-")}.outcome`;
      const told = notices.map(formatNotice).join("");
      await expect(`${text}==== said:\n${told}`).toMatchFileSnapshot(join(TEST, "imports", kept));
    },
  );

  it.each(paths.filter((path) => path.endsWith(".conf")))("of %s loads, and what has no effect is told", (path) => {
    const { text, notices } = importOf(path);
    const { diagnostics } = loadConfig("made", text);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const idle = diagnostics.filter(({ hasNoEffect }) => hasNoEffect);
    expect(notices.filter(({ kind }) => kind === "idle")).toHaveLength(idle.length);
  });

  it.each(paths)("of %s names lines that the file has", (path) => {
    for (const { file, line } of importOf(path).notices) {
      const { length } = readFileSync(join(TEST, file), "latin1").split("\n");
      expect(line).toBeGreaterThan(0);
      expect(line).toBeLessThanOrEqual(length);
    }
  });
});

describe("kindOf", () => {
  it.each([
    ["{}", "kea-config"],
    ["\n# a\n// b\n/* c\n*/ { }", "kea-config"],
    ["\xef\xbb\xbf{}", "kea-config"],
    ['/ a slash too few\n{ "Dhcp4": { } }', "kea-config"],
    ['"Dhcp4": { "valid-lifetime": 600 }', "kea-config"],
    ["address,hwaddr,client_id,valid_lifetime\n", "kea-leases"],
    ["subnet 10.0.0.0 netmask 255.0.0.0 { }", "isc-config"],
    ["9 02:00:5e:00:53:02 192.168.1.13 * *\n", "dnsmasq-leases"],
    ["duid 00:01:00:01\n9 4 fd00::1 * 00:01\n", "dnsmasq-leases"],
    ["# a router\ndomain-needed\n", "dnsmasq-config"],
    ["dhcp-range=10.0.0.1,10.0.0.9 # ten\n", "dnsmasq-config"],
    ["DHCPDARGS=eth0;\n", "isc-config"],
    ["authoritative\n;", "isc-config"],
    ["# a comment\nlease 192.0.2.1 {\n", "isc-leases"],
    ["host a {\n  dynamic;\n", "isc-leases"],
    ["host a { hardware ethernet 02:00:5e:00:53:02; }", "isc-config"],
    ["", "isc-config"],
    ["# nothing", "isc-config"],
  ])("tells that %j is %s", (text, kind) => {
    expect(kindOf(text)).toBe(kind);
  });
});
