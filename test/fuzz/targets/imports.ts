// Other servers' files: an import ends, and what comes out loads.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findKeaIssues } from "../../../src/cli/kea-schema.ts";
import type { FileReader } from "../../../src/config/language/include.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { kindOf } from "../../../src/import/file-kind.ts";
import { importFile } from "../../../src/import/import.ts";
import { formatNotice } from "../../../src/import/notice.ts";
import { readLeases } from "../../../src/lease/file/leases-file.ts";
import { ROOT } from "../root.ts";
import { check, octetsOfText, type Target, textOfOctets } from "../target.ts";

const NOW = 1_795_230_000;
const readFile: FileReader = (path) =>
  path.endsWith("part.conf") ? { text: "ping-timeout 2; }\nfrotz" } : { problem: "there is no such file" };

function checkLeases(text: string): void {
  const octets = octetsOfText(text);
  const damage: string[] = [];
  readLeases(
    octets,
    0,
    octets.length,
    () => undefined,
    (_at, message) => damage.push(message),
  );
  check(damage.length === 0, () => `the leases that were made cannot be read: ${damage.join()}`);
}

function checkImport(octets: Uint8Array): number {
  const text = textOfOctets(octets);
  const imported = importFile("f", text, { readFile, findKeaIssues, now: NOW });
  if ("problem" in imported) {
    check(imported.problem !== "", () => "a problem without a word");
    return 1;
  }
  for (const notice of imported.notices) {
    check(notice.line >= 1, () => `a notice of line ${notice.line}`);
    check(/^[^\p{Cc}]+\n$/u.test(formatNotice(notice)), () => "a notice has what a terminal obeys");
  }
  const kind = kindOf(text);
  if (kind === "kea-leases" || kind === "dnsmasq-leases") {
    checkLeases(imported.text);
    return 1;
  }
  // What comes of ISC's lease file is a piece of a configuration, which may lack the subnets.
  const rest = kind === "isc-leases" && !imported.text.includes("subnet") ? "subnet 0.0.0.0 netmask 0.0.0.0 { }" : "";
  const { diagnostics } = loadConfig("made", `${imported.text}${rest}`);
  const error = diagnostics.find(({ severity }) => severity === "error");
  check(
    error === undefined,
    () => `the configuration that was made has an error in line ${error?.line}: ${error?.message}\n${imported.text}`,
  );
  return 1;
}

/** A file of the tests, or its first octets. */
function fileOf(path: string, most = 900): Uint8Array {
  return new Uint8Array(readFileSync(join(ROOT, "test", path))).slice(0, most);
}

const ISC_WORDS =
  '{ } ; " \\ // /* # \n else if class ( ) = {" of host subnet include part.conf; fixed-address range lease uid dynamic; supersede group deleted;';
const KEA_WORDS =
  '{ } [ ] , " : null true -1 1e9 \\u0000 \' 0x \n DROP KNOWN "Dhcp4": "subnet4": "pools": "option-data": "client-classes": "reservations": "test": "option[60].hex == "hex" "valid-lifetime": /* // #';
const DNSMASQ_WORDS =
  '= , tag:lan, set:x, ! " # \n option: 0.0.0.0 dhcp-range= dhcp-host= dhcp-option= dhcp-boot= dhcp-match= infinite 12h ignore net: id: *';

function targetOf(name: string, seeds: readonly Uint8Array[], words: string): Target {
  return { name, unit: "files", seeds, words: words.split(" ").map(octetsOfText), octetsMax: 1500, run: checkImport };
}

export const IMPORT_TARGETS: readonly Target[] = [
  targetOf(
    "import-isc",
    [
      ...["pxe-lab", "isp-option82", "omapi", "small-office"].map((file) => fileOf(`configurations/${file}.conf`)),
      octetsOfText('include "part.conf"; subnet 10.0.0.0 netmask 255.0.0.0 { include "part.conf"; range 10.0.0.1; }\n'),
      fileOf("imports/isc-omapi.leases"),
    ],
    ISC_WORDS,
  ),
  targetOf(
    "import-kea",
    [
      octetsOfText(
        JSON.stringify({
          Dhcp4: {
            "valid-lifetime": 600,
            "client-classes": [{ name: "a", test: "option[60].hex == 'x' and member('KNOWN')", "boot-file-name": "b" }],
            subnet4: [
              {
                id: 1,
                subnet: "10.0.0.0/24",
                pools: [{ pool: "10.0.0.1 - 10.0.0.9", "client-class": "a" }],
                "option-data": [{ name: "routers", data: "10.0.0.1" }],
                reservations: [{ "hw-address": "02:00:00:00:00:01", "ip-address": "10.0.0.7" }],
              },
            ],
          },
        }),
      ),
      octetsOfText(
        '{ "Dhcp4": { "option-def": [ { "name": "a", "code": 200, "type": "record", "record-types": "uint8, string" } ], # x\n "shared-networks": [ { "name": "n", "subnet4": [ { "subnet": "10.1.0.0/24" } ] } ] } }',
      ),
      fileOf("imports/kea-leases4.csv"),
    ],
    KEA_WORDS,
  ),
  targetOf(
    "import-dnsmasq",
    [
      fileOf("imports/dnsmasq-home.conf"),
      fileOf("imports/dnsmasq.leases"),
      octetsOfText(
        "dhcp-range=set:lan,192.0.2.10,192.0.2.20,255.255.255.0,12h\ndhcp-host=02:00:00:00:00:01,id:abc,pc,192.0.2.15,infinite\ndhcp-option=tag:lan,option:router,192.0.2.1\ndhcp-option=43,01:02\ndhcp-match=set:x,60,PXE\ndhcp-boot=tag:x,a,b,192.0.2.9\n",
      ),
    ],
    DNSMASQ_WORDS,
  ),
];
