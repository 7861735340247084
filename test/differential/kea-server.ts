// A configuration of Kea's as its own server is started with it, and what to ask of it: read from the file, not from
// what is imported of it, so that nothing which the import loses goes unasked.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseIpv4 } from "../../src/base/ipv4.ts";
import { NO_FILES } from "../../src/config/language/include.ts";
import { parseEnds, parseNetwork } from "../../src/import/kea-values.ts";
import { type JsonNode, readRelaxedJson } from "../../src/import/relaxed-json.ts";
import { parseOctets } from "../../src/import/written.ts";
import type { Namespace, Network } from "../support/network.ts";
import type { DhcpFrame, MessageFields } from "../support/wire-tools.ts";
import {
  type Addresses,
  type Answers,
  type AskedHost,
  type AskedNetwork,
  type Comparison,
  FENCE,
  hex,
  type Question,
  questionsAbout,
  SERVER_INTERFACE,
} from "./asking.ts";

/** A map of a Kea configuration. */
export type KeaJson = Readonly<Record<string, unknown>>;

/** The map `Dhcp4` of a file. */
export function readKea(file: string, text: string): KeaJson {
  const node = readRelaxedJson(file, text, NO_FILES);
  if ("message" in node) throw new Error(`${file}:${node.place.line}: ${node.message}`);
  return (plain(node) as { Dhcp4: KeaJson }).Dhcp4;
}

function plain(node: JsonNode): unknown {
  if (node.kind === "list") return node.items.map(plain);
  if (node.kind === "map") return Object.fromEntries(node.members.map(({ name, value }) => [name, plain(value)]));
  return node.kind === "null" ? null : node.value;
}

/** What of a file is about its own machine; here Kea has one interface and keeps its leases in memory. */
const OF_THE_MACHINE = new Set(["control-socket", "control-sockets", "hooks-libraries", "loggers", "interface"]);

/** Members that newer versions of Kea name otherwise. */
const OLDER_NAMES: Readonly<Record<string, string>> = {
  "evaluate-additional-classes": "require-client-classes",
  "only-in-additional-list": "only-if-required",
};

/** Starts Kea with a configuration; false where it refuses that. */
export async function startKea(network: Network, server: Namespace, program: string, dhcp4: KeaJson): Promise<boolean> {
  const directory = join(network.directory, "kea");
  mkdirSync(directory, { recursive: true });
  const config = join(directory, "kea-dhcp4.conf");
  // The file is of octets, one a character.
  writeFileSync(config, JSON.stringify({ Dhcp4: served(dhcp4) }), "latin1");
  const places = { KEA_PIDFILE_DIR: directory, KEA_LOCKFILE_DIR: "none" };
  const tested = await server.run([
    "env",
    ...Object.entries(places).map(([k, v]) => `${k}=${v}`),
    program,
    "-t",
    config,
  ]);
  if (tested.code !== 0) {
    process.stderr.write(tested.stderr + tested.stdout);
    return false;
  }
  await server.spawn([program, "-c", config], places).waitForLine((line) => line.includes("DHCP4_STARTED"));
  return true;
}

function served(dhcp4: KeaJson): KeaJson {
  const fence = {
    id: 4_000_001,
    subnet: `${FENCE.network}/24`,
    pools: [{ pool: `${FENCE.address} - ${FENCE.address}` }],
  };
  const kept = adapted(dhcp4) as KeaJson;
  return {
    ...kept,
    "interfaces-config": { interfaces: [SERVER_INTERFACE], "dhcp-socket-type": "raw" },
    "lease-database": { type: "memfile", persist: false },
    "multi-threading": { "enable-multi-threading": false },
    "dhcp-ddns": { "enable-updates": false },
    loggers: [{ name: "kea-dhcp4", output_options: [{ output: "stdout" }], severity: "INFO" }],
    subnet4: [...listOf(kept, "subnet4"), fence],
  };
}

function adapted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(adapted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([name]) => !OF_THE_MACHINE.has(name));
  return Object.fromEntries(members.map(([name, inner]) => [OLDER_NAMES[name] ?? name, adapted(inner)]));
}

function listOf(map: KeaJson, name: string): readonly KeaJson[] {
  const value = map[name];
  return Array.isArray(value) ? value : [];
}

function textOf(map: KeaJson, name: string): string {
  const value = map[name];
  return typeof value === "string" ? value : "";
}

