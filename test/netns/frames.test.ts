// A host that grants CAP_NET_RAW and not CAP_NET_ADMIN, as containers do: no neighbour entry can be set, so
// the helper sends what a client without an address could not be sent otherwise. Broadcasts are left for the
// last.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Daemon } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { LAN_ADDRESS, Scene, sceneConfig } from "../support/scene.ts";
import { Capture, nextXid, RawClient } from "../support/wire-tools.ts";

const CHADDR = "02:00:00:00:00:07";
const CAPABILITIES = ["net_bind_service", "net_raw", "chown", "dac_override", "setuid", "setgid", "setpcap"];

let scene: Scene;
let client: RawClient;
beforeEach(async () => {
  scene = await Scene.create();
  client = await RawClient.start(scene.client, "eth0");
});
afterEach(() => scene.network.dispose());

/** Starts a daemon with no capability but these. */
const start = (capabilities: readonly string[] = CAPABILITIES, backend = "udp"): Promise<Daemon> =>
  Daemon.start(scene.network, scene.server, {
    backend,
    config: sceneConfig(),
    // The kernel shield needs what is taken from it here.
    args: ["--shield=off"],
    wrapper: ["setpriv", `--bounding-set=-all,${capabilities.map((name) => `+${name}`).join()}`, "--inh-caps=-all"],
  });

describe.skipIf(!mayMakeNetworks)("without CAP_NET_ADMIN", () => {
  it("clients without an address get unicast frames with whole checksums, and no neighbour entry is made", async () => {
    const daemon = await start();
    await daemon.waitForLog("the helper sends replies to clients without an address as frames");
    const neighbours = await scene.watchNeighbours();
    const capture = await Capture.start(scene.server, "lan0");
    const ack = await client.lease(CHADDR);
    const unicast = { source: LAN_ADDRESS, destinationMac: CHADDR, destination: ack.message.yiaddr, checksum: "good" };
    const replies = capture.dhcp().filter(({ direction }) => direction === "out");
    expect(replies.map(({ message }) => message.type)).toEqual(["OFFER", "ACK"]);
    for (const reply of replies)
      expect(reply).toMatchObject({ ...unicast, ipChecksumGood: true, sourceMac: await scene.mac("lan0") });
    expect(capture.arp()).toEqual([]);
    expect(neighbours()).toEqual([]);
    expect(await daemon.counters()).toMatchObject({ sent: 2, "neighbour-refused": 0, "neighbour-failed": 0 });
  });

  it("many clients at once are served, each once", async () => {
    const daemon = await start();
    const { acks, distinct } = await client.load({ clients: 90, rate: 2_000, request: true });
    expect([acks, distinct]).toEqual([90, 90]);
    expect(await daemon.counters()).toMatchObject({ sent: 180, "neighbour-unanswered": 0, "neighbour-full": 0 });
  });

  it("clients that ask for broadcasts, and those that renew, are served by UDP as ever", async () => {
    await start();
    expect((await client.lease(CHADDR, { broadcast: true })).destination).toBe("255.255.255.255");
    const { yiaddr } = (await client.lease("02:00:00:00:00:08")).message;
    await client.hold(yiaddr, "02:00:00:00:00:08");
    const renewed = await client.ask(
      { type: "REQUEST", chaddr: "02:00:00:00:00:08", xid: nextXid(), ciaddr: yiaddr },
      { source: yiaddr, destination: LAN_ADDRESS, destinationMac: await scene.mac("lan0") },
    );
    expect(renewed.message.type).toBe("ACK");
  });

  it("the bpf backend serves as ever: it asks the helper for nothing but sockets", async () => {
    await start(CAPABILITIES, "bpf");
    const ack = await client.lease(CHADDR);
    expect(ack).toMatchObject({ source: LAN_ADDRESS, destination: ack.message.yiaddr, destinationMac: CHADDR });
  });

  it("replies are broadcast where CAP_NET_RAW is missing too, and where no frame can be sent", async () => {
    const daemon = await start(CAPABILITIES.filter((name) => name !== "net_raw"));
    expect((await client.lease(CHADDR)).destination).toBe("255.255.255.255");
    await daemon.waitForLog("the kernel has not taken a neighbour entry");
    await daemon.stop();
    await daemon.waitForLog("stop");
    const other = await start();
    // The helper takes the hardware address of its own link for nobody's.
    const own = await scene.mac("lan0");
    const { replies } = await client.exchange({ message: { type: "DISCOVER", chaddr: own, xid: nextXid() } });
    expect(replies.map(({ destination }) => destination)).toEqual(["255.255.255.255"]);
    await other.waitForLog("the helper has refused to send a frame");
  });
});
