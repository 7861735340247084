// The configurations that come with the program load without a word of complaint.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { configOf, headsOf } from "../../support/config-text.ts";

const ETC = join(import.meta.dirname, "../../../etc");

const files = readdirSync(ETC, { recursive: true, encoding: "utf8" }).filter((name) => {
  if (!name.endsWith(".conf")) return false;
  // pf rules and the files of routing daemons end in .conf as well.
  return !name.endsWith("pf.conf") && !name.includes("nftables") && !name.startsWith("anycast/");
});

function textOf(name: string): string {
  return readFileSync(join(ETC, name), "latin1");
}

describe("the examples in etc/", () => {
  it("are there", () => {
    expect(files).toEqual(expect.arrayContaining(["dhcpd.conf", "examples/anycast-backend.conf"]));
  });

  it.each(files)("%s loads without errors or warnings", (name) => {
    expect(headsOf(textOf(name))).toEqual([]);
    expect(configOf(textOf(name)).subnets.length).toBeGreaterThan(0);
  });

  it("listen on the anycast address behind relays", () => {
    const config = configOf(textOf("examples/anycast-backend.conf"));
    expect(config.listenAddresses.map(formatIpv4)).toEqual(["192.0.2.53"]);
    expect(config.globalScope.pingCheck).toBe(false);
  });

  it("have 15 statements or fewer for a home router", () => {
    const statements = textOf("dhcpd.conf")
      .split("\n")
      .filter((line) => !/^\s*(#|$)/.test(line));
    expect(statements.length).toBeLessThanOrEqual(15);
  });
});
