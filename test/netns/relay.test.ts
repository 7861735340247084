// Relayed clients: whatever address of the server a relay asks, primary, secondary or anycast on
// `lo`, exactly one reply comes from that address, names it as the server identifier, and carries
// the relay's own option 82 back. Asked by the demo's relay and by ISC's dhcrelay.

import { afterEach, beforeEach, describe, expect, it, type TestContext } from "vitest";
import { backends, Daemon, readLeases } from "../support/daemon.ts";
import { startDhcrelay } from "../support/dhcrelay.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { ANYCAST_ADDRESS, GIADDR, LISTEN_ON_ANYCAST, Scene, sceneConfig, UPLINK_ADDRESS } from "../support/scene.ts";
import { addressHex, Capture, type DhcpFrame, nextXid, RawClient, startRelay } from "../support/wire-tools.ts";

const SECONDARY_ADDRESS = "10.9.0.5";
const CHADDR = "02:00:00:00:00:0b";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.create();
  await scene.server.ip(`addr add ${SECONDARY_ADDRESS}/29 dev up0`);
});
afterEach(() => scene.network.dispose());

/** Starts a relay of either kind; skips the test where there is none. */
async function relayTo(kind: string, server: string, context: TestContext): Promise<void> {
  if (kind === "demo/tools/relay.py") {
    await startRelay(scene.relay, { clientInterface: "down0", giaddr: GIADDR, server });
    return;
  }
  if ((await startDhcrelay(scene, server)) === undefined) context.skip("dhcrelay cannot be had from Debian");
}

async function start(backend: string, more: { global?: string; routed?: string } = {}): Promise<Daemon> {
  const uplink = "subnet 10.9.0.0 netmask 255.255.255.248 { }";
  const config = `${sceneConfig({ ...more, global: `${LISTEN_ON_ANYCAST} ${more.global ?? ""}` })}${uplink}`;
  return await Daemon.start(scene.network, scene.server, { backend, config, args: [`-u${SECONDARY_ADDRESS}`] });
}