function subnetsOf(dhcp4: KeaJson): readonly KeaJson[] {
  const shared = listOf(dhcp4, "shared-networks").flatMap((network) => listOf(network, "subnet4"));
  return [...shared, ...listOf(dhcp4, "subnet4")];
}

/** What to ask: every subnet by a relay in it, and by the relays that it names. */
export function keaQuestions(dhcp4: KeaJson): readonly Question[] {
  const subnets = subnetsOf(dhcp4);
  const reservations = [dhcp4, ...listOf(dhcp4, "shared-networks"), ...subnets].flatMap((map) =>
    listOf(map, "reservations"),
  );
  const fixed = reservations.flatMap((host) => {
    const address = parseIpv4(textOf(host, "ip-address"));
    return address === undefined ? [] : [{ first: address, last: address }];
  });
  const taken = [...poolsOf(dhcp4).flat(), ...fixed];
  return questionsAbout(subnets.flatMap(networksOf), reservations.flatMap(hostOf), taken);
}

function networksOf(subnet: KeaJson): readonly AskedNetwork[] {
  const network = parseNetwork(textOf(subnet, "subnet"));
  const ends = parseEnds(textOf(subnet, "subnet"));
  if (network === undefined || ends === undefined) return [];
  const relay = subnet["relay"] as KeaJson | undefined;
  const relays = relay === undefined ? [] : (relay["ip-addresses"] ?? [relay["ip-address"]]);
  return [ends, ...(relays as readonly string[]).map((giaddr) => ({ ...ends, giaddr }))];
}

/** A client that is reserved something, as it says who it is; none where nothing of it can be said. */
function hostOf(host: KeaJson, index: number): readonly AskedHost[] {
  const octets = (name: string): string | undefined => {
    const text = textOf(host, name);
    const value = text === "" ? undefined : parseOctets(text);
    return value === undefined ? undefined : Array.from(value, hex).join("");
  };
  const hardware = octets("hw-address")?.match(/../g)?.join(":");
  const [client, circuit] = [octets("client-id"), octets("circuit-id")];
  const options: (readonly [number, string])[] = [];
  if (client !== undefined) options.push([61, client]);
  if (circuit !== undefined) options.push([82, `01${hex(circuit.length / 2)}${circuit}`]);
  if (hardware === undefined && options.length === 0) return [];
  const message: MessageFields = { chaddr: hardware ?? `02:00:00:00:ff:${hex(index & 255)}`, options };
  return [{ name: `host ${hardware ?? client ?? circuit}`, message }];
}

/** Each pool as its range. */
function poolsOf(dhcp4: KeaJson): readonly (readonly Addresses[])[] {
  return subnetsOf(dhcp4).flatMap((subnet) =>
    listOf(subnet, "pools").flatMap((pool) => {
      const ends = parseEnds(textOf(pool, "pool"));
      return ends === undefined ? [] : [[ends]];
    }),
  );
}

const RENEWAL_CODE = 58;
const REBINDING_CODE = 59;

/** Answers without times to renew and rebind that a client would take by itself: Kea leaves these out by default. */
export function withoutUsualTimes({ offer, ack }: Answers): Answers {
  return { offer: withoutTimes(offer), ack: withoutTimes(ack) };
}

function withoutTimes(frame: DhcpFrame | undefined): DhcpFrame | undefined {
  const leaseTime = frame?.message.leaseTime;
  if (frame === undefined || leaseTime === undefined || leaseTime === null) return frame;
  const usual = new Map([
    [RENEWAL_CODE, Math.floor(leaseTime / 2)],
    [REBINDING_CODE, Math.floor(leaseTime / 8) * 7 + Math.floor(((leaseTime % 8) * 7) / 8)],
  ]);
  const isUsual = ([code, value]: readonly [string, string]): boolean => {
    const expected = usual.get(Number(code));
    return expected !== undefined && Math.abs(expected - Number.parseInt(value, 16)) <= 1;
  };
  const options = Object.fromEntries(Object.entries(frame.message.options).filter((option) => !isUsual(option)));
  return { ...frame, message: { ...frame.message, options } };
}

/** Answers are compared with Kea's by all that is in them; an address outside reservations by its pool. */
export function keaComparison(dhcp4: KeaJson): Comparison {
  return { peer: "Kea", pools: poolsOf(dhcp4), options: "all" };
}
