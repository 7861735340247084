// Whatever a file says, its import ends, and what comes out loads: other servers' files cut, moved and
// overwritten, and configurations of Kea's made of whatever its members may be.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findKeaIssues } from "../../src/cli/kea-schema.ts";
import type { FileReader } from "../../src/config/language/include.ts";
import { loadConfig } from "../../src/config/load.ts";
import { kindOf } from "../../src/import/file-kind.ts";
import { importFile } from "../../src/import/import.ts";
import { formatNotice } from "../../src/import/notice.ts";
import { readLeases } from "../../src/lease/file/leases-file.ts";

const TEST = join(import.meta.dirname, "..");
const textOf = (path: string): string => readFileSync(join(TEST, path), "latin1");

const readFile: FileReader = (path) =>
  path.endsWith("part.conf") ? { text: "ping-timeout 2; }\nfrotz" } : { problem: "there is no such file" };

const ISC = ["pxe-lab", "isp-option82", "expressions", "omapi", "ddns", "small-office"]
  .map((name) => textOf(`configurations/${name}.conf`))
  .concat('include "part.conf"; subnet 10.0.0.0 netmask 255.0.0.0 { include "part.conf"; range 10.0.0.1; }');
const KEA = [textOf("imports/kea-office.conf"), textOf("imports/kea-vendor.conf")];
const LEASES = textOf("imports/kea-leases4.csv");
const OTHER_LEASES = [textOf("imports/dnsmasq.leases"), textOf("imports/isc-omapi.leases")];

/** Checks what must hold for any text. */
function checkAnyText(text: string): void {
  const imported = importFile("f", text, { readFile, findKeaIssues, now: 1_795_230_000 });
  if ("problem" in imported) {
    expect(imported.problem).not.toBe("");
    return;
  }
  for (const notice of imported.notices) {
    expect(notice.line).toBeGreaterThanOrEqual(1);
    // Nothing that a terminal obeys gets through.
    expect(formatNotice(notice)).toMatch(/^[^\p{Cc}]+\n$/u);
  }
  if (/^(?:kea|dnsmasq)-leases$/.test(kindOf(text))) return checkLeases(imported.text);
  // What comes of ISC's lease file is a piece of a configuration.
  const rest = kindOf(text) === "isc-leases" ? "subnet 0.0.0.0 netmask 0.0.0.0 { }" : "";
  const { diagnostics } = loadConfig("made", `${imported.text}${rest}`);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
}

function checkLeases(text: string): void {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const damage: string[] = [];
  readLeases(
    bytes,
    0,
    bytes.length,
    () => undefined,
    (_, message) => damage.push(message),
  );
  expect(damage).toEqual([]);
}

function edited(sources: readonly string[], pieces: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(10_000),
    remove: fc.nat(30),
    insert: fc.oneof(fc.constant(""), fc.constantFrom(...pieces), fc.string({ unit: "binary", maxLength: 6 })),
  });
  return fc
    .record({ source: fc.constantFrom(...sources), edits: fc.array(edit, { minLength: 1, maxLength: 6 }) })
    .map(({ source, edits }) => {
      let text = source;
      for (const { at, remove, insert } of edits) {
        const start = at % (text.length + 1);
        text = text.slice(0, start) + insert + text.slice(start + remove);
      }
      return text;
    });
}

const ISC_PIECES = [
  "{",
  "}",
  ";",
  '"',
  "\\",
  "//",
  "/*",
  "#",
  "\n",
  "\r",
  "else",
  "if known {",
  "class",
  "(",
  "= {",
  "of {",
];
const KEA_PIECES = [
  "{",
  "}",
  "[",
  "]",
  ",",
  '"',
  ":",
  "null",
  "-1",
  "1e9",
  "\\u0000",
  "'",
  "0x",
  "\n",
  "DROP",
  "KNOWN",
];

describe("the import", () => {
  it("makes configurations that load of ISC's, whatever is wrong with them", () => {
    fc.assert(fc.property(edited(ISC, ISC_PIECES), checkAnyText), { numRuns: 400 });
  });

  it("makes configurations that load of Kea's, or says why it cannot", () => {
    fc.assert(fc.property(edited(KEA, KEA_PIECES), checkAnyText), { numRuns: 400 });
  });

  it("makes configurations that load of dnsmasq's", () => {
    const pieces = ["=", ",", "tag:lan,", "set:x,", "!", '"', "#", "\n", "option:", "0.0.0.0"];
    fc.assert(fc.property(edited([textOf("imports/dnsmasq-home.conf")], pieces), checkAnyText), { numRuns: 300 });
  });

  it("makes lease files that are read without complaint", () => {
    fc.assert(fc.property(edited(OTHER_LEASES, [" ", "\n", "*", "{", "}", ";", '"', "dynamic;"]), checkAnyText), {
      numRuns: 300,
    });
    fc.assert(fc.property(edited([LEASES], [",", "\n", "0x", "4294967295", "&#x22", "&#x0a"]), checkAnyText), {
      numRuns: 400,
    });
  });

  it("survives every truncation of a configuration", () => {
    for (const text of [...ISC.slice(0, 1), ...KEA.slice(1)]) {
      for (let length = 0; length <= text.length; length += 7) checkAnyText(text.slice(0, length));
    }
  });

  it("makes configurations that load of maps whose members are anything", () => {
    const text = fc.oneof(
      fc.constantFrom(
        "10.1.0.0/24",
        "10.1.0.1 - 10.1.0.9",
        "10.1.0.7",
        "uint8",
        "record",
        "uint8, string",
        "dhcp4",
        "a",
        "b c",
      ),
      fc.constantFrom(
        "option[60].hex == 'x'",
        "member('a')",
        "01:02:03:04:05:06",
        "routers",
        "DROP",
        "UNKNOWN",
        "",
        '"',
        "0x",
      ),
      fc.string({ unit: "binary", maxLength: 5 }),
    );
    const names = [
      ..."valid-lifetime max-valid-lifetime subnet pool pools reservations option-data option-def client-classes".split(
        " ",
      ),
      ..."name code data space type array record-types encapsulate test subnet4 shared-networks client-class".split(
        " ",
      ),
      ..."next-server boot-file-name hw-address client-id circuit-id ip-address hostname csv-format".split(" "),
      ..."require-client-classes match-client-id authoritative hooks-libraries interfaces-config dhcp-ddns".split(" "),
    ];
    const { node } = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        text,
        fc.nat(300),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("node"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names), tie("node"), { maxKeys: 6 }),
      ),
    }));
    const lists = fc.record(
      {
        "option-def": fc.array(
          fc.dictionary(fc.constantFrom("name", "code", "type", "space", "encapsulate"), fc.oneof(text, fc.nat(260))),
        ),
        "client-classes": fc.array(
          fc.dictionary(fc.constantFrom("name", "test", "option-data", "boot-file-name"), node),
        ),
        subnet4: fc.array(fc.dictionary(fc.constantFrom(...names), node)),
        "option-data": fc.array(fc.dictionary(fc.constantFrom("name", "code", "data", "space", "csv-format"), node)),
        "valid-lifetime": node,
        "shared-networks": node,
        reservations: node,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(lists, (dhcp4) => checkAnyText(JSON.stringify({ Dhcp4: dhcp4 }))),
      { numRuns: 500 },
    );
  });
});
