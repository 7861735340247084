// Configurations from practice (test/configurations), served by us and by Debian's isc-dhcp-server: what
// ISC dhcpd loads means the same here. Every subnet is asked by a relay for clients of every kind and
// for declared hosts; answers are compared by pool or reserved address, boot fields, lease time and the
// options that were asked for. `ANYDHCPD_CONFIGURATIONS=DIRECTORY` names other files to compare.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { broadcastOf } from "../../src/base/ipv4.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Config, Host } from "../../src/config/model/model.ts";
import { importIscConfig } from "../../src/import/isc-config.ts";
import { Daemon } from "../support/daemon.ts";
import { debianTool } from "../support/debian-packages.ts";
import { HOST_NAMES } from "../support/host-names.ts";
import { mayMakeNetworks, type Namespace, type Network } from "../support/network.ts";
import {
  answers,
  type Comparison,
  differences,
  FENCE,
  hex,
  type Question,
  questionsAbout,
  SERVER_INTERFACE,
  UNSHIELDED_FENCE,
} from "./asking.ts";

const FOLDER = process.env["ANYDHCPD_CONFIGURATIONS"] ?? join(import.meta.dirname, "../configurations");
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".conf"));

/** The server's own link, and the fence's. */
const SURROUNDINGS = `
subnet 198.18.255.0 netmask 255.255.255.252 { }
subnet ${FENCE.network} netmask 255.255.255.0 {
  allow booting;
  host always-answered { hardware ethernet ${FENCE.chaddr}; fixed-address ${FENCE.address}; }
}
`;

/** Files that ISC dhcpd does not load, and why. */
const NOT_ISC: ReadonlyMap<string, string> = new Map([
  ["campus.conf", "exclude, a statement that ISC does not have"],
  ["ddns.conf", "it includes a file that is not there"],
  ["edge-router.conf", "user-class is a statement of OpenBSD's"],
  ["expressions.conf", "a range inside an if"],
  ["home-router.conf", "a statement without its semicolon"],
  ["microsoft.conf", "names of options that only OpenBSD has"],
  ["omapi.conf", "subnet6 in a file for DHCPv4"],
  ["openbsd-example.conf", "OpenBSD's dynamic-bootp-lease-cutoff"],
  ["voip-phones.conf", "vendor-class and user-class statements are OpenBSD's"],
]);

/** Differences that are meant, by file and text; each must be needed. */
const EXPLANATIONS: readonly { readonly file: RegExp; readonly difference: RegExp; readonly why: string }[] = [
  {
    file: /^(?:isc-example|ltsp|pxe-lab)/,
    difference: /siaddr 198\.18\.255\.1, ISC 0\.0\.0\.0$/,
    why: "Without next-server a client that gets a boot file gets our address with it, as from OpenBSD's dhcpd.",
  },
  {
    file: /^pxe-lab/,
    difference: /option 175 5d17\w+b00101, ISC b001015d17/,
    why: "Options of a space are sent in the order of the file, ISC sends them in the order of its hash table.",
  },
  {
    file: /^failover-pair/,
    difference: /answer (?:OFFER|ACK), ISC none$/,
    why: "ISC dhcpd answers nobody before it has met its partner; the import leaves the partner out.",
  },
];

it.skipIf(!mayMakeNetworks).for(FILES)("%s means here what it means to ISC dhcpd", async (file, { skip }) => {
  // Both servers give addresses at once, so that silence can be told from a ping that is waited for.
  const text = readFileSync(join(FOLDER, file), "latin1").replace(/^ping-check .*$/gm, "");
  const own = ownText(file, text);
  const { config } = loadConfig(file, own, { hostNames: HOST_NAMES });
  const dhcpd = await debianTool("isc-dhcp-server", "usr/sbin/dhcpd");
  if (dhcpd === undefined) return skip("isc-dhcp-server cannot be had");
  if (config === undefined) throw new Error(`${file} does not load, nor what is imported of it`);
  const questions = questionsOf(config);
  const surrounded = (configuration: string): string => `ping-check false;\n${configuration}${SURROUNDINGS}`;
  const theirs = await answers(questions, (network, server) => startIsc(network, server, dhcpd, surrounded(text)));
  expect(theirs === undefined, "ISC dhcpd refuses it").toBe(NOT_ISC.has(file));
  if (theirs === undefined) return;
  const ours = await answers(questions, async (network, server) => {
    await Daemon.start(network, server, { config: surrounded(own) + UNSHIELDED_FENCE, args: [SERVER_INTERFACE] });
    return true;
  });
  const comparison: Comparison = { peer: "ISC", pools: config.pools.map(({ ranges }) => ranges), options: "asked for" };
  const found = questions.flatMap((question, index) => differences(comparison, question, ours?.[index], theirs[index]));
  const mine = EXPLANATIONS.filter((explanation) => explanation.file.test(file));
  expect(found.filter((line) => !mine.some(({ difference }) => difference.test(line)))).toEqual([]);
  expect(mine.filter(({ difference }) => !found.some((line) => difference.test(line)))).toEqual([]);
});

/** The file as it is where it loads, else what is imported of it. */
function ownText(file: string, text: string): string {
  const context = { hostNames: HOST_NAMES, readFile: () => ({ problem: "there is no such file" }) };
  if (loadConfig(file, text, context).config !== undefined) return text;
  return importIscConfig(file, text, context).text;
}

/** What to ask of a configuration. */
function questionsOf({ subnets, pools, hosts }: Config): readonly Question[] {
  const fixed = hosts.flatMap(({ fixedAddresses }) =>
    fixedAddresses.map((address) => ({ first: address, last: address })),
  );
  const networks = subnets.map(({ network, mask }) => ({ first: network, last: broadcastOf(network, mask) }));
  const known = hosts
    .filter(hasEthernet)
    .map((host) => ({ name: `host ${host.name}`, message: { chaddr: ethernetOf(host) } }));
  return questionsAbout(networks, known, [...pools.flatMap(({ ranges }) => ranges), ...fixed]);
}

function hasEthernet({ hardware }: Host): boolean {
  return hardware.some(({ htype, address }) => htype === 1 && address.length === 6);
}

function ethernetOf({ hardware }: Host): string {
  const ethernet = hardware.find(({ htype }) => htype === 1);
  return Array.from(ethernet?.address ?? [], hex).join(":");
}

async function startIsc(network: Network, server: Namespace, dhcpd: string, config: string): Promise<boolean> {
  const directory = join(network.directory, "isc");
  mkdirSync(directory, { recursive: true });
  const [file, leases] = [join(directory, "dhcpd.conf"), join(directory, "dhcpd.leases")];
  writeFileSync(file, config, "latin1");
  writeFileSync(leases, "");
  if ((await server.run([dhcpd, "-t", "-cf", file])).code !== 0) return false;
  const flags = ["-4", "-d", "-f", "-cf", file, "-lf", leases, "-pf", join(directory, "pid")];
  await server
    .spawn([dhcpd, ...flags, SERVER_INTERFACE])
    .waitForLine((line) => line.includes("Server starting service"));
  return true;
}
