// Leasequeries over real sockets: RFC 4388 by UDP, RFC 6926 by TCP, on both backends.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, Daemon } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
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
    expect(unknown.message).toMatchObject({ type: "LEASEUNKNOWN", ciaddr: "0.0.0.0" });
    expect(Object.keys(unknown.message?.options ?? {})).toEqual(["53", "54"]);
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

  it("tells a permitted requestor all addresses over one connection, query after query [6926 6.1-1, 6.3-1]", async () => {
    const daemon = await start(backend, `allow bulk-leasequery from ${REQUESTOR};`);
    const client = await RawClient.start(scene.client, "eth0");
    const address = (await client.lease(CHADDR)).message.yiaddr;
    const requestor = await Requestor.start(scene.relay);
    expect(await requestor.connect({ server: ANYCAST_ADDRESS, from: REQUESTOR })).toBe("");

    const hardware = { htype: 1, hlen: 6, chaddr: CHADDR, xid: 2 };
    const { total, distinct, messages, dones } = await requestor.ask([{ xid: 1 }, hardware]);

    expect(dones.map(({ xid, options }) => [xid, options["151"]])).toEqual([
      [1, undefined],
      [2, undefined],
    ]);
    // 100 addresses in each subnet, and the one again.
    expect([total, distinct]).toEqual([201, 200]);
    expect(messages[0]).toMatchObject({ op: 2, xid: 1, serverId: ANYCAST_ADDRESS });
    expect(messages.slice(1, 200).every(({ serverId }) => serverId === "")).toBe(true);
    const active = messages.filter(({ type }) => type === "LEASEACTIVE");
    expect(active.map(({ ciaddr, chaddr, xid }) => [ciaddr, chaddr, xid])).toEqual([
      [address, CHADDR, 1],
      [address, CHADDR, 2],
    ]);
    expect(active[0]?.options).toMatchObject({ "156": "02", "157": "00" });
    await requestor.shut();
    expect(await requestor.closed()).toBe(true);
    await daemon.waitForLog("201 messages");
  });

  it("closes connections of others, of broken framing, and of more than may be at once [6926 8.1-2, 8.1-3]", async () => {
    const daemon = await start(backend, "allow bulk-leasequery from 10.9.0.0/29;");
    const stranger = await Requestor.start(scene.client);
    await scene.client.ip("addr add 192.168.77.2/24 dev eth0");
    await scene.client.ip("route add 192.0.2.53/32 via 192.168.77.1");
    expect(await stranger.connect({ server: ANYCAST_ADDRESS })).toBe("");
    expect(await stranger.closed()).toBe(true);

    const requestor = await Requestor.start(scene.relay);
    for (const octets of ["0000", "0005aabbccddee", "ffff", `012c${"00".repeat(300)}`]) {
      expect(await requestor.connect({ server: ANYCAST_ADDRESS })).toBe("");
      await requestor.octets(octets);
      expect(await requestor.closed()).toBe(true);
    }
    const holders: Requestor[] = [];
    for (let i = 0; i < 10; i++) {
      const holder = await Requestor.start(scene.relay);
      await holder.connect({ server: ANYCAST_ADDRESS });
      holders.push(holder);
    }
    expect((await holders[9]?.ask([{ xid: 3 }], { keep: 0 }))?.total).toBe(200);
    expect(await requestor.connect({ server: ANYCAST_ADDRESS })).toBe("");
    expect(await requestor.closed()).toBe(true);
    await holders[0]?.shut();
    expect(await holders[0]?.closed()).toBe(true);
    await eventually("a place that is free again", async () => {
      await requestor.connect({ server: ANYCAST_ADDRESS });
      return (await requestor.ask([{ xid: 4 }], { keep: 0 })).total === 200;
    });
    const { mark } = daemon;
    daemon.program.signal("SIGUSR1");
    const { counters, listeners } = JSON.parse(await daemon.waitForLog('"counters"', mark));
    const description = `${ANYCAST_ADDRESS} port 67 (TCP, bulk leasequeries)`;
    expect(listeners).toContainEqual({ description, address: ANYCAST_ADDRESS, interface: "", present: true });
    expect(counters).toMatchObject({ "bulk-leasequery-denied": 1, "bulk-leasequery-bad-frame": 3 });
    expect(counters["bulk-leasequery-too-many"]).toBeGreaterThanOrEqual(1);
    expect(counters["bulk-leasequery-bad-query"]).toBe(1);
  });

  it("serves clients while a requestor does not read, and tells it all when it does", async () => {
    const many = "subnet 172.16.0.0 netmask 255.240.0.0 { range 172.16.0.1 172.17.134.160; }";
    await start(backend, `allow bulk-leasequery; ${many}`);
    const requestor = await Requestor.start(scene.relay);
    expect(await requestor.connect({ server: ANYCAST_ADDRESS, window: 8192 })).toBe("");
    await requestor.hang([{ xid: 1 }]);
    const client = await RawClient.start(scene.client, "eth0");
    for (const number of [1, 2, 3]) {
      const ack = await client.lease(`02:00:00:00:00:1${number}`);
      expect(ack.message.yiaddr).toMatch(/^192\.168\.77\./);
    }
    const { total, distinct } = await requestor.ask([], { done: 1, keep: 0 });
    expect([total, distinct]).toEqual([100_200, 100_200]);
  });

  it("listens only while the configuration wants it", async () => {
    const daemon = await start(backend, "");
    const requestor = await Requestor.start(scene.relay);
    expect(await requestor.connect({ server: ANYCAST_ADDRESS })).toBe("Connection refused");
    const reload = async (global: string): Promise<void> => {
      const { mark } = daemon;
      daemon.configure(sceneConfig({ global: `${LISTEN_ON_ANYCAST} ${global}` }));
      daemon.program.signal("SIGHUP");
      await daemon.waitForLog("reloaded", mark);
    };
    await reload("allow bulk-leasequery;");
    expect(await requestor.connect({ server: ANYCAST_ADDRESS })).toBe("");
    expect((await requestor.ask([{ xid: 1 }], { keep: 0 })).total).toBe(200);
    // At the addresses that clients are listened for at, and at no other.
    expect(await (await Requestor.start(scene.relay)).connect({ server: UPLINK_ADDRESS })).toBe("Connection refused");
    await reload("");
    expect(await requestor.closed()).toBe(true);
    expect(await requestor.connect({ server: ANYCAST_ADDRESS })).toBe("Connection refused");
  });
});
