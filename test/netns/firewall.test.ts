// The packet filter applies: under default-deny nothing is served without the shipped rules, and
// everything with them, as etc/nftables-*.conf have them but for the names of interfaces.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, type TestContext } from "vitest";
import { backends, Daemon } from "../support/daemon.ts";
import { debianTool } from "../support/debian-packages.ts";
import { startDhcrelay } from "../support/dhcrelay.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { Requestor } from "../support/requestor.ts";
import {
  ANYCAST_ADDRESS,
  GIADDR,
  LAN_ADDRESS,
  LISTEN_ON_ANYCAST,
  Scene,
  sceneConfig,
  UPLINK_ADDRESS,
} from "../support/scene.ts";
import { nextXid, RawClient, startRelay } from "../support/wire-tools.ts";

const ANYDHCPCTL = fileURLToPath(new URL("../../bin/anydhcpctl", import.meta.url));
const CHADDR = "02:00:00:00:00:07";
/** What is shipped is added to such a table. */
const DEFAULT_DENY = `table inet filter {
  chain input { type filter hook input priority 0; policy drop; iif lo accept; ct state established,related accept; }
  chain output { type filter hook output priority 0; policy drop; oif lo accept; ct state established,related accept; }
}
`;
/** The same without connection tracking: each rule has to be there. */
const DENY_UNTRACKED = `table inet filter {
  chain input { type filter hook input priority 0; policy drop; iif lo accept; }
  chain output { type filter hook output priority 0; policy drop; oif lo accept; }
}
`;
const MASQUERADE = `table ip nat {
  chain postrouting { type nat hook postrouting priority srcnat; oifname "up0" masquerade; }
}
`;

