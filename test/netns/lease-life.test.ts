// Who has an address, over real sockets and by both backends: what comes back to back, what the server's own
// addresses are kept from, and what a reload changes under a lease.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, Daemon, readLeases } from "../support/daemon.ts";
import { buildMessage } from "../support/message-builder.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { LAN_ADDRESS, Scene, sceneConfig } from "../support/scene.ts";
import { nextXid, RawClient } from "../support/wire-tools.ts";

const CHADDR = "02:00:5e:00:53:03";
const DUID = "ff5e005346000200000ab11122334455667788";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.create();
});
afterEach(() => scene.network.dispose());

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend", (backend) => {
  it("offers a client that gives its address back and asks in one breath the same again [D15]", async () => {
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig() });
    const client = await RawClient.start(scene.client, "eth0");
    for (let n = 0; n < 3; n++) {
      const chaddr = `02:00:5e:00:54:0${n}`;
      const { yiaddr } = (await client.lease(chaddr)).message;
      const release = buildMessage({ type: 7, chaddr, ciaddr: yiaddr, serverId: LAN_ADDRESS, xid: nextXid() });
      const discover = buildMessage({ type: 1, chaddr, xid: nextXid() });
      const payloads = [release, discover].map((bytes) => Buffer.from(bytes).toString("hex"));
      const replies = await client.blast(payloads, [yiaddr]);
      expect(readLeases(daemon.leases).get(yiaddr)?.state).toBe("released");
      expect(replies.map(({ message }) => [message.type, message.yiaddr])).toEqual([["OFFER", yiaddr]]);
    }
  });

  it("never leases its own address or its router's, and counts neither as free [R3, U3]", async () => {
    await scene.server.ip("addr add 192.168.77.9/24 dev lan0");
    const config = sceneConfig({ lan: "option routers 192.168.77.100;" }).replace(
      "range 192.168.77.100 192.168.77.199;",
      "range 192.168.77.9 192.168.77.10; range 192.168.77.100;",
    );
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config });
    const client = await RawClient.start(scene.client, "eth0");
    expect((await client.lease(CHADDR)).message.yiaddr).toBe("192.168.77.10");
    const message = { type: "DISCOVER", chaddr: "02:00:5e:00:53:04", xid: nextXid() };
    expect((await client.exchange({ message, waitMs: 500 })).replies).toEqual([]);
    const said = daemon.program.lines.filter((line) => line.includes("192.168.77.9 is this server's own address"));
    expect(said).toHaveLength(1);
    // It is free for clients once it has gone.
    await scene.server.ip("addr del 192.168.77.9/24 dev lan0");
    await eventually("the address is offered", async () => {
      const { replies } = await client.exchange({ message: { ...message, xid: nextXid() }, waitMs: 300 });
      return replies[0]?.message.yiaddr === "192.168.77.9";
    });
  });

  it("serves every client that means it while DISCOVERs alone come for more addresses than there are [B4]", async () => {
    await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig() });
    const client = await RawClient.start(scene.client, "eth0");
    const flood = await RawClient.start(scene.client, "eth0");
    const done = flood.load({ clients: 900, rate: 300, request: false, waitMs: 6_000 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const served = new Set<string>();
    for (let n = 0; n < 8; n++) served.add((await client.lease(`02:00:5e:00:55:0${n}`)).message.yiaddr);
    expect(served.size).toBe(8);
    await done;
  });

  it("leaves a client its address when ignore-client-uids is turned on by SIGHUP [R1]", async () => {
    const config = sceneConfig().replace("192.168.77.100 192.168.77.199", "192.168.77.100");
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config });
    const client = await RawClient.start(scene.client, "eth0");
    const options = [[61, DUID]] as const;
    const { yiaddr } = (await client.lease(CHADDR, { options })).message;
    const mark = daemon.mark;
    daemon.configure(`ignore-client-uids on;\n${config}`);
    daemon.program.signal("SIGHUP");
    await daemon.waitForLog("reloaded", mark);
    await client.hold(yiaddr, CHADDR);
    const renewal = { type: "REQUEST", chaddr: CHADDR, xid: nextXid(), ciaddr: yiaddr, options };
    const destinationMac = await scene.mac("lan0");
    const ack = await client.ask(renewal, { source: yiaddr, destination: LAN_ADDRESS, destinationMac });
    expect(ack.message).toMatchObject({ type: "ACK", yiaddr });
    const offer = await client.ask({ type: "DISCOVER", chaddr: CHADDR, xid: nextXid() });
    expect(offer.message.yiaddr).toBe(yiaddr);
  });
});
