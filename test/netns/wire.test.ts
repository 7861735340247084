// What clients on the server's own links see of a reply, layer by layer, one case of the addressing
// table (RFC 2131 4.1) each: source and destination of IP and Ethernet, ports, broadcast flag,
// server identifier, and the UDP checksum as a raw-socket client finds it on a virtual link.

import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ANSWER_CROSSING_SECONDS } from "../../src/base/limits/engine.ts";
import { backends, Daemon } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { LAN_ADDRESS, Scene, sceneConfig } from "../support/scene.ts";
import { addressHex, Capture, type DhcpFrame, nextXid, RawClient } from "../support/wire-tools.ts";

const CHADDR = "02:00:00:00:00:07";
const EVERYBODY = { destination: "255.255.255.255", destinationMac: "ff:ff:ff:ff:ff:ff" };
const FROM_SERVER = {
  source: LAN_ADDRESS,
  sourcePort: 67,
  destinationPort: 68,
  checksum: "good",
  ipChecksumGood: true,
};
const BROADCAST_FLAG = 0x8000;

let scene: Scene;
let client: RawClient;
beforeEach(async () => {
  scene = await Scene.create();
  client = await RawClient.start(scene.client, "eth0");
});
afterEach(() => scene.network.dispose());

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend", (backend) => {
  const start = (config = sceneConfig()): Promise<Daemon> =>
    Daemon.start(scene.network, scene.server, { backend, config });

  it("answers a client that sends its DISCOVER again by broadcast from then on [R13]", async () => {
    await start();
    const message = { type: "DISCOVER", chaddr: CHADDR, xid: nextXid() };
    const offers: DhcpFrame[] = [];
    for (let i = 0; i < 3; i++) {
      offers.push(await client.ask(message));
      // A message that crosses its answer is no repetition.
      await setTimeout(2 * 1000 * ANSWER_CROSSING_SECONDS);
    }
    const { yiaddr } = offers[0]?.message ?? {};
    const broadcast = ["ff:ff:ff:ff:ff:ff", "255.255.255.255"];
    expect(offers.map(({ destinationMac, destination }) => [destinationMac, destination])).toEqual([
      [CHADDR, yiaddr],
      broadcast,
      broadcast,
    ]);
    expect(offers.map((offer) => [offer.message.flags, offer.source, offer.checksum])).toEqual(
      Array(3).fill([0, LAN_ADDRESS, "good"]),
    );
  });

  it("offers and acknowledges by unicast to a client without the broadcast flag, asking nobody by ARP [2131 4.1-2, 4.1-11, 4.1-23]", async () => {
    await start();
    const serverMac = await scene.mac("lan0");
    const capture = await Capture.start(scene.server, "lan0");
    const events = await scene.watchNeighbours();
    const { replies, arp } = await client.exchange({ message: { type: "DISCOVER", chaddr: CHADDR, xid: nextXid() } });
    const [offer] = replies;
    const yiaddr = offer?.message.yiaddr ?? "";
    expect(replies).toHaveLength(1);
    expect(offer).toMatchObject({ ...FROM_SERVER, sourceMac: serverMac, destination: yiaddr, destinationMac: CHADDR });
    expect(offer?.message).toMatchObject({ type: "OFFER", serverId: LAN_ADDRESS, flags: 0, chaddr: CHADDR });
    expect(arp).toEqual([]);
    if (backend === "udp") {
      await eventually("the entry is gone", () => events().some((line) => line.startsWith(`Deleted ${yiaddr} `)));
      expect(events()[0]).toMatch(new RegExp(`^${yiaddr} dev lan0 lladdr ${CHADDR} REACHABLE`));
    }

    const ack = await client.lease(CHADDR);
    expect(ack).toMatchObject({ ...FROM_SERVER, sourceMac: serverMac, destination: yiaddr, destinationMac: CHADDR });
    expect(ack.message).toMatchObject({ type: "ACK", yiaddr, serverId: LAN_ADDRESS });
    expect(capture.arp().filter(({ target }) => target === yiaddr)).toEqual([]);
    expect(await scene.neighbour(yiaddr)).toBe("");
    // A frame needs no entry.
    if (backend === "bpf") expect(events()).toEqual([]);
  });

  it("broadcasts to a client that asks for it, and sets no neighbour entry [2131 4.1-10, 4.1-22]", async () => {
    await start();
    const events = await scene.watchNeighbours();
    const ack = await client.lease(CHADDR, { broadcast: true });
    expect(ack).toMatchObject({ ...FROM_SERVER, ...EVERYBODY });
    expect(ack.message).toMatchObject({ type: "ACK", serverId: LAN_ADDRESS, flags: BROADCAST_FLAG });
    expect(events()).toEqual([]);
  });

  it("broadcasts to a client whose hardware address is not an Ethernet one", async () => {
    await start();
    const offer = await client.ask(
      { type: "DISCOVER", chaddr: "02:00:00:00:00:07:08:09", htype: 32, xid: nextXid() },
      {
        sourceMac: client.mac,
      },
    );
    expect(offer).toMatchObject({ ...FROM_SERVER, ...EVERYBODY });
  });

  it("acknowledges a renewal to ciaddr by ordinary ARP, from the address that was asked", async () => {
    await start();
    const { yiaddr } = (await client.lease(CHADDR)).message;
    await client.hold(yiaddr, CHADDR);
    const renewal = { type: "REQUEST", chaddr: CHADDR, xid: nextXid(), ciaddr: yiaddr };
    const frame = { destinationMac: await scene.mac("lan0"), source: yiaddr, destination: LAN_ADDRESS };
    const { replies, arp } = await client.exchange({ message: renewal, frame });
    expect(replies).toHaveLength(1);
    expect(replies[0]).toMatchObject({ ...FROM_SERVER, destination: yiaddr, destinationMac: CHADDR });
    expect(replies[0]?.message).toMatchObject({ type: "ACK", yiaddr, ciaddr: yiaddr, serverId: LAN_ADDRESS });
    expect(arp.map(({ target, sender }) => [target, sender])).toContainEqual([yiaddr, LAN_ADDRESS]);
  });

  it("acknowledges a rebinding client, who broadcasts from its address, by unicast", async () => {
    await start();
    const { yiaddr } = (await client.lease(CHADDR)).message;
    await client.hold(yiaddr, CHADDR);
    const ack = await client.ask(
      { type: "REQUEST", chaddr: CHADDR, xid: nextXid(), ciaddr: yiaddr },
      { source: yiaddr },
    );
    expect(ack).toMatchObject({ ...FROM_SERVER, destination: yiaddr, message: { type: "ACK", serverId: LAN_ADDRESS } });
  });

  it("answers DHCPINFORM to ciaddr, without an address or a lease time", async () => {
    await start();
    await client.hold("192.168.77.9", CHADDR);
    const inform = { type: "INFORM", chaddr: CHADDR, xid: nextXid(), ciaddr: "192.168.77.9" };
    const ack = await client.ask(inform, { source: "192.168.77.9" });
    expect(ack).toMatchObject({ ...FROM_SERVER, destination: "192.168.77.9" });
    expect(ack.message).toMatchObject({ type: "ACK", yiaddr: "0.0.0.0", leaseTime: null, serverId: LAN_ADDRESS });
  });

  it("broadcasts a DHCPNAK, with its server identifier [2131 3.2-4, 4.1-12, 4.3-20]", async () => {
    await start();
    const options = [[50, addressHex("192.168.99.9")]] as const;
    const nak = await client.ask({ type: "REQUEST", chaddr: CHADDR, xid: nextXid(), options });
    expect(nak).toMatchObject({ ...FROM_SERVER, ...EVERYBODY });
    expect(nak.message).toMatchObject({ type: "NAK", yiaddr: "0.0.0.0", serverId: LAN_ADDRESS });
  });

  it("answers each of two links on that link and from its own address", async () => {
    const second = await scene.network.namespace("second");
    await scene.network.veth(scene.server, "lan1", second, "eth0");
    await scene.server.ip("addr add 172.20.0.1/24 dev lan1");
    await start(`${sceneConfig()}subnet 172.20.0.0 netmask 255.255.255.0 { range 172.20.0.100 172.20.0.199; }`);
    const capture = await Capture.start(scene.server, "lan0", "lan1");
    const other = await RawClient.start(second, "eth0");
    for (const broadcast of [false, true]) {
      const mark = capture.mark;
      const here = (await client.ask({ type: "DISCOVER", chaddr: CHADDR, xid: nextXid(), broadcast })) ?? {};
      const there = await other.ask({ type: "DISCOVER", chaddr: "02:00:00:00:00:08", xid: nextXid(), broadcast });
      expect(here).toMatchObject({ source: LAN_ADDRESS, message: { serverId: LAN_ADDRESS } });
      expect(here.message.yiaddr).toMatch(/^192\.168\.77\./);
      expect(there).toMatchObject({ source: "172.20.0.1", message: { serverId: "172.20.0.1" } });
      expect(there.message.yiaddr).toMatch(/^172\.20\.0\./);
      const sent = capture.dhcp(mark).filter(({ direction }) => direction === "out");
      expect(sent.map((frame) => [frame.interface, frame.source])).toEqual([
        ["lan0", LAN_ADDRESS],
        ["lan1", "172.20.0.1"],
      ]);
    }
  });

  it("may be fragmented on the way: replies carry no don't-fragment flag", async () => {
    await start();
    expect((await client.lease(CHADDR)).dontFragment).toBe(false);
  });
});