const shipped = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../etc/${name}`, import.meta.url)), "utf8");

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.create();
});
afterEach(() => scene.network.dispose());

/** A function that loads rules on the server; skips the test where there is no nft. */
async function rules(context: TestContext): Promise<(text: string) => Promise<void>> {
  const nft = await debianTool("nftables", "usr/sbin/nft");
  if (nft === undefined) return context.skip("nft cannot be had from Debian");
  return async (text) => {
    await scene.server.exec([nft, "-f", "-"], { input: text });
  };
}

// A packet filter that drops what AF_PACKET sockets see anyway says nothing about them.
describe.skipIf(!mayMakeNetworks).each(backends.filter((name) => name === "udp"))("%s backend", (backend) => {
  it("serves a LAN under default-deny only with etc/nftables-router.conf", async (context) => {
    const load = await rules(context);
    await load(DEFAULT_DENY);
    const config = sceneConfig({ lan: "ping-check true; ping-timeout 1;" });
    await Daemon.start(scene.network, scene.server, { backend, config });
    const client = await RawClient.start(scene.client, "eth0");
    const { replies } = await client.exchange({
      message: { type: "DISCOVER", chaddr: CHADDR, xid: nextXid() },
      waitMs: 2_500,
    });
    expect(replies).toEqual([]);

    await load(shipped("nftables-router.conf"));
    const direct = await client.lease(CHADDR);
    expect(direct).toMatchObject({ source: LAN_ADDRESS, destinationMac: CHADDR });
    const flagged = await client.lease("02:00:00:00:00:08", { broadcast: true });
    expect(flagged).toMatchObject({ source: LAN_ADDRESS, destination: "255.255.255.255" });
    const { yiaddr } = direct.message;
    await client.hold(yiaddr, CHADDR);
    const renewed = await client.ask(
      { type: "REQUEST", chaddr: CHADDR, xid: nextXid(), ciaddr: yiaddr },
      { source: yiaddr, destination: LAN_ADDRESS, destinationMac: await scene.mac("lan0") },
    );
    expect(renewed.message.type).toBe("ACK");
  });

  it("says that the firewall blocks its replies when only they are blocked, of each reply too [U22]", async (context) => {
    const load = await rules(context);
    await load("table inet filter {\n chain output { type filter hook output priority 0; policy drop; }\n}\n");
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig() });
    const client = await RawClient.start(scene.client, "eth0");
    await client.exchange({ message: { type: "DISCOVER", chaddr: CHADDR, xid: nextXid() }, waitMs: 500 });
    expect(await daemon.waitForLog("DHCPOFFER on")).toContain("was not sent: blocked by the firewall");
    await load("delete table inet filter");
    expect((await client.lease(CHADDR)).message.type).toBe("ACK");
  });

  it("sees by `anydhcpctl health` that a rule drops its queries, and not with the shipped rules alone", async (context) => {
    const load = await rules(context);
    const config = sceneConfig({ global: LISTEN_ON_ANYCAST });
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config });
    const exchange = async (): Promise<string> => {
      const { stdout } = await scene.server.run([ANYDHCPCTL, "health", "--control", daemon.controlSocket]);
      return /^ *(\w+ +exchange .*)/m.exec(stdout)?.[1] ?? stdout;
    };
    const answers = `ok +exchange +the server answers its own query at ${ANYCAST_ADDRESS}, ${LAN_ADDRESS}$`;
    expect(await exchange()).toMatch(new RegExp(answers));
    await load(
      `table inet filter { chain input { type filter hook input priority 0; ip daddr ${ANYCAST_ADDRESS} drop; }; }`,
    );
    expect(await exchange()).toMatch(/failed +exchange +the server does not answer its own query at 192\.0\.2\.53: /);
    await load(`flush ruleset\n${DENY_UNTRACKED.replace("iif lo accept;", "").replace("oif lo accept;", "")}`);
    expect(await exchange()).toMatch(/warning +exchange .* could not be sent$/);
    await load(shipped("nftables-anycast.conf"));
    expect(await exchange()).toMatch(new RegExp(answers));
    expect((await scene.server.run([ANYDHCPCTL, "leases", "--control", daemon.controlSocket])).stdout).not.toContain(
      ".",
    );
  });

  it("serves relays on an anycast address under default-deny and masquerading only with etc/nftables-anycast.conf", async (context) => {
    const load = await rules(context);
    await load(DEFAULT_DENY + MASQUERADE);
    const config = sceneConfig({ global: LISTEN_ON_ANYCAST });
    await Daemon.start(scene.network, scene.server, { backend, config });
    await startRelay(scene.relay, { clientInterface: "down0", giaddr: GIADDR, server: ANYCAST_ADDRESS });
    const client = await RawClient.start(scene.routed, "eth0");
    const { replies } = await client.exchange({
      message: { type: "DISCOVER", chaddr: CHADDR, xid: nextXid() },
      waitMs: 1_500,
    });
    expect(replies).toEqual([]);

    await load(shipped("nftables-anycast.conf"));
    const { yiaddr, serverId } = (await client.lease(CHADDR)).message;
    expect(serverId).toBe(ANYCAST_ADDRESS);
    await client.hold(yiaddr, CHADDR);
    const gateway = /link\/ether (\S+)/.exec(await scene.relay.ip("link show dev down0"))?.[1] ?? "";
    const renewed = await client.ask(
      { type: "REQUEST", chaddr: CHADDR, xid: nextXid(), ciaddr: yiaddr },
      { source: yiaddr, destination: ANYCAST_ADDRESS, destinationMac: gateway },
    );
    expect(renewed).toMatchObject({ source: ANYCAST_ADDRESS, message: { type: "ACK" } });
  });

  it.for([
    ["nftables-anycast.conf", ANYCAST_ADDRESS],
    ["nftables-router.conf", UPLINK_ADDRESS],
  ] as const)(
    "serves ISC's dhcrelay, which sends from another address than its giaddr, and bulk leasequeries only with etc/%s [U2, U25]",
    async ([file, asked], context) => {
      const load = await rules(context);
      await load(DENY_UNTRACKED);
      const global = `${asked === ANYCAST_ADDRESS ? LISTEN_ON_ANYCAST : ""} allow bulk-leasequery from 10.9.0.2;`;
      const uplink = "subnet 10.9.0.0 netmask 255.255.255.248 { }";
      const config = `${sceneConfig({ global, routed: "ping-check true; ping-timeout 1;" })}${uplink}`;
      await Daemon.start(scene.network, scene.server, { backend, config });
      if ((await startDhcrelay(scene, asked)) === undefined) return context.skip("dhcrelay cannot be had from Debian");
      const client = await RawClient.start(scene.routed, "eth0");
      const { replies } = await client.exchange({
        message: { type: "DISCOVER", chaddr: CHADDR, xid: nextXid() },
        waitMs: 2_500,
      });
      expect(replies).toEqual([]);

      await load(shipped(file));
      const { message: granted, source } = await client.lease(CHADDR);
      expect(granted).toMatchObject({ type: "ACK", giaddr: GIADDR, serverId: asked });
      expect(source).toBe(GIADDR);
      await client.hold(granted.yiaddr, CHADDR);
      const gateway = /link\/ether (\S+)/.exec(await scene.relay.ip("link show dev down0"))?.[1] ?? "";
      const frame = { source: granted.yiaddr, destination: asked, destinationMac: gateway };
      const renewal = { type: "REQUEST", chaddr: CHADDR, xid: nextXid(), ciaddr: granted.yiaddr };
      // dhcrelay hears the renewal that its host routes and relays it once more: two answers, one from the server itself.
      const renewed = await client.exchange({ message: renewal, frame, expect: 2 });
      const direct = renewed.replies.filter((reply) => reply.source === asked);
      expect(direct.map(({ message }) => [message.type, message.yiaddr])).toEqual([["ACK", granted.yiaddr]]);

      const requestor = await Requestor.start(scene.relay);
      expect(await requestor.connect({ server: asked, from: "10.9.0.2" })).toBe("");
      const answers = await requestor.ask([{ xid: 1 }]);
      const active = answers.messages.filter(({ type }) => type === "LEASEACTIVE");
      expect(active.map(({ ciaddr }) => ciaddr)).toEqual([granted.yiaddr]);
    },
  );
});
