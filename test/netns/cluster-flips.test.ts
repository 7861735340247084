// A cluster, all of it real: three servers on one anycast address, three members of etcd, two relays, a router that sends
// each packet to another server.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ClusterScene, clusterTools, type NodeName, type Site } from "../support/cluster-scene.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { addressHex, Capture, type DhcpFrame, nextXid } from "../support/wire-tools.ts";

const ANYCAST_ADDRESS = "192.0.2.53";
const CLIENTS = 60;
const chaddrOf = (number: number): string => `02:00:00:00:01:${number.toString(16).padStart(2, "0")}`;

describe.skipIf(!mayMakeNetworks)("three servers on one address", () => {
  let scene: ClusterScene | undefined;

  beforeAll(async () => {
    const tools = await clusterTools();
    if (tools !== undefined) scene = await ClusterScene.create(tools, "drain-time 0;\n");
  }, 90_000);
  afterAll(() => scene?.dispose());
  beforeEach((context) => {
    if (scene === undefined) context.skip("etcd, dhcrelay or nft cannot be had from Debian");
  });

  function built(): ClusterScene {
    if (scene === undefined) throw new Error("there is no scene");
    return scene;
  }

  function site(number: 1 | 2): Site {
    const found = built().sites[number - 1];
    if (found === undefined) throw new Error(`there is no site ${number}`);
    return found;
  }

  /** Renews an address by unicast, as its client would; the answers. */
  async function renew(at: 1 | 2, chaddr: string, ciaddr: string): Promise<readonly DhcpFrame[]> {
    const { client, gateway } = site(at);
    await client.hold(ciaddr, chaddr);
    const frame = { destinationMac: gateway, source: ciaddr, destination: ANYCAST_ADDRESS };
    const message = { type: "REQUEST", chaddr, xid: nextXid(), ciaddr };
    return (await client.exchange({ message, frame, waitMs: 4000 })).replies;
  }

  it.each([1, 2] as const)(
    "give a client its lease in one exchange: DISCOVER at one, REQUEST at another (relay %i)",
    async (at) => {
      const { router } = built();
      const order: readonly NodeName[] = ["a", "b"];
      await built().sendTo(...order);
      const capture = await Capture.start(router, "to-a", "to-b");

      const ack = await site(at).client.lease(chaddrOf(at));

      const seen = capture.dhcp().map(({ interface: name, message }) => `${name} ${message.type}`);
      expect(seen).toEqual(["to-a DISCOVER", "to-a OFFER", "to-b REQUEST", "to-b ACK"]);
      const answers = capture.dhcp().filter(({ direction }) => direction === "in");
      for (const { source, sourcePort, message } of answers)
        expect([source, sourcePort, message.serverId]).toEqual([ANYCAST_ADDRESS, 67, ANYCAST_ADDRESS]);
      expect(ack.message.yiaddr).toMatch(new RegExp(`^10\\.7${at}\\.`));
    },
  );

  it("offer a client one address, whichever of them it asks", async () => {
    const offered = new Set<string>();
    for (const name of ["a", "b", "c"] as const) {
      await built().sendTo(name);
      const message = { type: "DISCOVER", chaddr: chaddrOf(0x20), xid: nextXid() };
      offered.add((await site(1).client.ask(message)).message.yiaddr);
    }
    expect(offered.size).toBe(1);
  });

  it("renew a lease at each of them", async () => {
    await built().sendTo("a");
    const { yiaddr } = (await site(1).client.lease(chaddrOf(0x30))).message;
    for (const name of ["b", "c", "a"] as const) {
      await built().sendTo(name);
      const replies = await renew(1, chaddrOf(0x30), yiaddr);
      expect(replies.map((reply) => [reply.source, reply.message.type, reply.message.yiaddr])).toEqual([
        [ANYCAST_ADDRESS, "ACK", yiaddr],
      ]);
    }
  });

  it("refuse a client the address that another one has from another of them", async () => {
    await built().sendTo("a");
    const { yiaddr } = (await site(1).client.lease(chaddrOf(0x40))).message;
    await built().sendTo("b");
    const options = [
      [50, addressHex(yiaddr)],
      [54, addressHex(ANYCAST_ADDRESS)],
    ] as const;
    const nak = await site(1).client.ask({ type: "REQUEST", chaddr: chaddrOf(0x41), xid: nextXid(), options });
    expect(nak.message.type).toBe("NAK");
  });

  it("give many clients leases at once, each another address, and every one of them takes part", async () => {
    await built().sendTo("a", "b", "c");
    const before = await counts();
    const results = await Promise.all(
      ([1, 2] as const).map((at) => site(at).client.load({ clients: CLIENTS, rate: 100, first: 1000 * at })),
    );
    for (const { acks, granted } of results) {
      expect(acks).toBe(CLIENTS);
      expect(new Set(granted.map(({ address }) => address)).size).toBe(CLIENTS);
    }
    const after = await counts();
    for (const [i, count] of after.entries()) expect(count - (before[i] ?? 0)).toBeGreaterThan(CLIENTS / 3);
  });

  it("renew a lease of one that was killed, which takes its place again when it is back", async () => {
    await built().sendTo("b");
    const { yiaddr } = (await site(2).client.lease(chaddrOf(0x50))).message;
    await built().node("b").daemon.stop("SIGKILL");
    await built().sendTo("c");
    // dhcrelay also relays what its host routes: there may be a second answer.
    const [reply] = await renew(2, chaddrOf(0x50), yiaddr);
    expect([reply?.message.type, reply?.message.yiaddr]).toEqual(["ACK", yiaddr]);

    await built().node("b").daemon.start();
    await built().sendTo("b");
    const [again] = await renew(2, chaddrOf(0x50), yiaddr);
    expect([again?.message.type, again?.message.yiaddr]).toEqual(["ACK", yiaddr]);
  });

  /** ACKs of each server so far. */
  async function counts(): Promise<readonly number[]> {
    const nodes = [...built().nodes.values()];
    return await Promise.all(nodes.map(async ({ daemon }) => (await daemon.counters())["ack-selecting"] ?? 0));
  }
});
