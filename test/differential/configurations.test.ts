// Configurations from practice (test/configurations), served by us and by Debian's isc-dhcp-server: what
// ISC dhcpd loads means the same here. Every subnet is asked by a relay for clients of every kind and
// for declared hosts; answers are compared by pool or reserved address, boot fields, lease time and the
// options that were asked for. `ANYDHCPD_CONFIGURATIONS=DIRECTORY` names other files to compare.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { formatIpv4 } from "../../src/base/ipv4.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Config, Host, Subnet } from "../../src/config/model.ts";
import { importIscConfig } from "../../src/import/isc-config.ts";
import { Daemon } from "../support/daemon.ts";
import { debianTool } from "../support/debian-packages.ts";
import { HOST_NAMES, HOSTS_FILE } from "../support/host-names.ts";
import { mayMakeNetworks, type Namespace, Network } from "../support/network.ts";
import { type DhcpFrame, type MessageFields, nextXid, RawClient } from "../support/wire-tools.ts";
import { KINDS_OF_CLIENT } from "./kinds-of-client.ts";

const FOLDER = process.env["ANYDHCPD_CONFIGURATIONS"] ?? join(import.meta.dirname, "../configurations");
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".conf"));

const SERVER_ADDRESS = "198.18.255.1";
const RELAY_ADDRESS = "198.18.255.2";
const FENCE = "02:00:00:00:fe:ce";
const FENCE_GIADDR = "198.19.255.1";
/** The server's own link, and a client that is always answered: it tells that a silence is one. */
const SURROUNDINGS = `
subnet 198.18.255.0 netmask 255.255.255.252 { }
subnet 198.19.255.0 netmask 255.255.255.0 {
  allow booting;
  host always-answered { hardware ethernet ${FENCE}; fixed-address 198.19.255.9; }
}
`;
const SUBNETS_MAX = 6;
const HOSTS_MAX = 4;
/** How long a reply may come after the fence's. */
const LINGER_MS = 100;

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

/** One question, the same to both servers. */
interface Question {
  readonly name: string;
  readonly asks: readonly number[];
  readonly message: MessageFields;
}

