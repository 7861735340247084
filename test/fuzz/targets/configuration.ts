// Texts of configurations: whatever they are, loading ends, says what is wrong in its place, and gives a model or errors.

import { DIAGNOSTICS_MAX } from "../../../src/base/limits/config.ts";
import type { FileReader } from "../../../src/config/language/include.ts";
import { formatDiagnostics, loadConfig, namesIn } from "../../../src/config/load.ts";
import { poolsOf } from "../../../src/lease/pools.ts";
import { LeaseTable } from "../../../src/lease/table/table.ts";
import { KEYS } from "../../support/lease-clients.ts";
import { check, octetsOfText, type Target, textOfOctets } from "../target.ts";

/** Addresses of the largest table that is made of what was loaded. */
const TABLE_MAX = 100_000;

const HOST_NAMES = new Map([["ns.example.org", [0x0a00_0035]]]);
const readFile: FileReader = (path) =>
  path.endsWith("part.conf") ? { text: "ping-timeout 2; }\nfrotz" } : { problem: "there is no such file" };

/** One statement of every kind, in pieces that are small enough to be run often. */
const SEEDS = [
  'option domain-name "example.org"; option domain-name-servers 10.0.0.53, ns.example.org; default-lease-time 600;\nnot authoritative; server-identifier 192.0.2.1; filename "f\\"\\101"; next-server 10.0.0.2; allow unknown-clients; listen on 192.0.2.53;\n',
  'shared-network "wire one" { option classless-static-routes 10.1/16 10.0.0.1, 0/0 10.0.0.1;\n subnet 10.0.0.0 netmask 255.255.255.0 { option routers 10.0.0.1; range 10.0.0.10 10.0.0.20; range dynamic-bootp 10.0.0.30; }\n subnet 10.0.1.0 netmask 255.255.255.128 { option domain-search "a.example", "b.example"; range 10.0.1.5 10.0.1.9; } }\n',
  'class "phones" { match if substring(option vendor-class-identifier, 0, 3) = "ph" and not (option agent.circuit-id = 1:2 or exists option architecture) or suffix(hardware, 2) != 0a:0b; filename "x"; }\nclass "ports" { match pick-first-value(option agent.remote-id, option user-class); } subclass "ports" 1:2; subclass "ports" "x" { }\n',
  "option space v; option v.a code 1 = array of { ip-address, integer 8 }; option v.a 10.0.0.1 2, 10.0.0.2 -3; vendor-option-space v;\noption mine code 200 = unsigned integer 16; option mine 99; option w code 201 = encapsulate v;\n",
  'if exists user-class and option v.a = 1:2 { filename "a"; } elsif known { deny booting; if hardware = 1:2 { option host-name = concat("ab", 1:2, encode-int(3, 8)); } } else { next-server 10.0.0.4; }\nif binary-to-ascii(16, 8, ":", substring(hardware, 1, 2)) = "2:0" { ignore booting; }\n',
  'set x = "y"; on commit { log(info, "x"); } ddns-update-style none; zone x. { key y; } log-facility local7; include "part.conf";\nclass "spawned" { spawn with option agent.circuit-id; } user-class "iPXE" { next-server 10.0.0.3; } vendor-class "v" { deny booting; }\n',
  'subnet 10.0.2.0 netmask 255.255.255.0 { pool { allow members of "phones"; deny known-clients; range 10.0.2.1 10.0.2.9; } }\ngroup { option vendor-encapsulated-options 1:2:ff; host printer { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.2.15; option boot-size 0x10; } host phone { option dhcp-client-identifier "phone"; deny booting; } }\n',
  'switch (option vendor-class-identifier) { case "a": filename "b"; break; default: deny booting; }\nallow leasequery; relays 10.9.9.9; lease-query-requestors 10.1.1.1; cluster { endpoints http://10.0.0.1:2379; }\n',
];
/** Everything that a terminal may be shown of a diagnostic. */
const SHOWN = /^[^\p{Cc}]*(?:[\n\t][^\p{Cc}]*)*$/u;

export const configurationTarget: Target = {
  name: "configuration",
  unit: "configurations",
  seeds: SEEDS.map(octetsOfText),
  words: [
    ...new Set(SEEDS.join(" ").split(/(\s+|[{};,.:/"()=])/)),
    ..."include failover lease execute ~= ~~ != 0x40 -1 /* */ // # \\ 255.255.255.255 4294967296 1e9 deny all members of array of record".split(
      " ",
    ),
  ]
    .filter((word) => word !== "")
    .map(octetsOfText),
  octetsMax: 800,
  run(octets) {
    const text = textOfOctets(octets);
    const { config, diagnostics, source } = loadConfig("f", text, { hostNames: HOST_NAMES, readFile });
    const hasError = diagnostics.some(({ severity }) => severity === "error");
    check((config === undefined) === hasError, () => "a configuration beside an error, or neither");
    check(diagnostics.length <= 3 * (DIAGNOSTICS_MAX + 1), () => `${diagnostics.length} diagnostics`);
    const lines = text.split("\n");
    for (const { file, line, column, message } of diagnostics) {
      check(message !== "" && line >= 1 && column >= 1, () => "a diagnostic that says nothing, or nowhere");
      if (file !== "f") continue;
      const shown = lines[line - 1];
      check(
        shown !== undefined && column <= shown.length + 1,
        () => `line ${line} column ${column} is not in the text`,
      );
    }
    check(SHOWN.test(formatDiagnostics(diagnostics, source)), () => "a diagnostic has what a terminal obeys");
    // Once more, and the table, which cost as much again: for every fourth.
    if (octets.length % 4 !== 0) return 1;
    for (const name of namesIn("f", text, readFile)) check(/^[\w.-]+$/.test(name), () => `${name} is no host name`);
    if (config === undefined) return 1;
    const pools = poolsOf(config);
    const size = pools.reduce(
      (sum, pool) => sum + pool.ranges.reduce((all, { first, last }) => all + last - first + 1, 0),
      0,
    );
    if (size <= TABLE_MAX)
      check(new LeaseTable(pools, KEYS).size === size, () => "the table has other addresses than the pools");
    return 1;
  },
};
