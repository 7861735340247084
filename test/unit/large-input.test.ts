// Long and deep inputs. A reader whose time grows with the square of its input takes hours for these: that each test comes
// to its end is what it shows.

import { describe, expect, it } from "vitest";
import { findKeaIssues } from "../../src/cli/kea-schema.ts";
import { CONFIG_OCTETS_MAX } from "../../src/config/language/source.ts";
import { loadConfig } from "../../src/config/load.ts";
import { parseRequest } from "../../src/control/request.ts";
import { importFile } from "../../src/import/import.ts";
import { readLeases } from "../../src/lease/file/leases-file.ts";
import { readHeartbeat, readMetadata } from "../../src/store/etcd/shared-values.ts";
import { JournalReader } from "../../src/store/journal/journal-recover.ts";

const OCTETS = 200_000;
const OCTETS_MOST = 10_000_000;
const HOSTS = 100_000;
/** What a text is repeated of. */
const PIECES = [
  ...[" ", "\n", "\r", "{", "}", "(", ";", '"', "\\", "/*", "# ", "a ", "a", "1", ",", "[", "\u00ff", "\0", "lease\n"],
  ...[
    "group { ",
    'if option host-name = "a" { ',
    "optoin a;\n",
    "subnet 10.0.0.0 netmask 255.0.0.0 { }\n",
    '{"a":',
    "a=b\n",
  ],
] as const;
/** What patterns try again at each place, if they are written so. */
const BLANKS = [" ", "a", "a "] as const;
/** What stands in front of it: each leads to another reader. */
const IMPORTED = {
  "ISC's configuration": "",
  "Kea's configuration": '{ "Dhcp4": ',
  "dnsmasq's configuration": "dhcp-range=a",
  "Kea's leases": "address,hwaddr,client_id,\n",
  "dnsmasq's leases": "1795230000 02:00:00:00:00:01 10.0.0.1 a *\n",
  "ISC's leases": "host a { dynamic; supersede host-name x",
} as const;

function repeated(piece: string, size: number): string {
  return piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
}

function imported(text: string): void {
  const readFile = (): { problem: string } => ({ problem: "there is no such file" });
  importFile("f", text, { readFile, findKeaIssues, now: 1_795_230_000 });
}

describe("a long text", () => {
  it("is read as a configuration, whatever it is repeated of", () => {
    for (const piece of PIECES) {
      const { config, diagnostics } = loadConfig("f", repeated(piece, OCTETS));
      expect((config === undefined) === diagnostics.some(({ severity }) => severity === "error")).toBe(true);
    }
  });

  it.each([" ", "a "])("of ten million octets is read as a configuration: %j", (piece) => {
    expect(loadConfig("f", repeated(piece, OCTETS_MOST)).diagnostics.length).toBeLessThan(1000);
  });

  it("that is longer than a configuration may be is refused as a whole", () => {
    const { config, diagnostics } = loadConfig("f", " ".repeat(CONFIG_OCTETS_MAX + 1));
    expect([config, diagnostics.length]).toEqual([undefined, 1]);
  });

  it.each(Object.entries(IMPORTED))("of blanks or one word is read as %s", (_name, start) => {
    for (const piece of BLANKS) {
      imported(start + repeated(piece, OCTETS));
      // Something behind it that ends the statement, and is no end that a pattern waits for.
      imported(`${start}${repeated(piece, OCTETS)}b; }\n`);
    }
  });

  it("is read as a route of Kea's", () => {
    const data = `10.0.0.0/8${" ".repeat(OCTETS)}10.0.0.1`;
    imported(JSON.stringify({ Dhcp4: { "option-data": [{ name: "classless-static-route", data }] } }));
  });

  it("is read as a lease file, whatever it is repeated of", () => {
    for (const piece of PIECES) {
      const octets = Buffer.from(`lease 10.0.0.1 {\n  client-hostname "${repeated(piece, OCTETS)}`, "latin1");
      const nothing = (): void => undefined;
      expect(readLeases(octets, 0, octets.length, nothing, nothing)).toBe(0);
      const reader = new JournalReader({ take: nothing, known: () => undefined });
      for (let at = 0; at < octets.length; at += 65_536) reader.push(octets.subarray(at, at + 65_536));
      expect(reader.finish().octets).toBe(octets.length);
    }
  });
});

describe("a configuration of a hundred thousand hosts", () => {
  const subnet = "subnet 10.0.0.0 netmask 255.0.0.0 { }\n";
  const hostOf = (name: string, n: number): string => {
    const [high, middle, low] = [n >>> 16, (n >>> 8) & 255, n & 255];
    const card = [high, middle, low].map((octet) => octet.toString(16)).join(":");
    return `host ${name} { hardware ethernet 2:0:0:${card}; fixed-address 10.${high}.${middle}.${low}; }\n`;
  };

  it("is read whole", () => {
    const hosts = Array.from({ length: HOSTS }, (_, n) => hostOf(`h${n}`, n + 1));
    expect(loadConfig("f", subnet + hosts.join("")).config?.hosts.length).toBe(HOSTS);
  });

  it("of one name, one card and one address is refused, and told of a bounded number of times", () => {
    const { config, diagnostics } = loadConfig("f", subnet + hostOf("a", 1).repeat(HOSTS));
    expect(config).toBeUndefined();
    expect(diagnostics.length).toBeLessThan(1000);
  });
});

describe("text of great depth", () => {
  it.each([10, 1000, 100_000])("%d levels deep is no request, no metadata and no heartbeat", (depth) => {
    const open = ["[", '{"command":', '{"format":'].map((piece) => piece.repeat(depth));
    for (const text of [...open, `${"[".repeat(depth)}${"]".repeat(depth)}`]) {
      const octets = Buffer.from(text);
      expect([parseRequest(text), readMetadata(octets), readHeartbeat(octets)]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }
  });
});
