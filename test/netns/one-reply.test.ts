// Exactly one reply per query, whichever listeners there are: addresses of the interface, further
// addresses, an anycast address, the wildcard, and whichever way the query came.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, Daemon } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { ANYCAST_ADDRESS, LAN_ADDRESS, LISTEN_ON_ANYCAST, Scene, sceneConfig } from "../support/scene.ts";
import { nextXid, RawClient } from "../support/wire-tools.ts";

const CHADDR = "02:00:00:00:00:07";
const SECOND_ADDRESS = "192.168.77.2";

/** Which listeners, by configuration and flags. */
const LISTENERS: readonly { name: string; global?: string; args: readonly string[]; asked: readonly string[] }[] = [
  { name: "interfaces by configuration", args: [], asked: [LAN_ADDRESS] },
  { name: "an interface by name", args: ["lan0"], asked: [LAN_ADDRESS] },
  {
    name: "an interface and its second address",
    args: [`-u${SECOND_ADDRESS}`, "lan0"],
    asked: [LAN_ADDRESS, SECOND_ADDRESS],
  },
  {
    name: "an interface and an anycast address",
    global: LISTEN_ON_ANYCAST,
    args: ["lan0"],
    asked: [LAN_ADDRESS, ANYCAST_ADDRESS],
  },
  {
    name: "an address that is asked for twice",
    global: LISTEN_ON_ANYCAST,
    args: [`-u${ANYCAST_ADDRESS}`, `-u${LAN_ADDRESS}`, "lan0"],
    asked: [LAN_ADDRESS, ANYCAST_ADDRESS],
  },
  { name: "the wildcard", args: ["-u"], asked: [LAN_ADDRESS, SECOND_ADDRESS, ANYCAST_ADDRESS] },
];

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.create();
  await scene.server.ip(`addr add ${SECOND_ADDRESS}/24 dev lan0`);
});
afterEach(() => scene.network.dispose());

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend", (backend) => {
  it.each(LISTENERS)("answers each query once with $name", async ({ global = "", args, asked }) => {
    await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig({ global }), args });
    const client = await RawClient.start(scene.client, "eth0");
    const destinationMac = await scene.mac("lan0");

    for (const broadcast of [false, true]) {
      const { replies } = await client.exchange({
        message: { type: "DISCOVER", chaddr: CHADDR, xid: nextXid(), broadcast },
      });
      expect(replies.map(({ source, message }) => [source, message.type])).toEqual([[LAN_ADDRESS, "OFFER"]]);
    }
    const { yiaddr } = (await client.lease(CHADDR)).message;
    await client.hold(yiaddr, CHADDR);
    for (const address of asked) {
      const { replies } = await client.exchange({
        message: { type: "REQUEST", chaddr: CHADDR, xid: nextXid(), ciaddr: yiaddr },
        frame: { destinationMac, source: yiaddr, destination: address },
      });
      expect(replies.map(({ source, message }) => [source, message.type, message.serverId])).toEqual([
        [address, "ACK", address],
      ]);
    }
  });

  it("offers the same address again when a query comes twice", async () => {
    await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig() });
    const client = await RawClient.start(scene.client, "eth0");
    const message = { type: "DISCOVER", chaddr: CHADDR, xid: nextXid() };
    const first = await client.ask(message);
    const second = await client.ask(message);
    expect(second.message.yiaddr).toBe(first.message.yiaddr);
  });
});