/** A query as a relay would send it, from the relay's own address, in a frame of ours. */
async function relayedRaw(to: string, fields: object, sourcePort = 67): Promise<readonly DhcpFrame[]> {
  const capture = await Capture.start(scene.relay, "up0");
  const raw = await RawClient.start(scene.relay, "up0");
  const message = { chaddr: CHADDR, xid: nextXid(), giaddr: GIADDR, hops: 1, ...fields };
  const frame = {
    sourceMac: raw.mac,
    destinationMac: await scene.mac("up0"),
    source: GIADDR,
    destination: to,
    sourcePort,
  };
  const { replies } = await raw.exchange({ message, frame, lingerMs: 300 });
  await capture.waitFor("a reply", ({ message: reply }) => reply.op === 2);
  return replies;
}

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend", (backend) => {
  describe.each(["demo/tools/relay.py", "dhcrelay"])("asked by %s", (kind) => {
    it.for([
      ["the primary address", UPLINK_ADDRESS],
      ["a secondary address", SECONDARY_ADDRESS],
      ["an anycast address on lo", ANYCAST_ADDRESS],
    ])("replies once, from %s that was asked", async ([, asked = ""], context) => {
      const daemon = await start(backend);
      await relayTo(kind, asked, context);
      const capture = await Capture.start(scene.server, "up0", "lan0");
      const client = await RawClient.start(scene.routed, "eth0");

      const ack = await client.lease(CHADDR);

      expect(ack.message.yiaddr).toMatch(/^10\.77\.0\.1\d\d$/);
      expect(ack.message.serverId).toBe(asked);
      const sent = capture.dhcp().filter(({ direction }) => direction === "out");
      expect(sent.map(({ message }) => message.type)).toEqual(["OFFER", "ACK"]);
      const queries = capture.dhcp().filter(({ direction }) => direction === "in");
      for (const [index, reply] of sent.entries()) {
        expect(reply).toMatchObject({
          interface: "up0",
          source: asked,
          sourcePort: 67,
          destination: GIADDR,
          destinationPort: 67,
          message: { giaddr: GIADDR, serverId: asked },
        });
        const agentInformation = queries[index]?.message.options["82"];
        expect(agentInformation).toBeDefined();
        expect(reply.message.options["82"]).toBe(agentInformation);
        expect(reply.message.order.at(-1)).toBe(82);
      }
      expect(readLeases(daemon.leases).get(ack.message.yiaddr)).toMatchObject({ hardware: CHADDR, state: "active" });
    });
  });

  it("answers a renewal that dhcrelay's host routes and dhcrelay relays as well, stores it once and says so once [D7]", async (context) => {
    const daemon = await start(backend);
    if ((await startDhcrelay(scene, ANYCAST_ADDRESS)) === undefined)
      return context.skip("dhcrelay cannot be had from Debian");
    const client = await RawClient.start(scene.routed, "eth0");
    const { yiaddr: ciaddr } = (await client.lease(CHADDR)).message;
    await client.hold(ciaddr, CHADDR);
    const gateway = /link\/ether (\S+)/.exec(await scene.relay.ip("link show dev down0"))?.[1] ?? "";
    const frame = { destinationMac: gateway, source: ciaddr, destination: ANYCAST_ADDRESS };
    const recordOf = (): string => daemon.leases.slice(daemon.leases.lastIndexOf(`lease ${ciaddr} {`));
    const circuit = /agent.circuit-id.*;/.exec(recordOf())?.[0];
    expect(circuit).toBeDefined();

    for (const renewals of [1, 2]) {
      // A repetition within two seconds would be answered from what is stored in any case.
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      const before = daemon.leases.split(`lease ${ciaddr} {`).length;
      const message = { type: "REQUEST", chaddr: CHADDR, xid: nextXid(), ciaddr };
      const { replies } = await client.exchange({ message, frame, expect: 2 });
      const answers = replies.map((reply) => [reply.source, reply.message.type, reply.message.yiaddr]);
      expect(answers.sort(), `renewal ${renewals}`).toEqual([
        [GIADDR, "ACK", ciaddr],
        [ANYCAST_ADDRESS, "ACK", ciaddr],
      ]);
      expect(daemon.leases.split(`lease ${ciaddr} {`).length - before).toBe(1);
      expect(recordOf()).toContain(circuit);
    }
    const options = [[54, addressHex(ANYCAST_ADDRESS)]] as const;
    const message = { type: "RELEASE", chaddr: CHADDR, xid: nextXid(), ciaddr, options };
    await client.exchange({ message, frame, expect: 0, waitMs: 500 });
    await eventually("it is released", () => readLeases(daemon.leases).get(ciaddr)?.state === "released");

    const counters = await daemon.counters();
    expect(counters).toMatchObject({ "doubled-by-relay": 3, released: 1 });
    expect(daemon.log.match(/the relay 10\.77\.0\.1 also relays what its clients send straight to us/g)).toHaveLength(
      1,
    );
  });

  it("unicasts to the relay whatever the client's broadcast flag, and hands the flag back", async () => {
    await start(backend);
    for (const broadcast of [false, true]) {
      const replies = await relayedRaw(ANYCAST_ADDRESS, { type: "DISCOVER", broadcast });
      expect(replies).toHaveLength(1);
      expect(replies[0]).toMatchObject({ source: ANYCAST_ADDRESS, destination: GIADDR });
      expect((replies[0]?.message.flags ?? 0) & 0x8000).toBe(broadcast ? 0x8000 : 0);
    }
  });

  it("sends a DHCPNAK through the relay, from the anycast address and with the broadcast flag [2131 3.2-5, 4.3.2-8]", async () => {
    await start(backend);
    const options = [[50, addressHex("192.168.99.9")]] as const;
    const replies = await relayedRaw(ANYCAST_ADDRESS, { type: "REQUEST", options });
    expect(replies).toHaveLength(1);
    expect(replies[0]).toMatchObject({
      source: ANYCAST_ADDRESS,
      destination: GIADDR,
      destinationPort: 67,
      message: { type: "NAK", serverId: ANYCAST_ADDRESS, yiaddr: "0.0.0.0" },
    });
    expect((replies[0]?.message.flags ?? 0) & 0x8000).toBe(0x8000);
  });

  it("answers a relay that uses a port of its own on that port", async () => {
    await start(backend);
    const options = [[82, "1300"]] as const;
    const replies = await relayedRaw(ANYCAST_ADDRESS, { type: "DISCOVER", options }, 40_067);
    expect(replies).toHaveLength(1);
    expect(replies[0]).toMatchObject({
      source: ANYCAST_ADDRESS,
      sourcePort: 67,
      destination: GIADDR,
      destinationPort: 40_067,
      message: { type: "OFFER", options: { "82": "1300" } },
    });
  });

  it("answers from the anycast address when the reply had to wait for the ping check [2131 3.1-1]", async () => {
    await start(backend, { routed: "ping-ahead false; ping-check true; ping-timeout 1;" });
    const capture = await Capture.start(scene.relay, "up0", "down0");
    const replies = await relayedRaw(ANYCAST_ADDRESS, { type: "DISCOVER" });
    expect(replies.map(({ message, source }) => [message.type, source])).toEqual([["OFFER", ANYCAST_ADDRESS]]);
    const address = replies[0]?.message.yiaddr;
    const asked = capture.frames().filter((frame) => frame.kind === "icmp" && frame.destination === address);
    expect(asked.length).toBeGreaterThan(0);
  });

  it("renews a relayed client that asks the anycast address without the relay", async () => {
    await start(backend);
    await startRelay(scene.relay, { clientInterface: "down0", giaddr: GIADDR, server: ANYCAST_ADDRESS });
    const client = await RawClient.start(scene.routed, "eth0");
    const { message: granted } = await client.lease(CHADDR);
    const address = granted.yiaddr;
    await client.hold(address, CHADDR);
    const gateway = /link\/ether (\S+)/.exec(await scene.relay.ip("link show dev down0"))?.[1] ?? "";
    const capture = await Capture.start(scene.server, "up0");
    const ack = await client.ask(
      { type: "REQUEST", chaddr: CHADDR, xid: nextXid(), ciaddr: address },
      { destinationMac: gateway, source: address, destination: ANYCAST_ADDRESS },
    );
    expect(ack).toMatchObject({ source: ANYCAST_ADDRESS, destination: address, destinationPort: 68 });
    expect(ack.message).toMatchObject({ type: "ACK", yiaddr: address, serverId: ANYCAST_ADDRESS });
    expect(capture.dhcp().filter(({ direction }) => direction === "out")).toHaveLength(1);
  });
});
