// Addresses that a client merely names move nothing: no neighbour entry for them, so nobody can
// redirect the gateway or another host by a forged query.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, Daemon, readLeases } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { LAN_ADDRESS, Scene, sceneConfig } from "../support/scene.ts";
import { addressHex, Capture, encodeMessage, nextXid, RawClient } from "../support/wire-tools.ts";

const ATTACKER = "02:00:00:00:00:66";
const GATEWAY = "192.168.77.254";
const GATEWAY_MAC = "02:00:00:00:00:fe";
/** Times that one message is sent. */
const REPEATED = 2000;

let scene: Scene;
let client: RawClient;
beforeEach(async () => {
  scene = await Scene.create();
  client = await RawClient.start(scene.client, "eth0");
});
afterEach(() => scene.network.dispose());

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend", (backend) => {
  const start = (): Promise<Daemon> =>
    Daemon.start(scene.network, scene.server, {
      backend,
      config: sceneConfig({ lan: `option routers ${GATEWAY};` }),
    });

  it.each([
    ["DHCPINFORM", { type: "INFORM" }],
    ["renewing DHCPREQUEST", { type: "REQUEST" }],
    ["DHCPREQUEST that also asks for it", { type: "REQUEST", options: [[50, addressHex(GATEWAY)]] as const }],
    ["DHCPDISCOVER", { type: "DISCOVER", options: [[50, addressHex(GATEWAY)]] as const }],
  ])("sets no neighbour entry for the gateway when a forged %s carries it as ciaddr", async (_name, fields) => {
    await start();
    const events = await scene.watchNeighbours();
    const capture = await Capture.start(scene.server, "lan0");
    await client.exchange({
      message: { ...fields, chaddr: ATTACKER, xid: nextXid(), ciaddr: GATEWAY },
      frame: { source: GATEWAY },
      waitMs: 1_500,
    });
    // A reply to ciaddr asks by ARP who that is, and takes nobody's word for it.
    for (const frame of capture.dhcp().filter(({ direction }) => direction === "out")) {
      expect(frame.destination === GATEWAY && frame.destinationMac === ATTACKER).toBe(false);
    }
    expect(events().filter((line) => line.includes(GATEWAY) && line.includes(ATTACKER))).toEqual([]);
    expect(await scene.neighbour(GATEWAY)).toBe("");
  });

  it.each(["INFORM", "REQUEST"])("leaves the gateway's own entry alone at a forged DHCP%s", async (type) => {
    await start();
    await scene.server.ip(`neighbour replace ${GATEWAY} lladdr ${GATEWAY_MAC} dev lan0 nud reachable`);
    await client.exchange({
      message: { type, chaddr: ATTACKER, xid: nextXid(), ciaddr: GATEWAY },
      frame: { source: GATEWAY },
      expect: 0,
      waitMs: 0,
      lingerMs: 1_000,
    });
    expect(await scene.neighbour(GATEWAY)).toContain(GATEWAY_MAC);
  });

  it("offers one address for one DHCPDISCOVER that is sent again and again, and stores nothing [case 24]", async () => {
    const daemon = await start();
    const before = daemon.leases;
    const message = encodeMessage({ type: "DISCOVER", chaddr: ATTACKER, xid: nextXid() });
    const replies = await client.blast(Array<string>(REPEATED).fill(Buffer.from(message).toString("hex")));
    expect(replies.length).toBeGreaterThan(0);
    expect(replies.length).toBeLessThanOrEqual(REPEATED);
    expect(new Set(replies.map((reply) => `${reply.message.type} ${reply.message.yiaddr}`)).size).toBe(1);
    expect(daemon.leases).toBe(before);
    expect((await client.lease("02:00:00:00:00:08")).message.type).toBe("ACK");
  });

  it("gives nothing back for a DHCPRELEASE or DHCPDECLINE that the owner has not sent [B10]", async () => {
    const daemon = await start();
    const owner = "02:00:00:00:00:07";
    const { yiaddr } = (await client.lease(owner)).message;
    const serverId = [54, addressHex(LAN_ADDRESS)] as const;
    const frame = { source: yiaddr, destination: LAN_ADDRESS, destinationMac: await scene.mac("lan0") };
    const forged = [
      { type: "RELEASE", ciaddr: yiaddr, options: [serverId] },
      { type: "DECLINE", options: [serverId, [50, addressHex(yiaddr)] as const] },
    ];
    for (const message of forged) {
      const { replies } = await client.exchange({
        message: { ...message, chaddr: ATTACKER, xid: nextXid() },
        frame: message.type === "RELEASE" ? frame : {},
        expect: 0,
        waitMs: 0,
        lingerMs: 300,
      });
      expect(replies).toEqual([]);
    }
    // All that the owner says, but not from its address.
    const message = { type: "RELEASE", ciaddr: yiaddr, options: [serverId], chaddr: owner, xid: nextXid() };
    await client.exchange({ message, expect: 0, waitMs: 0, lingerMs: 300 });
    expect(readLeases(daemon.leases).get(yiaddr)).toMatchObject({ hardware: owner, state: "active" });
    expect((await client.lease(owner)).message.yiaddr).toBe(yiaddr);
    expect(readLeases(daemon.leases).get(yiaddr)).toMatchObject({ hardware: owner, state: "active" });
  });
});
