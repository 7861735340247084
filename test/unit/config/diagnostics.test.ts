// What people are told about wrong configurations, word for word. The cases stand in
// diagnostics/*.txt: a configuration between `>>>` and `<<<`, then everything that is said about it.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { DIAGNOSTICS_MAX } from "../../../src/base/limits/config.ts";
import { NESTING_MAX } from "../../../src/config/language/parser.ts";
import { CONFIG_OCTETS_MAX } from "../../../src/config/language/source.ts";
import { loadConfig, namesIn } from "../../../src/config/load.ts";
import { complaintsOf, headsOf } from "../../support/config-text.ts";

const FOLDER = join(import.meta.dirname, "diagnostics");

/** Configuration and what is said about it, of every case in a file. */
function casesIn(name: string): { text: string; said: string }[] {
  return readFileSync(join(FOLDER, name), "latin1")
    .split(/^>>>\n/m)
    .slice(1)
    .map((part) => {
      const [text = "", said = ""] = part.split(/^<<<\n/m);
      return { text, said: said.trimEnd() };
    });
}

for (const name of readdirSync(FOLDER)) {
  describe(`the complaints in ${name}`, () => {
    it.each(casesIn(name))("are right for $text", ({ text, said }) => {
      expect(complaintsOf(text).trimEnd()).toBe(said);
    });
  });
}

describe("loadConfig", () => {
  it("reports every error of a file in one run, in the order of the text", () => {
    const text = `option domain-name-servers 9.9.9.9
default-lease-time 1h;
frotz on;
subnet 10.0.0.0 netmask 255.255.255.0 {
  range 10.0.0.10 10.0.0.300;
  option routers 10.0.0.1;
  option option-200 abc;
  failover "x" { option frotz 1; }
  range 10.0.0.10 10.0.0.20;
  range 10.0.0.20 10.0.0.30;
  host a { hardware ethernet 1; fixed-address 10.9.9.9; }
}
}
option boot-size 70000;
`;
    expect(headsOf(text)).toEqual([
      "1:35 error the ; is missing",
      "2:20 error 1h is not a decimal number: write 3600",
      '3:1 error there is no statement "frotz"',
      "5:19 error 10.0.0.300 is not an IP address: 300 is above 255",
      "7:21 error abc could be a text or a number",
      "8:3 error the statement failover is not supported: servers share leases by a cluster block, and without one two that give out the same range would give one address to two clients",
      "10:9 error this range overlaps another: 10.0.0.20 is in both",
      "11:30 error 1 octet here",
      "11:47 warning 10.9.9.9 is in no subnet: no client gets it",
      "13:1 error this } closes nothing",
      "14:18 error 70000 is out of range",
    ]);
    expect(loadConfig("dhcpd.conf", text).config).toBeUndefined();
  });

  it("says nothing of hosts in no subnet when a subnet could not be read", () => {
    const text = `subnet 10.0.0.1 netmask 255.255.255.0 { }
host a { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.5; }`;
    expect(headsOf(text)).toEqual(["1:8 error 10.0.0.1 is not the number of a /24 network"]);
  });

  it("stops telling at the limit and says how much is left out", () => {
    const heads = headsOf("frotz on;\n".repeat(DIAGNOSTICS_MAX + 5));
    expect(heads.filter((head) => head.includes("no statement"))).toHaveLength(DIAGNOSTICS_MAX);
    expect(heads.at(-1)).toBe(`${DIAGNOSTICS_MAX}:1 error 5 more errors are not shown`);
  });

  it.each([
    ["statements", (i: number) => `frotz${i} 1;\n`],
    ["options", (i: number) => `option frotz${i} 1;\n`],
    ["option spaces", (i: number) => `option frotz${i}.a 1;\n`],
    ["classes", (i: number) => `class "c${i}" { match hardware; }\nsubclass "d${i}" 1:2;\n`],
  ])("looks for the nearest name of unknown %s only where it is told [B11] [B13]", (_, line) => {
    const looks = vi.spyOn(String.prototype, "toLowerCase");
    const looksOf = (lines: number): number => {
      looks.mockClear();
      loadConfig("dhcpd.conf", Array.from({ length: lines }, (__, i) => line(i)).join(""));
      return looks.mock.calls.length;
    };
    try {
      const few = looksOf(1000);
      expect(looksOf(2000)).toBeLessThan(3 * few);
    } finally {
      looks.mockRestore();
    }
  });

  it("nests blocks to the limit and refuses one more", () => {
    const nested = (depth: number): string => `${"group { ".repeat(depth)}${"} ".repeat(depth)}`;
    expect(headsOf(nested(NESTING_MAX)).filter((head) => head.includes("error"))).toEqual([]);
    expect(headsOf(nested(NESTING_MAX + 1)).filter((head) => head.includes("error"))).toEqual([
      `1:${8 * NESTING_MAX + 7} error blocks are nested more than ${NESTING_MAX} deep`,
    ]);
  });

  it("refuses a text beyond the limit without reading it", () => {
    const text = "#".repeat(CONFIG_OCTETS_MAX + 1);
    expect(headsOf(text)).toEqual([`1:1 error the file has ${CONFIG_OCTETS_MAX + 1} octets`]);
    expect(namesIn("dhcpd.conf", text)).toEqual([]);
  });

  it("survives a hundred thousand opening braces and quotes", () => {
    const most = 3 * (DIAGNOSTICS_MAX + 1);
    expect(headsOf("group {".repeat(100_000)).length).toBeLessThanOrEqual(most);
    expect(headsOf('"\\;'.repeat(100_000)).length).toBeLessThanOrEqual(most);
  });
});
