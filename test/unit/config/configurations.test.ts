// Configurations as people have them (test/configurations): what each comes to, or what people are told,
// is kept beside it as a text. Each loads, or fails with errors that name a place and what to do.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FileReader } from "../../../src/config/language/include.ts";
import { formatDiagnostics, type LoadResult, loadConfig } from "../../../src/config/load.ts";
import { HOST_NAMES } from "../../support/host-names.ts";

const FOLDER = join(import.meta.dirname, "../../configurations");

const files = [
  ...readdirSync(FOLDER).filter((name) => name.endsWith(".conf")),
  "include-tree/dhcpd.conf",
  "telephony/dhcpd.conf",
];

const readFile: FileReader = (path) => {
  const file = join(FOLDER, path);
  return existsSync(file) && !path.startsWith("/")
    ? { text: readFileSync(file, "latin1") }
    : { problem: "there is no such file" };
};

function load(name: string): LoadResult {
  return loadConfig(name, readFileSync(join(FOLDER, name), "latin1"), { hostNames: HOST_NAMES, readFile });
}

function outcomeOf({ config, diagnostics, source }: LoadResult): string {
  const said = formatDiagnostics(diagnostics, source);
  if (config === undefined) return `${said}does not load\n`;
  const { subnets, pools, hosts, classes } = config;
  const count = classes.rules.length;
  return `${said}loads: ${subnets.length} subnets, ${pools.length} pools, ${hosts.length} hosts, ${count} classes and branches\n`;
}

describe("a configuration from practice", () => {
  it.each(files)("%s comes to what is kept beside it", async (name) => {
    await expect(outcomeOf(load(name))).toMatchFileSnapshot(join(FOLDER, name.replace(/\.conf$/, ".outcome")));
  });

  it.each([
    "provisioning-host.conf",
    "machine-cloud.conf",
    "install-server.conf",
    "diskless-cluster.conf",
    "switch-provisioning.conf",
    "telephony/dhcpd.conf",
    "edge-router.conf",
  ])("%s, as a tool or a router has it, loads without an edit [C1] [C2] [C3] [C8] [C9] [C13] [C18] [C26]", (name) => {
    const { config, diagnostics } = load(name);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(config?.subnets.length).toBeGreaterThan(0);
  });

  it("gives a switch its image and configuration in one option 43 [C9]", () => {
    const { config } = load("switch-provisioning.conf");
    const host = config?.hosts.find(({ name }) => name === "leaf1");
    const [subnet] = config?.subnets ?? [];
    const octets = subnet && config?.scopeOf(subnet, host).options.get(43);
    const texts = ["/dist/switch-20.4.tgz", "/configs/leaf1.config", "symlink", "http"];
    const expected = texts.map((text, code) => String.fromCharCode(code, text.length) + text).join("");
    expect(Buffer.from(octets ?? []).toString("latin1")).toBe(expected);
  });

  it.each(files)("%s has no complaint without a place and, if it is an error, something to do", (name) => {
    for (const { severity, file, line, column, expected } of load(name).diagnostics) {
      expect(file).not.toBe("");
      expect(line).toBeGreaterThan(0);
      expect(column).toBeGreaterThan(0);
      if (severity === "error") expect(expected).toMatch(/\w/);
    }
  });
});
