// Configurations of Kea's (test/imports), served by Debian's kea-dhcp4 and by us with what is imported of them: the
// import keeps the meaning. Every subnet is asked by a relay for clients of every kind and for reserved ones; answers
// are compared octet by octet, addresses by their pool. `ANYDHCPD_KEA_CONFIGURATIONS=DIRECTORY` names other files.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findKeaIssues } from "../../src/cli/kea-schema.ts";
import { importKeaConfig } from "../../src/import/kea-config.ts";
import { Daemon } from "../support/daemon.ts";
import { debianTool } from "../support/debian-packages.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { answers, differences, FENCE, SERVER_INTERFACE, UNSHIELDED_FENCE } from "./asking.ts";
import { keaComparison, keaQuestions, readKea, startKea, withoutUsualTimes } from "./kea-server.ts";

const FOLDER = process.env["ANYDHCPD_KEA_CONFIGURATIONS"] ?? join(import.meta.dirname, "../imports");
const FILES = readdirSync(FOLDER).filter((name) => /^kea.*\.conf$/.test(name));

/** The server's own link, and the fence's. */
const SURROUNDINGS = `
subnet 198.18.255.0 netmask 255.255.255.252 { }
subnet ${FENCE.network} netmask 255.255.255.0 { range ${FENCE.address}; }
`;

/** Files that Debian's Kea does not load, and why. */
const NOT_KEA: ReadonlyMap<string, string> = new Map([
  ["kea-newer.conf", "members that came after Kea 2.2"],
  ["kea-office.conf", "a pool outside its subnet, and options that Kea 2.2 does not name"],
]);

/** Differences that are meant, by file and text; each must be needed. */
const EXPLANATIONS: readonly { readonly file: RegExp; readonly difference: RegExp; readonly why: string }[] = [
  {
    file: /^kea-(?!newer|office)/,
    difference: /^Windows .*option 12 -, Kea 6f66666963652d7063/,
    why: "Kea returns a client's own host name to it, as it would be registered in the DNS.",
  },
  {
    file: /^kea-(?:expressions|hosts)/,
    difference: /siaddr 198\.18\.255\.1, Kea 0\.0\.0\.0$/,
    why: "Without next-server a client that gets a boot file gets our address with it; some boot ROMs need one.",
  },
  {
    file: /^kea-(?:home|options)/,
    difference: /option 119 \w+c0\w+, Kea \w+$/,
    why: "We compress a search list, as RFC 3397 demands.",
  },
  {
    file: /^kea-options/,
    difference: /option 33 -, Kea 0a000000c0000201$/,
    why: "A client that asks for classless routes, too, gets no static routes, as RFC 3442 demands.",
  },
  {
    file: /^kea-options/,
    difference: /option 125 0000118b060204c0000202, Kea 0000118b00$/,
    why: "Kea sends those of a vendor's options that the client names in its own option 125, here all.",
  },
  {
    file: /^kea-hosts/,
    difference: /^host 01aabbccddeeff .*address of pool 0, Kea 198\.51\.100\.42$/,
    why: "A reservation of the top level gives its address on every network; here only where it lies.",
  },
  {
    file: /^kea-hosts/,
    difference: /^host 01aabbccddeeff .*address 198\.51\.100\.42, Kea of pool 1$/,
    why: "Kea has a lease of that address on the other network by now, which is not the client's here.",
  },
  {
    file: /^kea-pxe/,
    difference: /^host 02:00:5e:00:53:21 via 198\.51\.100\.1, \w+: sname other\.example\.org, Kea $/,
    why: "A host without an address counts on every network; the import says so.",
  },
  {
    file: /^kea-shared/,
    difference: /^host 02:00:5e:00:53:30 via 192\.0\.2\.\d+, \w+: option 12 6b6e6f776e, Kea -$/,
    why: "A host without an address counts on every network; the import says so.",
  },
  {
    file: /^kea-timers/,
    difference: /^(?:Windows|PXE .*|UEFI .*|iPXE) via (?:198\.51\.100|203\.0\.113)\.1, \w+: option 5[89]/,
    why: "Shares of a class's lease time are written where no network has times of its own; the import says so.",
  },
];

it.skipIf(!mayMakeNetworks).for(FILES)("what is imported of %s means what it means to Kea", async (file, { skip }) => {
  const text = readFileSync(join(FOLDER, file), "latin1");
  const imported = importKeaConfig(file, text, { findKeaIssues });
  if ("problem" in imported) throw new Error(`${file}:${imported.place.line}: ${imported.problem}`);
  const program = await debianTool("kea-dhcp4-server", "usr/sbin/kea-dhcp4");
  if (program === undefined) return skip("kea-dhcp4-server cannot be had");
  const dhcp4 = readKea(file, text);
  const questions = keaQuestions(dhcp4);
  const theirs = await answers(questions, (network, server) => startKea(network, server, program, dhcp4));
  expect(theirs === undefined, "Kea refuses it").toBe(NOT_KEA.has(file));
  if (theirs === undefined) return;
  const ours = await answers(questions, async (network, server) => {
    // Kea checks no address before it gives it, and waits for no disk.
    const config = `ping-check false;\ndont-use-fsync on;\n${imported.text}${SURROUNDINGS}${UNSHIELDED_FENCE}`;
    await Daemon.start(network, server, { config, args: [SERVER_INTERFACE] });
    return true;
  });
  const comparison = keaComparison(dhcp4);
  const [mine, other] = [ours?.map(withoutUsualTimes), theirs.map(withoutUsualTimes)];
  const found = questions.flatMap((question, index) => differences(comparison, question, mine?.[index], other[index]));
  const explanations = EXPLANATIONS.filter((explanation) => explanation.file.test(file));
  expect(found.filter((line) => !explanations.some(({ difference }) => difference.test(line)))).toEqual([]);
  expect(explanations.filter(({ difference }) => !found.some((line) => difference.test(line)))).toEqual([]);
});
