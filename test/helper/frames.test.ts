// Frames that the helper sends where it holds CAP_NET_RAW and not CAP_NET_ADMIN: a reply from an address of
// ours to a client on that very link, whose headers it has written itself, and nothing else.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseIpv4 } from "../../src/base/ipv4.ts";
import { NeighbourResult } from "../../src/helper/helper.ts";
import { HELPER_VERSION, HelperVerb, Layout, RequestWriter } from "../../src/helper/protocol.ts";
import { ReplyColumn } from "../../src/native/columns.ts";
import { ReplyRows } from "../../src/native/rows.ts";
import { buildMessage, octetsOf } from "../support/message-builder.ts";
import { mayMakeNetworks, type Namespace, Network } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { Capture, type DhcpFrame } from "../support/wire-tools.ts";
import { isAlive, linkOf, listenRequest, StandIn } from "./stand-in.ts";

const CLIENT = "02:00:00:00:00:99";
const WITHOUT_ADMIN = ["setpriv", "--bounding-set", "-net_admin", "--inh-caps=-all"];
const ADDRESS = "10.1.0.50";

/** An OFFER of `address` to `chaddr`, with further changes to its octets. */
function offer(address = ADDRESS, chaddr = CLIENT, changes: Readonly<Record<number, number>> = {}): Uint8Array {
  const octets = buildMessage({ op: 2, type: 2, chaddr });
  octets.set(octetsOf(address), 16);
  for (const [at, value] of Object.entries(changes)) octets[Number(at)] = value;
  return octets;
}

const REPLY = offer();

let network: Network;
let server: Namespace;
let far: Namespace;
let ifindex: number;

beforeEach(async (context) => {
  if (!mayMakeNetworks) return context.skip("needs root, or root of a user namespace");
  network = await Network.create();
  server = await network.namespace("server");
  far = await network.namespace("far");
  await network.veth(server, "lan0", far, "eth0");
  await server.ip("addr add 10.1.0.1/24 dev lan0");
  await server.ip("addr add 10.1.0.2/24 dev lan0");
  await network.veth(server, "lan1", far, "eth1");
  await server.ip("addr add 10.2.0.1/24 dev lan1");
  ifindex = (await linkOf(server, "lan0")).ifindex;
});
afterEach(() => network?.dispose());

const start = (wrapper: readonly string[] = WITHOUT_ADMIN): Promise<StandIn> =>
  StandIn.start(server, {
    leaseFile: `${network.directory}/leases`,
    controlSocket: `${network.directory}/control`,
    wrapper,
  });

/** What a request is to say; what is left out is good. */
interface FrameParts {
  readonly ifindex?: number;
  readonly source?: string;
  readonly destination?: string;
  readonly hardware?: string;
  readonly payload?: Uint8Array;
}

function frameRequest(parts: FrameParts = {}): Uint8Array {
  const { destination = ADDRESS, hardware = CLIENT } = parts;
  const payload = parts.payload ?? offer(destination, hardware);
  const octets = hardware.replaceAll(":", "");
  const rows = new ReplyRows(1);
  const { columns } = rows;
  columns[ReplyColumn.length] = payload.length;
  columns[ReplyColumn.ifindex] = parts.ifindex ?? ifindex;
  columns[ReplyColumn.source] = parseIpv4(parts.source ?? "10.1.0.1") ?? 0;
  columns[ReplyColumn.destination] = parseIpv4(destination) ?? 0;
  columns[ReplyColumn.hardwareHigh] = Number.parseInt(octets.slice(0, 4), 16);
  columns[ReplyColumn.hardwareLow] = Number.parseInt(octets.slice(4), 16);
  const writer = new RequestWriter();
  return writer.octets.slice(0, writer.frame(1, payload, rows, 0));
}

async function ask(standIn: StandIn, octets: Uint8Array): Promise<{ result: number; error: number; fd: number }> {
  const { octets: reply, fd } = await standIn.ask(octets);
  expect([reply.length, reply[0], reply[1]]).toEqual([Layout.listenReply.octets, HELPER_VERSION, HelperVerb.frame]);
  const words = new Uint32Array(Uint8Array.from(reply).buffer);
  return { result: words[Layout.listenReply.result / 4] ?? -1, error: words[Layout.listenReply.error / 4] ?? -1, fd };
}

const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const OK = { result: NeighbourResult.ok, error: 0, fd: -1 };
const REFUSED = { result: NeighbourResult.refused, error: 0, fd: -1 };

