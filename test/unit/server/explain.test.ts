// What the server says that it would do is what it does: the octets that leave, for many configurations and clients.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { formatIpv4, parseIpv4 } from "../../../src/base/ipv4.ts";
import type { ExplainedQuery, Explanation } from "../../../src/server/explanation.ts";
import { queryOctets } from "../../../src/server/lease-query.ts";
import type { SentReply } from "../../support/simulated-backend.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const FOLDER = new URL("../../configurations/", import.meta.url);
const FILES = [
  "small-office",
  "campus",
  "pxe-lab",
  "voip-phones",
  "install-server",
  "edge-router",
  "microsoft",
  "ltsp",
];
const text = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value));
const REQUEST_LIST = { code: 55, value: Uint8Array.of(1, 3, 6, 12, 15, 26, 42, 43, 66, 67, 121, 150) };
const PXE = [
  REQUEST_LIST,
  { code: 60, value: text("PXEClient:Arch:00007:UNDI:003016") },
  { code: 93, value: Uint8Array.of(0, 7) },
  { code: 57, value: Uint8Array.of(5, 192) },
];
const PHONE = [
  REQUEST_LIST,
  { code: 60, value: text("yealink") },
  { code: 61, value: Uint8Array.of(1, 2, 0, 0, 0, 0, 9) },
];
const CIRCUIT = [{ code: 82, value: Uint8Array.of(1, 4, 101, 116, 104, 49) }, REQUEST_LIST];

beforeAll(() => vi.useFakeTimers());
afterAll(() => vi.useRealTimers());

/** The clients that are tried with a configuration whose first network begins at `network`. */
function clients(network: number, last: number): readonly (readonly [string, ExplainedQuery])[] {
  const hardware = (octet: number): Uint8Array => Uint8Array.of(2, 0, 0, 0, 0, octet);
  return [
    ["a new client", { hardware: hardware(1), type: "discover", options: [REQUEST_LIST] }],
    ["one that asks for nothing", { hardware: hardware(2), type: "discover", isBroadcast: true, options: [] }],
    ["one that boots", { hardware: hardware(3), type: "discover", options: PXE }],
    ["one behind a relay", { hardware: hardware(4), type: "discover", giaddr: last + 2, options: CIRCUIT }],
    ["one that is back", { hardware: hardware(5), type: "request", requested: network + 77, options: PHONE }],
    ["one that renews", { hardware: hardware(6), type: "request", ciaddr: network + 78, options: [REQUEST_LIST] }],
    ["one with an address", { hardware: hardware(7), type: "inform", ciaddr: network + 79, options: PXE }],
    ["one from another network", { hardware: hardware(8), type: "request", requested: 0x01020304, options: [] }],
  ];
}

/** Codes and values of the options of a reply, in their order, as its receiver reads them. */
function optionsOf(bytes: Uint8Array): string[] {
  const values = new Map<number, string>();
  const walk = (from: number, to: number): void => {
    for (let at = from; at < to && bytes[at] !== 255; ) {
      const [code = 0, length = 0] = bytes.subarray(at, at + 2);
      if (code !== 0) {
        const value = Buffer.from(bytes.subarray(at + 2, at + 2 + length)).toString("hex");
        values.set(code, (values.get(code) ?? "") + value);
      }
      at += code === 0 ? 1 : 2 + length;
    }
  };
  walk(240, bytes.length);
  if (values.has(52)) {
    walk(108, 236);
    walk(44, 108);
  }
  return [...values].map(([code, value]) => `${code} ${value}`);
}

/** What left, in the words of an explanation. */
function told({ bytes, destination, port, source, delivery }: SentReply) {
  const view = Buffer.from(bytes);
  return {
    address: formatIpv4(view.readUInt32BE(16)),
    nextServer: formatIpv4(view.readUInt32BE(20)),
    options: optionsOf(bytes),
    delivery: { how: delivery, to: destination, port, source },
  };
}

function predicted({ address = "0.0.0.0", nextServer = "0.0.0.0", options, delivery }: Explanation) {
  return { address, nextServer, options: options.map(({ code, value }) => `${code} ${value}`), delivery };
}

async function serverOf(name: string): Promise<{ world: SimulatedServer; network: number; last: number }> {
  const config = readFileSync(new URL(`${name}.conf`, FOLDER), "latin1");
  const subnets = [...config.matchAll(/^\s*subnet ([0-9.]+) netmask ([0-9.]+)/gm)].map(
    ([, network = "", mask = ""]) => ({
      network: parseIpv4(network) ?? 0,
      length: 32 - Math.log2(2 ** 32 - (parseIpv4(mask) ?? 0)),
    }),
  );
  const [first = { network: 0, length: 24 }] = subnets;
  const world = await SimulatedServer.start(config, [`${formatIpv4(first.network + 1)}/${first.length}`]);
  world.backend.canEcho = false;
  return { world, network: first.network, last: subnets.at(-1)?.network ?? 0 };
}

