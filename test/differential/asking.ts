// Asks two servers with the same configuration the same questions, as a relay does for clients of every kind, and
// says where their answers differ. Each server is alone in a network of its own.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatIpv4, parseIpv4 } from "../../src/base/ipv4.ts";
import { HOSTS_FILE } from "../support/host-names.ts";
import { type Namespace, Network } from "../support/network.ts";
import { addressHex, type DhcpFrame, type MessageFields, nextXid, RawClient } from "../support/wire-tools.ts";
import { KINDS_OF_CLIENT } from "./kinds-of-client.ts";

/** The interface and the address of the server that is asked. */
export const SERVER_INTERFACE = "up0";
export const SERVER_ADDRESS = "198.18.255.1";
const RELAY_ADDRESS = "198.18.255.2";
/** A client that both servers always answer: its answer shows that a silence before it is one. */
export const FENCE = {
  chaddr: "02:00:00:00:fe:ce",
  network: "198.19.255.0",
  giaddr: "198.19.255.1",
  address: "198.19.255.9",
};
/** For ours: a kernel shield drops none of the fence's DHCPDISCOVERs, which come after each question. */
export const UNSHIELDED_FENCE = "shield { hardware-address unlimited; }\n";
/** How long a reply may come after the fence's. */
const LINGER_MS = 100;
const SUBNETS_MAX = 6;
const HOSTS_MAX = 4;

/** One question, the same to both servers. */
export interface Question {
  readonly name: string;
  /** The parameter request list. */
  readonly asks: readonly number[];
  readonly message: MessageFields;
}

/** A network whose clients are asked for, with what its relay must not have as its own address. */
export interface AskedNetwork {
  readonly first: number;
  readonly last: number;
  /** The relay's address; without one it is the first that is not taken. */
  readonly giaddr?: string;
}

/** A client that is declared, with what it says of itself. */
export interface AskedHost {
  readonly name: string;
  readonly message: MessageFields;
}

/** Addresses from the first to the last. */
export interface Addresses {
  readonly first: number;
  readonly last: number;
}

/** What a server answered to a DISCOVER and to the REQUEST that follows. */
export interface Answers {
  readonly offer: DhcpFrame | undefined;
  readonly ack: DhcpFrame | undefined;
}

/** Clients of every kind, and the declared ones, behind a relay of each network. */
export function questionsAbout(
  networks: readonly AskedNetwork[],
  hosts: readonly AskedHost[],
  taken: readonly Addresses[],
): readonly Question[] {
  return networks.slice(0, SUBNETS_MAX).flatMap((network, place) => {
    const giaddr = network.giaddr ?? relayAddress(network, taken);
    if (giaddr === undefined) return [];
    const question = (name: string, asks: readonly number[], message: MessageFields): Question => {
      const list = [55, asks.map(hex).join("")] as const;
      const options = [list, ...(message.options ?? [])];
      return { name: `${name} via ${giaddr}`, asks, message: { ...message, giaddr, hops: 1, options } };
    };
    const kinds = KINDS_OF_CLIENT.map(({ name, asks, says }, index) =>
      question(name, asks, { chaddr: `02:00:00:00:${hex(place)}:${hex(index)}`, options: says }),
    );
    const known = hosts.slice(0, HOSTS_MAX).map((host) => question(host.name, [1, 3, 6, 12, 15], host.message));
    return [...kinds, ...known];
  });
}

/** An address of a network that is not taken. */
function relayAddress({ first, last }: Addresses, taken: readonly Addresses[]): string | undefined {
  for (let address = first + 1; address < last; address++) {
    if (!taken.some((range) => range.first <= address && address <= range.last)) return formatIpv4(address);
  }
  return undefined;
}

export const hex = (octet: number): string => octet.toString(16).padStart(2, "0");

