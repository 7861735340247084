// A new client's first OFFER on the wire: its address was pinged before, and nothing is asked in
// between. Who uses an address without a lease is found before anybody is offered it.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, Daemon } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { ANYCAST_ADDRESS, GIADDR, LISTEN_ON_ANYCAST, Scene, sceneConfig } from "../support/scene.ts";
import { Capture, nextXid, RawClient, startRelay } from "../support/wire-tools.ts";

const ON = "ping-check true;";
const FEW_LAN = `${ON} exclude 192.168.77.104 192.168.77.199;`;
const FEW_ROUTED = `${ON} exclude 10.77.0.104 10.77.0.199;`;
const SQUATTED_LAN = "192.168.77.102";
const SQUATTED_ROUTED = "10.77.0.102";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.create();
});
afterEach(() => scene.network.dispose());

/** Addresses that echo requests went to, as a capture has seen them. */
const pinged = (capture: Capture): Set<string> =>
  new Set(
    capture.frames().flatMap((frame) => (frame.kind === "icmp" && frame.icmpType === 8 ? [frame.destination] : [])),
  );

/** Addresses that somebody asked for by ARP. */
const asked = (capture: Capture): Set<string> => new Set(capture.arp().map(({ target }) => target));

/** How many addresses the daemon has found silent so far. */
async function checkedBy(daemon: Daemon): Promise<number> {
  const mark = daemon.mark;
  process.kill(daemon.pid, "SIGUSR1");
  return JSON.parse(await daemon.waitForLog('"counters"', mark)).counters["address-checked"] ?? 0;
}

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend", (backend) => {
  it("offers a new client on its own link an address that it has looked for before, and asks nobody in between", async () => {
    const capture = await Capture.start(scene.server, "lan0");
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig({ lan: FEW_LAN }) });
    const client = await RawClient.start(scene.client, "eth0");
    const all = ["100", "101", "102", "103"].map((last) => `192.168.77.${last}`);
    await eventually("all are asked for", () => all.every((address) => asked(capture).has(address)));
    await eventually("all count as checked", async () => (await checkedBy(daemon)) === all.length, 20_000);

    const mark = capture.mark;
    const offer = await client.ask({ type: "DISCOVER", chaddr: "02:00:00:00:00:31", xid: nextXid() });
    expect(all).toContain(offer.message.yiaddr);
    await capture.waitFor("the OFFER", ({ message }) => message.type === "OFFER", mark);
    expect(capture.frames(mark).filter(({ kind }) => kind !== "dhcp")).toEqual([]);
  });

  it("finds who uses an address, on its own link and behind a relay, before it is offered", async () => {
    await scene.client.ip(`addr add ${SQUATTED_LAN}/24 dev eth0`);
    await scene.routed.ip(`addr add ${SQUATTED_ROUTED}/24 dev eth0`);
    await scene.routed.ip(`route add default via ${GIADDR}`);
    const capture = await Capture.start(scene.server, "up0");
    const config = sceneConfig({ global: LISTEN_ON_ANYCAST, lan: FEW_LAN, routed: FEW_ROUTED });
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config });

    // One line of both, or one each.
    await daemon.waitForLog(new RegExp(`${SQUATTED_LAN} is in use by|in use by.*${SQUATTED_LAN}`), 0, 20_000);
    await daemon.waitForLog(new RegExp(`${SQUATTED_ROUTED} is in use by|in use by.*${SQUATTED_ROUTED}`), 0, 20_000);
    await eventually("the ping is seen", () => pinged(capture).has(SQUATTED_ROUTED));
    await startRelay(scene.relay, { clientInterface: "down0", giaddr: GIADDR, server: ANYCAST_ADDRESS });
    const routed = await RawClient.start(scene.routed, "eth0");
    const offered: string[] = [];
    for (const last of ["41", "42", "43"]) {
      const offer = await routed.ask({ type: "DISCOVER", chaddr: `02:00:00:00:00:${last}`, xid: nextXid() });
      offered.push(offer.message.yiaddr);
    }
    expect(new Set(offered).size).toBe(3);
    expect(offered).not.toContain(SQUATTED_ROUTED);
  });

  it("finds a host on its own link that answers ARP and no ping", async () => {
    const client = await RawClient.start(scene.client, "eth0");
    await scene.client.sysctl("net/ipv4/icmp_echo_ignore_all", 1);
    await scene.client.ip(`addr add ${SQUATTED_LAN}/24 dev eth0`);
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig({ lan: FEW_LAN }) });
    await daemon.waitForLog(`${SQUATTED_LAN} is in use by a host without a lease`, 0, 20_000);
    const offered: string[] = [];
    for (const last of ["51", "52", "53"]) {
      const offer = await client.ask({ type: "DISCOVER", chaddr: `02:00:00:00:00:${last}`, xid: nextXid() });
      offered.push(offer.message.yiaddr);
    }
    expect(new Set(offered).size).toBe(3);
    expect(offered).not.toContain(SQUATTED_LAN);
    expect(daemon.log).not.toContain("192.168.77.101 is in use");
  });

  it("asks its own link for an absent address by one datagram, once, and leaves no entry behind [D5]", async () => {
    const capture = await Capture.start(scene.server, "lan0");
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig({ lan: ON }) });
    await eventually("all count as checked", async () => (await checkedBy(daemon)) === 100, 20_000);
    // The kernel would ask twice more, a second apart.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const targets = capture.arp().map(({ target }) => target);
    expect(new Set(targets).size).toBe(100);
    expect(targets).toHaveLength(100);
    expect(await scene.server.ip("neighbour show dev lan0 nud all")).not.toContain("192.168.77.1");
  });

  it("sends a new client nothing that was held back for its address [D6]", async () => {
    const config = sceneConfig({ lan: `${ON} ping-ahead off;` });
    const capture = await Capture.start(scene.client, "eth0");
    await Daemon.start(scene.network, scene.server, { backend, config });
    const client = await RawClient.start(scene.client, "eth0");
    const lease = await client.lease("02:00:00:00:00:61");
    await scene.client.ip(`addr add ${lease.message.yiaddr}/24 dev eth0`);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(asked(capture)).toContain(lease.message.yiaddr);
    expect(capture.frames().filter(({ kind }) => kind === "icmp")).toEqual([]);
  });
});