describe("a helper without CAP_NET_ADMIN", () => {
  it("sends a reply in a frame of its own making, with whole checksums, and says at the start that it does", async () => {
    const standIn = await start();
    expect(standIn.launch.frames).toBe(true);
    expect(standIn.notes).toContain("CAP_NET_ADMIN is missing: the helper sends replies");
    const capture = await Capture.start(far, "eth0");
    expect(await ask(standIn, frameRequest())).toEqual(OK);
    const { address } = await linkOf(server, "lan0");
    expect(await capture.waitFor("the reply", () => true)).toMatchObject({
      sourceMac: address,
      destinationMac: CLIENT,
      source: "10.1.0.1",
      destination: "10.1.0.50",
      sourcePort: 67,
      destinationPort: 68,
      checksum: "good",
      ipChecksumGood: true,
      dontFragment: false,
      message: { type: "OFFER" },
    });
    expect(await ask(standIn, frameRequest({ source: "10.1.0.2" }))).toEqual(OK);
    // An odd number of octets, and as many as there can be.
    for (const length of [301, 1472]) {
      const payload = new Uint8Array(length);
      payload.set(REPLY.subarray(0, length));
      const mark = capture.mark;
      expect(await ask(standIn, frameRequest({ payload }))).toEqual(OK);
      expect((await capture.waitFor("the reply", () => true, mark)).checksum).toBe("good");
    }
  });

  it("holds one packet socket for it, which receives nothing and never leaves it", async () => {
    const standIn = await start();
    const text = await server.exec(["tail", "-n", "+2", "/proc/net/packet"]);
    const sockets = text.split("\n").filter((line) => line !== "");
    expect(sockets.map((line) => line.trim().split(/\s+/)[3])).toEqual(["0000"]);
    const { fd } = await ask(standIn, frameRequest());
    expect(fd).toBe(-1);
    expect((await standIn.ask(listenRequest("0.0.0.0"))).fd).toBeGreaterThan(2);
  });

  it.each<[string, FrameParts]>([
    ["no interface", { ifindex: 0 }],
    ["an interface that is not there", { ifindex: 4711 }],
    ["a source that is not ours", { source: "10.1.0.7" }],
    ["a source of ours on another link", { source: "10.2.0.1" }],
    ["no source", { source: "0.0.0.0" }],
    ["a destination outside the link's networks", { destination: "10.2.0.50" }],
    ["a destination that is ours", { destination: "10.1.0.2" }],
    ["a broadcast address", { destination: "10.1.0.255" }],
    ["the network's address", { destination: "10.1.0.0" }],
    ["255.255.255.255", { destination: "255.255.255.255" }],
    ["a multicast destination", { destination: "224.0.0.1" }],
    ["a broadcast hardware address", { hardware: "ff:ff:ff:ff:ff:ff" }],
    ["a multicast hardware address", { hardware: "03:00:00:00:00:01" }],
    ["no hardware address", { hardware: "00:00:00:00:00:00" }],
    ["a payload that is a request", { payload: offer(ADDRESS, CLIENT, { 0: 1 }) }],
    ["a payload that is all zero", { payload: new Uint8Array(300) }],
    ["a reply that gives another address", { payload: offer("10.1.0.51") }],
    ["a reply that gives none", { payload: offer("0.0.0.0") }],
    ["a reply to another client", { payload: offer(ADDRESS, "02:00:00:00:00:98") }],
    ["a reply to hardware that is not Ethernet", { payload: offer(ADDRESS, CLIENT, { 1: 6 }) }],
    ["a reply to a hardware address of other length", { payload: offer(ADDRESS, CLIENT, { 2: 16 }) }],
  ])("refuses a frame with %s", async (_what, parts) => {
    const standIn = await start();
    const capture = await Capture.start(far, "eth0");
    expect(await ask(standIn, frameRequest(parts))).toEqual(REFUSED);
    expect(await ask(standIn, frameRequest({ destination: "10.1.0.51" }))).toEqual(OK);
    await capture.waitFor("the frame behind it", ({ destination }) => destination === "10.1.0.51");
    expect(capture.dhcp()).toHaveLength(1);
  });

  it("refuses the link's own hardware address, and a link that is down", async () => {
    const standIn = await start();
    const { address } = await linkOf(server, "lan0");
    expect(await ask(standIn, frameRequest({ hardware: address }))).toEqual(REFUSED);
    await server.ip("link set lan0 down");
    expect(await ask(standIn, frameRequest())).toEqual(REFUSED);
  });

  it("says what the kernel says to a frame that is too long for the link", async () => {
    await server.ip("link set lan0 mtu 1000");
    const standIn = await start();
    const payload = new Uint8Array(1400);
    payload.set(REPLY.subarray(0, 300));
    const { result, error } = await ask(standIn, frameRequest({ payload }));
    expect([result, error]).toEqual([NeighbourResult.failed, 90]);
  });

  it("lets nothing else out, whatever the daemon asks for", async () => {
    const standIn = await start();
    const { address } = await linkOf(server, "lan0");
    const capture = await Capture.start(far, "eth0", "eth1");
    let seed = 20261121;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    let sent = 0;
    for (let i = 0; i < 600; i++) {
      const octets = frameRequest();
      // Near the start, where the addresses are and the fields that are looked at; a few bits, or all of an octet.
      for (let changes = 1 + random(3); changes > 0; changes--) {
        const at = 8 + random(random(4) === 0 ? octets.length - 8 : 64);
        octets[at] = random(2) === 0 ? random(256) : (octets[at] ?? 0) ^ (1 << random(8));
      }
      // The reserved half of a hardware address: that ends the helper.
      octets.set([0, 0], isLittle ? 22 : 20);
      const { result } = await ask(standIn, octets);
      expect([NeighbourResult.ok, NeighbourResult.refused]).toContain(result);
      if (result === NeighbourResult.ok) sent++;
    }
    expect(await ask(standIn, frameRequest({ destination: "10.1.0.99" }))).toEqual(OK);
    await capture.waitFor("the last one", ({ destination }) => destination === "10.1.0.99");
    const frames = capture.frames().filter(({ kind }) => kind !== "arp");
    expect(frames).toHaveLength(sent + 1);
    expect(sent).toBeGreaterThan(50);
    expect(sent).toBeLessThan(550);
    for (const frame of frames) {
      const { message, ...around } = frame as DhcpFrame;
      expect(around).toMatchObject({ interface: "eth0", kind: "dhcp", sourceMac: address, checksum: "good" });
      expect(around).toMatchObject({ sourcePort: 67, destinationPort: 68, ipChecksumGood: true });
      expect(["10.1.0.1", "10.1.0.2"]).toContain(around.source);
      expect(around.destination).toMatch(/^10\.1\.0\.\d+$/);
      // Null where the magic cookie was hit: a BOOTP reply then, for all the capture knows.
      if (message === null) continue;
      expect(message).toMatchObject({ op: 2, yiaddr: around.destination, chaddr: around.destinationMac });
    }
  });

  const changed = (octets: Uint8Array, at: number, value: number): Uint8Array => {
    octets[at] = value;
    return octets;
  };
  const cut = (octets: Uint8Array, length: number): Uint8Array => {
    const result = new Uint8Array(length);
    result.set(octets.subarray(0, length));
    return result;
  };
  it.each<[string, () => Uint8Array]>([
    ["one octet too short", () => cut(frameRequest(), frameRequest().length - 1)],
    ["one octet too long", () => cut(frameRequest(), frameRequest().length + 1)],
    ["of a header only", () => cut(frameRequest(), 8)],
    ["with less than a message's header", () => changed(cut(frameRequest(), 28 + 235), 2 + (isLittle ? 0 : 1), 235)],
    ["with the reserved half of a hardware address", () => changed(frameRequest(), 20 + (isLittle ? 3 : 0), 1)],
  ])("ends at a request %s", async (_what, octets) => {
    const standIn = await start();
    const pid = standIn.helperPid;
    await standIn.send(octets());
    await standIn.waitForEnd();
    await eventually("the helper's end", () => !isAlive(pid));
    expect(standIn.program.output).toMatch(/anydhcpd-helper: frame request /);
  });
});

describe("a helper that can set neighbour entries, or cannot open packet sockets", () => {
  it.each([
    ["with CAP_NET_ADMIN", []],
    ["without CAP_NET_RAW", ["setpriv", "--bounding-set", "-net_admin,-net_raw", "--inh-caps=-all"]],
  ])("sends no frame: %s", async (_what, wrapper) => {
    const standIn = await start(wrapper);
    expect(standIn.launch.frames).toBe(false);
    expect(await server.exec(["tail", "-n", "+2", "/proc/net/packet"])).toBe("");
    expect(await ask(standIn, frameRequest())).toEqual(REFUSED);
  });
});