/** Starts a server and asks it everything; undefined where it does not start. */
export async function answers(
  questions: readonly Question[],
  start: (network: Network, server: Namespace) => Promise<boolean>,
): Promise<readonly Answers[] | undefined> {
  await using network = await Network.create();
  const server = await network.namespace("server");
  const relay = await network.namespace("relay");
  await network.veth(server, SERVER_INTERFACE, relay, "up0");
  await server.ip(`addr add ${SERVER_ADDRESS}/30 dev ${SERVER_INTERFACE}`);
  await server.ip(`route add default via ${RELAY_ADDRESS}`);
  await relay.ip(`addr add ${RELAY_ADDRESS}/30 dev up0`);
  const [hosts, resolver] = [join(network.directory, "hosts"), join(network.directory, "resolv.conf")];
  writeFileSync(hosts, HOSTS_FILE);
  writeFileSync(resolver, "");
  await server.exec(["mount", "--bind", hosts, "/etc/hosts"]);
  await server.exec(["mount", "--bind", resolver, "/etc/resolv.conf"]);
  if (!(await start(network, server))) return undefined;
  const client = await RawClient.start(relay, "up0");
  const mac = /link\/ether (\S+)/.exec(await server.ip(`-o link show dev ${SERVER_INTERFACE}`))?.[1] ?? "";
  const asking = new Asking(client, mac);
  const heard: Answers[] = [];
  for (const question of questions) heard.push(await asking.lease(question));
  return heard;
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
    const chosen = [[50, addressHex(yiaddr)] as const, [54, addressHex(serverId)] as const];
    const ack = await this.#ask({ ...message, type: "REQUEST", options: [...chosen, ...(message.options ?? [])] });
    return { offer, ack };
  }

  async #ask(message: MessageFields): Promise<DhcpFrame | undefined> {
    const { replies } = await this.#client.exchange({
      message: { xid: nextXid(), ...message },
      frame: this.#frame(message.giaddr ?? ""),
      fence: {
        message: { type: "DISCOVER", chaddr: FENCE.chaddr, xid: nextXid(), giaddr: FENCE.giaddr, hops: 1 },
        frame: this.#frame(FENCE.giaddr),
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

/** What is compared of an answer, by its name. */
type Aspects = Readonly<Record<string, string>>;

/** How answers are compared: the other server's name, the pools as lists of ranges, and which options count. */
export interface Comparison {
  readonly peer: string;
  readonly pools: readonly (readonly Addresses[])[];
  /** Those that the client asks for, or every one that either server sends. */
  readonly options: "asked for" | "all";
}

/** Where two servers' answers to a question differ, a line each. */
export function differences(
  comparison: Comparison,
  question: Question,
  ours: Answers | undefined,
  theirs: Answers | undefined,
): readonly string[] {
  return (["offer", "ack"] as const).flatMap((phase) => {
    const mine = aspects(comparison, question, ours?.[phase]);
    const other = aspects(comparison, question, theirs?.[phase]);
    // Where one answers and the other does not, the rest follows.
    const all = new Set([...Object.keys(mine), ...Object.keys(other)]);
    const names = mine["answer"] === other["answer"] ? [...all] : ["answer"];
    return names
      .filter((name) => (mine[name] ?? "-") !== (other[name] ?? "-"))
      .map(
        (name) => `${question.name}, ${phase}: ${name} ${mine[name] ?? "-"}, ${comparison.peer} ${other[name] ?? "-"}`,
      );
  });
}

/** Compared as the lease time. */
const LEASE_TIME_CODE = 51;

function aspects({ pools, options }: Comparison, { asks }: Question, frame: DhcpFrame | undefined): Aspects {
  if (frame === undefined) return { answer: "none" };
  const { message } = frame;
  const codes = options === "all" ? Object.keys(message.options).map(Number) : asks;
  const sent = codes
    .filter((code) => code !== LEASE_TIME_CODE)
    .map((code) => [`option ${code}`, message.options[code] ?? "-"] as const);
  return {
    answer: message.type,
    address: poolOf(pools, message.yiaddr),
    siaddr: message.siaddr,
    sname: message.sname,
    file: message.file,
    // A server may give what is left of a lease that has been running for a few seconds.
    "lease time": String(Math.ceil((message.leaseTime ?? 0) / 60) * 60),
    ...Object.fromEntries(sent),
  };
}

/** The pool that an address is of, or the address itself. */
function poolOf(pools: Comparison["pools"], text: string): string {
  const address = parseIpv4(text) ?? 0;
  const pool = pools.findIndex((ranges) => ranges.some(({ first, last }) => first <= address && address <= last));
  return pool === -1 ? text : `of pool ${pool}`;
}
