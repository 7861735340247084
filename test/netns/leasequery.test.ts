// Leasequeries over real sockets: RFC 4388 by UDP, on both backends.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, Daemon } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { Requestor } from "../support/requestor.ts";
import { ANYCAST_ADDRESS, GIADDR, LISTEN_ON_ANYCAST, Scene, sceneConfig, UPLINK_ADDRESS } from "../support/scene.ts";
import { addressHex, RawClient, startRelay } from "../support/wire-tools.ts";

const CHADDR = "02:00:00:00:00:0b";
const REQUESTOR = "10.9.0.2";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.create();
});
afterEach(() => scene.network.dispose());

async function start(backend: string, global: string): Promise<Daemon> {
  const config = `${sceneConfig({ global: `${LISTEN_ON_ANYCAST} ${global}` })}subnet 10.9.0.0 netmask 255.255.255.248 { }`;
  return await Daemon.start(scene.network, scene.server, { backend, config });
}

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend", (backend) => {
  it("tells a permitted requestor who has an address and which one a client has, from the address that it asked", async () => {
    await start(backend, `allow leasequery from ${REQUESTOR};`);
    const relay = await startRelay(scene.relay, { clientInterface: "down0", giaddr: GIADDR, server: UPLINK_ADDRESS });
    const client = await RawClient.start(scene.routed, "eth0");
    const address = (await client.lease(CHADDR)).message.yiaddr;
    await relay.kill();
    const requestor = await Requestor.start(scene.relay);

    for (const server of [UPLINK_ADDRESS, ANYCAST_ADDRESS]) {
      const byAddress = await requestor.datagram({ server, from: REQUESTOR, message: { ciaddr: address, xid: 77 } });
      expect(byAddress).toMatchObject({ source: server, port: 67 });
      expect(byAddress.message).toMatchObject({
        op: 2,
        type: "LEASEACTIVE",
        xid: 77,
        ciaddr: address,
        yiaddr: "0.0.0.0",
        giaddr: REQUESTOR,
        chaddr: CHADDR,
        serverId: server,
      });
      // The relay's circuit identifier, as it was when the lease was given.
      expect(byAddress.message?.options["82"]).toContain(Buffer.from("port-1").toString("hex"));
      expect(byAddress.message?.leaseTime).toBeGreaterThan(3500);
    }
    const hardware = { htype: 1, hlen: 6, chaddr: CHADDR };
    const byHardware = await requestor.datagram({ server: UPLINK_ADDRESS, from: REQUESTOR, message: hardware });
    expect(byHardware.message).toMatchObject({ type: "LEASEACTIVE", ciaddr: address });
    const free = await requestor.datagram({
      server: UPLINK_ADDRESS,
      from: REQUESTOR,
      message: { ciaddr: "192.168.77.150" },
    });
    expect(free.message).toMatchObject({ type: "LEASEUNASSIGNED", ciaddr: "192.168.77.150" });
    const other = await requestor.datagram({
      server: UPLINK_ADDRESS,
      from: REQUESTOR,
      message: { ciaddr: "10.77.0.5" },
    });
    expect(other.message).toMatchObject({ type: "LEASEUNKNOWN", ciaddr: "10.77.0.5" });
    const byId = { options: [[61, addressHex("1.2.3.4")]] } as const;
    const unknown = await requestor.datagram({ server: UPLINK_ADDRESS, from: REQUESTOR, message: byId });
    expect(unknown.message).toMatchObject({ type: "LEASEUNKNOWN", options: { "61": "01020304" } });
  });

  it("tells nobody else anything, and logs and counts it", async () => {
    const daemon = await start(backend, "allow leasequery from 10.9.0.3;");
    const requestor = await Requestor.start(scene.relay);
    const question = { server: UPLINK_ADDRESS, from: REQUESTOR, message: { ciaddr: "192.168.77.150" }, waitMs: 500 };
    expect((await requestor.datagram(question)).message).toBeNull();
    await daemon.waitForLog("drop-leasequery-denied");
    daemon.configure(`${sceneConfig({ global: `allow leasequery;` })}subnet 10.9.0.0 netmask 255.255.255.248 { }`);
    const { mark } = daemon;
    daemon.program.signal("SIGHUP");
    await daemon.waitForLog("reloaded", mark);
    expect((await requestor.datagram(question)).message).toMatchObject({ type: "LEASEUNASSIGNED" });
  });
});