describe.each(FILES)("what the server says that it would do with %s.conf", (name) => {
  it("is what it does, option by option, and saying it changes nothing", async () => {
    const { world, network, last } = await serverOf(name);
    const { explainer } = world.server;
    let answered = 0;
    for (const [who, query] of clients(network, last)) {
      const before = world.server.status();
      const explanation = explainer.explain(query);
      if (explanation === undefined) throw new TypeError("there is no such interface");
      expect(world.server.status(), who).toEqual(before);
      const sent = world.backend.sent.length;
      world.backend.receive({ bytes: queryOctets(query, 0), arrival: explainer.arrivalOf(query) ?? {} });
      if (world.store.isBusy) world.store.finish();
      expect(world.server.status().counters, who).toMatchObject({ [explanation.reason]: expect.any(Number) });
      const replies = world.backend.sent.slice(sent);
      expect(replies.map(told), who).toEqual(explanation.reply === "" ? [] : [predicted(explanation)]);
      answered += replies.length;
    }
    expect(answered).toBeGreaterThanOrEqual(2);
  });
});

const LAYERED = `option domain-name "top.example.org";
option ntp-servers 192.0.2.1;
option time-servers 192.0.2.2;
option log-servers 192.0.2.3;
option lpr-servers 192.0.2.4;
default-lease-time 600;
ping-check off;
class "phones" {
  match if option vendor-class-identifier = "phone";
  option tftp-server-name "tftp.example.org";
  option log-servers 192.0.2.13;
  option default-ip-ttl 20;
}
shared-network floor {
  option nis-domain "floor";
  option time-offset 3600;
  subnet 10.0.0.0 netmask 255.255.255.0 {
    option routers 10.0.0.1;
    option domain-name-servers 10.0.0.2, 10.0.0.3;
    option domain-name "floor.example.org";
    option lpr-servers 10.0.0.4;
    option interface-mtu 1400;
    option smtp-server 10.0.0.5;
    pool {
      range 10.0.0.10 10.0.0.99;
      option lpr-servers 10.0.0.44;
      option pop-server 10.0.0.6;
      option www-server 10.0.0.7;
      default-lease-time 1200;
    }
  }
}
group {
  option irc-server 10.0.0.8;
  option finger-server 10.0.0.9;
  host desk {
    hardware ethernet 02:00:00:00:00:01;
    option host-name "desk";
    option domain-name "desk.example.org";
    option nntp-server 10.0.0.10;
    option x-display-manager 10.0.0.11;
    option font-servers 10.0.0.12;
  }
}
`;

/** `test.conf:LINE:COLUMN` of each place of a text, in its order. */
function placesOf(wanted: string): string[] {
  return LAYERED.split("\n").flatMap((line, i) => {
    const at = line.indexOf(wanted);
    return at < 0 ? [] : [`test.conf:${i + 1}:${at + 1}`];
  });
}

describe("where an option is set", () => {
  it("is told by line and column, with what it overrides, nearest first", async () => {
    const world = await SimulatedServer.start(LAYERED, ["10.0.0.1/24"]);
    const explanation = world.server.explainer.explain({
      ...{ hardware: Uint8Array.of(2, 0, 0, 0, 0, 1), type: "discover" },
      options: [{ code: 60, value: text("phone") }],
    });
    const options = new Map(explanation?.options.map((option) => [option.name, option]));
    const set = [...options.values()].filter(({ at }) => at !== undefined);
    expect(set.length).toBeGreaterThanOrEqual(20);
    const order = (name: string): string[] => {
      const { at = "", overrides = [] } = options.get(name) ?? {};
      return [at, ...overrides];
    };
    for (const { name } of set) expect(order(name).toSorted(), name).toEqual(placesOf(`option ${name} `).toSorted());
    const [top = "", subnet = "", host = ""] = placesOf("option domain-name ");
    expect(order("domain-name")).toEqual([host, subnet, top]);
    expect(order("lpr-servers")).toEqual(placesOf("option lpr-servers ").toReversed());
    const [general, phones] = placesOf("option log-servers ");
    expect(order("log-servers")).toEqual([phones, general]);
    expect(explanation?.settings).toContainEqual({
      ...{ name: "default-lease-time", at: placesOf("default-lease-time 1200")[0] },
      overrides: placesOf("default-lease-time 600"),
    });
  });

  it("comes with the host, the classes, the pools, the link and the lines of the log", async () => {
    const world = await SimulatedServer.start(LAYERED, ["10.0.0.1/24"]);
    const query: ExplainedQuery = { hardware: Uint8Array.of(2, 0, 0, 0, 0, 1), type: "discover", options: [] };
    const explanation = world.server.explainer.explain({ ...query, options: [{ code: 60, value: text("phone") }] });
    expect(explanation).toMatchObject({
      ...{ message: "DHCPDISCOVER", link: "floor", linkBecause: "it comes by the interface lan0", reason: "offer-new" },
      host: { name: "desk", at: placesOf("host desk")[0] },
      classes: ["phones"],
      pools: [{ subnet: "10.0.0.0/24", ranges: ["10.0.0.10 10.0.0.99"], isPermitted: true, free: 90 }],
      reply: "DHCPOFFER",
      leaseSeconds: 1200,
    });
    expect(explanation?.log[0]).toMatch(/^DHCPDISCOVER from 02:00:00:00:00:01 \(host desk\) via lan0$/);
    expect(explanation?.log[1]).toMatch(/^DHCPOFFER on 10\.0\.0\.\d+ to 02:00:00:00:00:01 \(host desk\) via lan0$/);
    expect(world.server.explainer.explain({ ...query, via: "lan9" })).toBeUndefined();
    const foreign = world.server.explainer.explain({ ...query, giaddr: 0xc0000201 });
    expect(foreign).toMatchObject({ link: "", reply: "", reason: "drop-unknown-link", options: [] });
  });
});
