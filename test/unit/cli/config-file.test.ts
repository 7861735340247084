// Configurations read from disk, with the files that they include.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readConfigFile } from "../../../src/cli/config-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "config-file-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const SUBNET = "subnet 10.0.0.0 netmask 255.255.255.0 { }\n";

describe("readConfigFile", () => {
  it("reads the files that a configuration includes, anew at every load", async () => {
    mkdirSync(join(folder, "d"));
    const path = write("dhcpd.conf", 'include "d/more.conf";\n');
    write("d/more.conf", `default-lease-time 60;\n${SUBNET}`);
    expect((await readConfigFile(path)).config?.globalScope.defaultLeaseSeconds).toBe(60);
    write("d/more.conf", `default-lease-time 61;\n${SUBNET}`);
    expect((await readConfigFile(path)).config?.globalScope.defaultLeaseSeconds).toBe(61);
  });

  it("names the included file in its errors, and shows the line", async () => {
    const path = write("dhcpd.conf", `include "ä.conf";\n${SUBNET}`);
    const other = write("ä.conf", "frob 1;\n");
    const { text, config } = await readConfigFile(path);
    expect(config).toBeUndefined();
    expect(text).toBe(`${other}:1:1: error: there is no statement "frob"
frob 1;
^
  expected: a statement of dhcpd.conf(5)
  included at ${path}:1:1
`);
  });

  it("says why a file cannot be included, and does not wait for a pipe", async () => {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    const path = write("dhcpd.conf", `include "pipe"; include "."; include "none"; include "a\\0b";\n${SUBNET}`);
    const { diagnostics } = await readConfigFile(path);
    expect(diagnostics.map((d) => d.message.replaceAll(`${folder}/`, ""))).toEqual([
      "pipe cannot be included: it is no regular file",
      ". cannot be included: it is no regular file",
      "none cannot be included: there is no such file",
      "a\0b cannot be included: it cannot be read: ERR_INVALID_ARG_VALUE",
    ]);
  });

  it("refuses, as the daemon does, a file that is outside the directory, and says what to do [C5]", async () => {
    mkdirSync(join(folder, "dhcp"));
    const key = write("rndc.key", 'key "k" { algorithm hmac-md5; secret "AA=="; }\n');
    symlinkSync("../rndc.key", join(folder, "dhcp/link.key"));
    const problem =
      `it is outside ${folder}/dhcp, and the daemon sees only the files of the configuration below that directory: ` +
      "copy it there and name the copy; an include of a file that has only keys and zones can be left out";
    for (const name of [key, "../rndc.key", "link.key"]) {
      const path = write("dhcp/dhcpd.conf", `include "${name}";\n${SUBNET}`);
      expect((await readConfigFile(path)).config, name).toBeDefined();
      const { config, diagnostics } = await readConfigFile(path, true);
      expect(config, name).toBeUndefined();
      expect(diagnostics[0]?.message).toContain(`cannot be included: ${problem}`);
    }
  });

  it("says the same of a file outside that the daemon does not see at all [C5]", async () => {
    const path = write("dhcpd.conf", `include "/nowhere/rndc.key";\n${SUBNET}`);
    const { diagnostics } = await readConfigFile(path);
    expect(diagnostics[0]?.message).toContain(`it is outside ${folder}, and the daemon sees only the files`);
  });

  it("takes a file beside the main one where that is a link [C5]", async () => {
    mkdirSync(join(folder, "real"));
    write("real/dhcpd.conf", `include "${folder}/real/more.conf";\n${SUBNET}`);
    write("real/more.conf", "default-lease-time 60;\n");
    mkdirSync(join(folder, "etc"));
    symlinkSync("../real/dhcpd.conf", join(folder, "etc/dhcpd.conf"));
    expect((await readConfigFile(join(folder, "etc/dhcpd.conf"), true)).config).toBeDefined();
  });
});