it.skipIf(!mayMakeNetworks).for(FILES)("%s means here what it means to ISC dhcpd", async (file, { skip }) => {
  // Both servers give addresses at once, so that silence can be told from a ping that is waited for.
  const text = readFileSync(join(FOLDER, file), "latin1").replace(/^ping-check .*$/gm, "");
  const own = ownText(file, text);
  const { config } = loadConfig(file, own, { hostNames: HOST_NAMES });
  const dhcpd = await debianTool("isc-dhcp-server", "usr/sbin/dhcpd");
  if (dhcpd === undefined) return skip("isc-dhcp-server cannot be had");
  if (config === undefined) throw new Error(`${file} does not load, nor what is imported of it`);
  const questions = questionsAbout(config);
  const surrounded = (configuration: string): string => `ping-check false;\n${configuration}${SURROUNDINGS}`;
  const theirs = await answers(questions, (network, server) => startIsc(network, server, dhcpd, surrounded(text)));
  expect(theirs === undefined, "ISC dhcpd refuses it").toBe(NOT_ISC.has(file));
  if (theirs === undefined) return;
  const ours = await answers(questions, async (network, server) => {
    await Daemon.start(network, server, { config: surrounded(own), args: ["up0"] });
    return true;
  });
  const found = questions.flatMap((question, index) => differences(config, question, ours?.[index], theirs[index]));
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

/** What a server answered to a DISCOVER and to the REQUEST that follows. */
interface Answers {
  readonly offer: DhcpFrame | undefined;
  readonly ack: DhcpFrame | undefined;
}

function questionsAbout(config: Config): readonly Question[] {
  return config.subnets.slice(0, SUBNETS_MAX).flatMap((subnet, place) => {
    const giaddr = relayAddress(config, subnet);
    if (giaddr === undefined) return [];
    const question = (name: string, asks: readonly number[], message: MessageFields): Question => {
      const list = [55, asks.map((code) => code.toString(16).padStart(2, "0")).join("")] as const;
      const options = [list, ...(message.options ?? [])];
      return { name: `${name} via ${giaddr}`, asks, message: { ...message, giaddr, hops: 1, options } };
    };
    const kinds = KINDS_OF_CLIENT.map(({ name, asks, says }, index) =>
      question(name, asks, { chaddr: `02:00:00:00:${hex(place)}:${hex(index)}`, options: says }),
    );
    const hosts = config.hosts.filter(hasEthernet).slice(0, HOSTS_MAX);
    const known = hosts.map((host) => question(`host ${host.name}`, [1, 3, 6, 12, 15], { chaddr: ethernetOf(host) }));
    return [...kinds, ...known];
  });
}

/** An address of the subnet that no pool and no host has. */
function relayAddress(config: Config, { network, mask }: Subnet): string | undefined {
  const isTaken = (address: number): boolean =>
    config.pools.some(({ ranges }) => ranges.some(({ first, last }) => first <= address && address <= last)) ||
    config.hosts.some(({ fixedAddresses }) => fixedAddresses.includes(address));
  const last = (network | ~mask) >>> 0;
  for (let address = network + 1; address < last; address++) {
    if (!isTaken(address)) return formatIpv4(address);
  }
  return undefined;
}

function hasEthernet({ hardware }: Host): boolean {
  return hardware.some(({ htype, address }) => htype === 1 && address.length === 6);
}

function ethernetOf({ hardware }: Host): string {
  const ethernet = hardware.find(({ htype }) => htype === 1);
  return Array.from(ethernet?.address ?? [], hex).join(":");
}

const hex = (octet: number): string => octet.toString(16).padStart(2, "0");

/** Starts a server and asks it everything; undefined where it does not start. */
async function answers(
  questions: readonly Question[],
  start: (network: Network, server: Namespace) => Promise<boolean>,
): Promise<readonly Answers[] | undefined> {
  await using network = await Network.create();
  const server = await network.namespace("server");
  const relay = await network.namespace("relay");
  await network.veth(server, "up0", relay, "up0");
  await server.ip(`addr add ${SERVER_ADDRESS}/30 dev up0`);
  await server.ip(`route add default via ${RELAY_ADDRESS}`);
  await relay.ip(`addr add ${RELAY_ADDRESS}/30 dev up0`);
  const [hosts, resolver] = [join(network.directory, "hosts"), join(network.directory, "resolv.conf")];
  writeFileSync(hosts, HOSTS_FILE);
  writeFileSync(resolver, "");
  await server.exec(["mount", "--bind", hosts, "/etc/hosts"]);
  await server.exec(["mount", "--bind", resolver, "/etc/resolv.conf"]);
  if (!(await start(network, server))) return undefined;
  const client = await RawClient.start(relay, "up0");
  const mac = /link\/ether (\S+)/.exec(await server.ip("-o link show dev up0"))?.[1] ?? "";
  const asking = new Asking(client, mac);
  const heard: Answers[] = [];
  for (const question of questions) heard.push(await asking.lease(question));
  return heard;
}

async function startIsc(network: Network, server: Namespace, dhcpd: string, config: string): Promise<boolean> {
  const directory = join(network.directory, "isc");
  mkdirSync(directory, { recursive: true });
  const [file, leases] = [join(directory, "dhcpd.conf"), join(directory, "dhcpd.leases")];
  writeFileSync(file, config, "latin1");
  writeFileSync(leases, "");
  if ((await server.run([dhcpd, "-t", "-cf", file])).code !== 0) return false;
  const flags = ["-4", "-d", "-f", "-cf", file, "-lf", leases, "-pf", join(directory, "pid")];
  await server.spawn([dhcpd, ...flags, "up0"]).waitForLine((line) => line.includes("Server starting service"));
  return true;
}

/** A relay that asks for its clients, with a fence behind each message. */
class Asking {
  readonly #client: RawClient;
  readonly #serverMac: string;

  constructor(client: RawClient, serverMac: string) {
    this.#client = client;
    this.#serverMac = serverMac;
  }

  async lease({ message }: Question): Promise<Answers> {
    const offer = await this.#ask({ ...message, type: "DISCOVER" });
    if (offer?.message.type !== "OFFER") return { offer, ack: undefined };
    const { yiaddr, serverId } = offer.message;
    const chosen = [[50, octets(yiaddr)] as const, [54, octets(serverId)] as const];
    const ack = await this.#ask({ ...message, type: "REQUEST", options: [...chosen, ...(message.options ?? [])] });
    return { offer, ack };
  }

  async #ask(message: MessageFields): Promise<DhcpFrame | undefined> {
    const { replies } = await this.#client.exchange({
      message: { xid: nextXid(), ...message },
      frame: this.#frame(message.giaddr ?? ""),
      fence: {
        message: { type: "DISCOVER", chaddr: FENCE, xid: nextXid(), giaddr: FENCE_GIADDR, hops: 1 },
        frame: this.#frame(FENCE_GIADDR),
      },
      waitMs: 10_000,
      lingerMs: LINGER_MS,
      expect: 1,
    });
    return replies[0];
  }

  #frame(source: string) {
    const { mac } = this.#client;
    return {
      sourceMac: mac,
      destinationMac: this.#serverMac,
      source,
      destination: SERVER_ADDRESS,
      sourcePort: 67,
    };
  }
}

const octets = (address: string): string => address.split(".").map(Number).map(hex).join("");

function differences(config: Config, question: Question, ours?: Answers, theirs?: Answers): readonly string[] {
  return (["offer", "ack"] as const).flatMap((phase) => {
    const mine = aspects(config, question, ours?.[phase]);
    const other = aspects(config, question, theirs?.[phase]);
    // Where one answers and the other does not, the rest follows.
    const names = mine["answer"] === other["answer"] ? Object.keys(mine) : ["answer"];
    return names
      .filter((name) => mine[name] !== other[name])
      .map((name) => `${question.name}, ${phase}: ${name} ${mine[name] ?? "-"}, ISC ${other[name] ?? "-"}`);
  });
}

/** What of an answer is compared. */
function aspects(config: Config, { asks }: Question, frame: DhcpFrame | undefined): Readonly<Record<string, string>> {
  if (frame === undefined) return { answer: "none" };
  const { message } = frame;
  const options = asks.map((code) => [`option ${code}`, message.options[code] ?? "-"] as const);
  return {
    answer: message.type,
    address: poolOf(config, message.yiaddr),
    siaddr: message.siaddr,
    file: message.file,
    // ISC gives what is left of a lease that has been running for a few seconds.
    "lease time": String(Math.ceil((message.leaseTime ?? 0) / 60) * 60),
    ...Object.fromEntries(options),
  };
}

/** The pool that an address is of, or the address itself. */
function poolOf(config: Config, text: string): string {
  const address = text.split(".").reduce((value, octet) => value * 256 + Number(octet), 0);
  const pool = config.pools.findIndex(({ ranges }) =>
    ranges.some(({ first, last }) => first <= address && address <= last),
  );
  return pool === -1 ? text : `of pool ${pool}`;
}
