// What the helper writes into the kernel's neighbour table, and what it refuses: asked by a stand-in
// that is free to say anything.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NeighbourResult } from "../../src/helper/helper.ts";
import { HelperVerb } from "../../src/helper/protocol.ts";
import { mayMakeNetworks, type Namespace, Network } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { Capture } from "../support/wire-tools.ts";
import { type Entry, eventuallyGone, isAlive, linkOf, neighbourRequest, neighboursOf, StandIn } from "./stand-in.ts";

const { ok, refused, full } = NeighbourResult;

const PING = `import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
s.sendto(bytes((8, 0, 0xf7, 0xff, 0, 0, 0, 0)), (sys.argv[1], 0))
`;

describe.skipIf(!mayMakeNetworks)("the helper, asked for neighbour entries", () => {
  let network: Network;
  let server: Namespace;
  let far: Namespace;
  let standIn: StandIn;
  let lan: number;
  let other: number;
  let down: number;
  let loopback: number;
  let ownHardware: string;

  beforeAll(async () => {
    network = await Network.create();
    server = await network.namespace("server");
    far = await network.namespace("far");
    await network.veth(server, "lan0", far, "eth0");
    await network.veth(server, "other0", far, "eth1");
    await network.veth(server, "down0", far, "eth2");
    await server.ip("addr add 10.1.0.1/24 brd + dev lan0");
    await server.ip("addr add 10.1.9.1/31 dev lan0");
    await server.ip("addr add 10.1.8.1/32 dev lan0");
    await server.ip("addr add 10.1.7.1 peer 10.1.7.2 dev lan0");
    await server.ip("addr add 10.1.6.1/24 brd 10.1.6.77 dev lan0");
    await server.ip("addr add 10.2.0.1/24 dev other0");
    await server.ip("addr add 10.3.0.1/24 dev down0");
    await server.ip("addr add 10.1.0.200/32 dev lo");
    await server.ip("link set down0 down");
    lan = (await linkOf(server, "lan0")).ifindex;
    other = (await linkOf(server, "other0")).ifindex;
    down = (await linkOf(server, "down0")).ifindex;
    loopback = (await linkOf(server, "lo")).ifindex;
    ownHardware = (await linkOf(server, "lan0")).address;
    standIn = await StandIn.start(server, {
      leaseFile: `${network.directory}/leases`,
      controlSocket: `${network.directory}/control`,
    });
  });
  afterAll(() => network.dispose());

  async function set(entries: readonly Entry[]): Promise<number[]> {
    const { octets, fd } = await standIn.ask(neighbourRequest(HelperVerb.neighbourSet, entries));
    expect(fd).toBe(-1);
    return [...octets.subarray(8, 8 + entries.length)];
  }

  const remove = (entries: readonly Entry[]): Promise<void> =>
    standIn.send(neighbourRequest(HelperVerb.neighbourDelete, entries));

  /** Sends an echo request, which the kernel holds back while it asks for the address by ARP. */
  const ping = (address: string): Promise<string> => server.exec(["python3", "-c", PING, address]);

  const shown = (address: string): Promise<string> => server.ip(`neigh show ${address} nud all`);

  it("knows the addresses of a host that has very many [B13]", async () => {
    const many = Array.from({ length: 9000 }, (_, n) => `10.9.${n >> 8}.${n & 255}`);
    const batch = (verb: string): Promise<string> =>
      server.exec(["ip", "-batch", "-"], { input: many.map((one) => `addr ${verb} ${one}/32 dev lo\n`).join("") });
    await batch("add");
    const entry = { ifindex: lan, address: "10.1.0.50" };
    expect(await set([entry, { ifindex: lan, address: "10.1.0.1" }])).toEqual([ok, refused]);
    await remove([entry]);
    await eventuallyGone(server, "lan0", ["10.1.0.50"]);
    await batch("del");
  });

  it("sets a reachable entry and deletes it when asked", async () => {
    const entry = { ifindex: lan, address: "10.1.0.50", hardware: "02:00:00:00:01:02" };
    expect(await set([entry])).toEqual([ok]);
    expect((await neighboursOf(server, "lan0")).get("10.1.0.50")).toBe("02:00:00:00:01:02 REACHABLE");
    await remove([entry]);
    await eventuallyGone(server, "lan0", ["10.1.0.50"]);
  });

  it("sets 64 entries at once", async () => {
    const entries = Array.from({ length: 64 }, (_, i) => ({ ifindex: lan, address: `10.1.0.${i + 64}` }));
    expect(await set(entries)).toEqual(Array(64).fill(ok));
    const shown = await neighboursOf(server, "lan0");
    expect(entries.every(({ address }) => shown.get(address)?.endsWith("REACHABLE"))).toBe(true);
    await remove(entries);
    await eventuallyGone(
      server,
      "lan0",
      entries.map(({ address }) => address),
    );
  });

  it("replaces what was learned", async () => {
    for (const state of ["reachable", "stale", "failed"]) {
      const hardware = state === "failed" ? "" : "lladdr 02:00:00:00:00:aa ";
      await server.ip(`neigh replace 10.1.0.51 ${hardware}nud ${state} dev lan0`.trim());
      expect(await set([{ ifindex: lan, address: "10.1.0.51" }])).toEqual([ok]);
      expect((await neighboursOf(server, "lan0")).get("10.1.0.51")).toBe("02:00:00:00:00:99 REACHABLE");
    }
    await remove([{ ifindex: lan, address: "10.1.0.51" }]);
  });

  it("never touches an entry that somebody else means to stay", async () => {
    await server.ip("neigh replace 10.1.0.52 lladdr 02:00:00:00:00:aa nud permanent dev lan0");
    await server.ip("neigh replace 10.1.0.53 lladdr 02:00:00:00:00:aa nud noarp dev lan0");
    await server.ip("neigh replace 10.1.0.54 lladdr 02:00:00:00:00:aa nud reachable extern_learn dev lan0");
    const entries = ["10.1.0.52", "10.1.0.53", "10.1.0.54"].map((address) => ({ ifindex: lan, address }));
    expect(await set(entries)).toEqual([refused, refused, refused]);
    await remove(entries);
    expect(await set([{ ifindex: lan, address: "10.1.0.55" }])).toEqual([ok]);
    const shown = await neighboursOf(server, "lan0");
    for (const { address } of entries) expect(shown.get(address)).toContain("02:00:00:00:00:aa");
  });

  it("does not delete an entry that became permanent after it was set", async () => {
    const entry = { ifindex: lan, address: "10.1.0.56" };
    expect(await set([entry])).toEqual([ok]);
    await server.ip("neigh replace 10.1.0.56 lladdr 02:00:00:00:00:aa nud permanent dev lan0");
    await remove([entry]);
    expect(await set([{ ifindex: lan, address: "10.1.0.57" }])).toEqual([ok]);
    expect((await neighboursOf(server, "lan0")).get("10.1.0.56")).toBe("02:00:00:00:00:aa PERMANENT");
  });

  it("deletes only what it has set", async () => {
    await server.ip("neigh replace 10.1.0.58 lladdr 02:00:00:00:00:aa nud reachable dev lan0");
    await remove([{ ifindex: lan, address: "10.1.0.58" }]);
    expect(await set([{ ifindex: lan, address: "10.1.0.59" }])).toEqual([ok]);
    expect((await neighboursOf(server, "lan0")).get("10.1.0.58")).toContain("02:00:00:00:00:aa");
  });

  it("drops what is held back for an address before it sets the entry, and sends it to nobody [D6]", async () => {
    const capture = await Capture.start(far, "eth0");
    const pings = (): number => capture.frames().filter(({ kind }) => kind === "icmp").length;
    await ping("10.1.0.60");
    await eventually("the kernel asks", async () => (await shown("10.1.0.60")).includes("INCOMPLETE"));
    expect(await set([{ ifindex: lan, address: "10.1.0.60" }])).toEqual([ok]);
    await ping("10.1.0.60");
    await eventually("a later ping arrives", () => pings() > 0);
    expect(pings()).toBe(1);
    await remove([{ ifindex: lan, address: "10.1.0.60" }]);
  });

  it("deletes what waits for an ARP answer, in a prefix of that interface only [D5]", async () => {
    for (const address of ["10.1.0.61", "10.2.0.61"]) {
      await ping(address);
      await eventually("the kernel asks", async () => (await shown(address)).includes("INCOMPLETE"));
    }
    await remove([
      { ifindex: lan, address: "10.1.0.61" },
      { ifindex: lan, address: "10.2.0.61" },
    ]);
    expect(await set([{ ifindex: lan, address: "10.1.0.62" }])).toEqual([ok]);
    expect(await shown("10.1.0.61")).toBe("");
    expect(await shown("10.2.0.61")).toContain("INCOMPLETE");
  });

  it.each([
    ["our own address", "10.1.0.1"],
    ["an address of ours on another interface", "10.1.0.200"],
    ["an address in no prefix of the interface", "10.9.0.5"],
    ["an address in the prefix of another interface", "10.2.0.5"],
    ["the directed broadcast address", "10.1.0.255"],
    ["the network address", "10.1.0.0"],
    ["a broadcast address that the kernel was given", "10.1.6.77"],
    ["the limited broadcast address", "255.255.255.255"],
    ["a multicast address", "224.0.0.1"],
    ["a reserved address", "240.0.0.1"],
    ["a loopback address", "127.0.0.1"],
    ["no address", "0.0.0.0"],
    ["the address of a prefix of 32 bits", "10.1.8.1"],
  ])("refuses %s", async (_what, address) => {
    const before = await neighboursOf(server, "lan0");
    expect(await set([{ ifindex: lan, address }])).toEqual([refused]);
    expect((await neighboursOf(server, "lan0")).get(address)).toBe(before.get(address));
  });

  it.each([
    ["a multicast hardware address", "03:00:00:00:00:01"],
    ["the broadcast hardware address", "ff:ff:ff:ff:ff:ff"],
    ["a hardware address of zeros", "00:00:00:00:00:00"],
  ])("refuses %s", async (_what, hardware) => {
    expect(await set([{ ifindex: lan, address: "10.1.0.60", hardware }])).toEqual([refused]);
    expect((await neighboursOf(server, "lan0")).has("10.1.0.60")).toBe(false);
  });

  it("refuses the interface's own hardware address", async () => {
    expect(await set([{ ifindex: lan, address: "10.1.0.60", hardware: ownHardware }])).toEqual([refused]);
  });

  it("refuses interfaces that are absent, down or not Ethernet", async () => {
    expect(await set([{ ifindex: 9999, address: "10.1.0.61" }])).toEqual([refused]);
    expect(await set([{ ifindex: 0, address: "10.1.0.61" }])).toEqual([refused]);
    expect(await set([{ ifindex: 0xffffffff, address: "10.1.0.61" }])).toEqual([refused]);
    expect(await set([{ ifindex: down, address: "10.3.0.5" }])).toEqual([refused]);
    expect(await set([{ ifindex: loopback, address: "10.1.0.61" }])).toEqual([refused]);
  });

  it("answers for each entry of a mixed batch", async () => {
    const hardware = "02:00:00:00:00:98";
    expect(
      await set([
        { ifindex: lan, address: "10.1.0.255", hardware },
        { ifindex: lan, address: "10.1.0.62", hardware },
        { ifindex: other, address: "10.2.0.62", hardware },
        { ifindex: other, address: "10.1.0.62", hardware },
      ]),
    ).toEqual([refused, ok, ok, refused]);
    expect((await neighboursOf(server, "other0")).get("10.2.0.62")).toBe(`${hardware} REACHABLE`);
  });

  it("takes both addresses of a /31 and the far end of a point-to-point address", async () => {
    expect(await set([{ ifindex: lan, address: "10.1.9.0" }])).toEqual([ok]);
    expect(await set([{ ifindex: lan, address: "10.1.7.2" }])).toEqual([ok]);
    expect(await set([{ ifindex: lan, address: "10.1.7.3" }])).toEqual([refused]);
  });

  it("follows addresses and links as they come and go", async () => {
    const entry = { ifindex: other, address: "10.4.0.5" };
    expect(await set([entry])).toEqual([refused]);
    await server.ip("addr add 10.4.0.1/24 dev other0");
    expect(await set([entry])).toEqual([ok]);
    await server.ip("addr del 10.4.0.1/24 dev other0");
    expect(await set([entry])).toEqual([refused]);
    await server.ip("link set down0 up");
    expect(await set([{ ifindex: down, address: "10.3.0.5" }])).toEqual([ok]);
    await server.ip("link set down0 down");
    expect(await set([{ ifindex: down, address: "10.3.0.5" }])).toEqual([refused]);
  });

  it("keeps at most 256 entries alive, and forgets those that nobody deletes", async () => {
    const address = (i: number): string => `10.5.${i >> 6}.${(i & 63) + 1}`;
    await server.ip("addr add 10.5.255.1/16 dev lan0");
    const results: number[] = [];
    const entries = Array.from({ length: 320 }, (_, i) => ({ ifindex: lan, address: address(i) }));
    for (let i = 0; i < 320; i += 64) results.push(...(await set(entries.slice(i, i + 64))));
    const alive = results.filter((result) => result === ok).length;
    // Entries of earlier tests may still count.
    expect(alive).toBeLessThanOrEqual(256);
    expect(alive).toBeGreaterThan(200);
    expect(results.slice(alive).every((result) => result === full)).toBe(true);
    await eventuallyGone(
      server,
      "lan0",
      entries.map((entry) => entry.address),
    );
    expect(await set([{ ifindex: lan, address: "10.5.0.1" }])).toEqual([ok]);
  });

  it("refuses what comes faster than its rate, and takes more after a while", async () => {
    const entries = Array.from({ length: 64 }, (_, i) => ({ ifindex: lan, address: `10.1.0.${i + 64}` }));
    const request = Buffer.from(neighbourRequest(HelperVerb.neighbourSet, entries)).toString("hex");
    const from = standIn.program.lines.length;
    const started = performance.now();
    standIn.program.write(`${JSON.stringify(["send", request])}\n`.repeat(400));
    const seen = (start: string): string[] =>
      standIn.program.lines.slice(from).filter((line) => line.startsWith(start));
    // What the socket has no room for is not sent, and not answered.
    await eventually("an answer to each request", () => {
      const sent = seen('{"did"').filter((line) => line.includes('"value":0'));
      return seen('{"did"').length === 400 && seen('{"message"').length === sent.length;
    });
    const milliseconds = performance.now() - started;
    const results = seen('{"message"').flatMap((line) => [
      ...Buffer.from((JSON.parse(line) as { message: string }).message, "hex").subarray(8),
    ]);
    const taken = results.filter((result) => result === ok).length;
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThanOrEqual(5000 + 100 * milliseconds);
    expect(results.every((result) => result === ok || result === refused)).toBe(true);
    await eventually(
      "a set that is taken",
      async () => (await set([{ ifindex: lan, address: "10.1.0.63" }]))[0] === ok,
    );
  });

  it("deletes what is left when the daemon is killed", async () => {
    const entries = ["10.1.0.71", "10.1.0.72"].map((address) => ({ ifindex: lan, address }));
    expect(await set(entries)).toEqual([ok, ok]);
    const helper = standIn.helperPid;
    standIn.program.signal("SIGKILL");
    await standIn.program.ended;
    await eventuallyGone(server, "lan0", ["10.1.0.71", "10.1.0.72"]);
    await eventually("the helper's end", () => !isAlive(helper));
    expect((await neighboursOf(server, "lan0")).get("10.1.0.52")).toBe("02:00:00:00:00:aa PERMANENT");
  });
});
