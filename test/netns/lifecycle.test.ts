// A daemon that stays up while its world changes: interfaces that go and come back, addresses that
// appear, configurations that are replaced by good and bad ones, and signals.

import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, Daemon, isMessage } from "../support/daemon.ts";
import { mayMakeNetworks, type Namespace } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { ANYCAST_ADDRESS, GIADDR, LAN_ADDRESS, LISTEN_ON_ANYCAST, Scene, sceneConfig } from "../support/scene.ts";
import { nextXid, RawClient, startRelay } from "../support/wire-tools.ts";

const CHADDR = "02:00:00:00:00:07";

/** Writes what is told to a service manager's socket, a line each. */
const NOTIFIED = `import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
print("listening")
while True:
    print(s.recv(4096).decode())
`;

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.create();
});
afterEach(() => scene.network.dispose());

/** Asks until there is an OFFER: a change takes the daemon a moment to see. */
async function eventuallyServed(namespace: Namespace): Promise<string> {
  const client = await RawClient.start(namespace, "eth0");
  let address = "";
  await eventually("a DHCPDISCOVER is answered", async () => {
    const message = { type: "DISCOVER", chaddr: CHADDR, xid: nextXid() };
    const { replies } = await client.exchange({ message, waitMs: 500, lingerMs: 50 });
    address = replies[0]?.message.yiaddr ?? "";
    return replies.length === 1;
  });
  return address;
}

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend", (backend) => {
  const start = (config = sceneConfig(), args: readonly string[] = []): Promise<Daemon> =>
    Daemon.start(scene.network, scene.server, { backend, config, args });

  it.each([
    ["named on the command line", ["lan0"]],
    ["found by the configuration", []],
  ])("serves an interface, %s, that was deleted and comes back under the same name", async (_how, args) => {
    const uplink = "subnet 10.9.0.0 netmask 255.255.255.248 { }";
    const daemon = await start(sceneConfig({ global: LISTEN_ON_ANYCAST }) + uplink, args);
    await eventuallyServed(scene.client);
    await scene.server.ip("link delete lan0");
    await scene.network.veth(scene.server, "lan0", scene.client, "eth0");
    await scene.server.ip(`addr add ${LAN_ADDRESS}/24 dev lan0`);
    expect(await eventuallyServed(scene.client)).toMatch(/^192\.168\.77\./);
    expect(daemon.program.exit).toBeUndefined();
  });

  it("serves an address that is added to another interface later", async () => {
    const later = await scene.network.namespace("later");
    await scene.network.veth(scene.server, "lan1", later, "eth0");
    await start(`${sceneConfig()}subnet 172.20.0.0 netmask 255.255.255.0 { range 172.20.0.100 172.20.0.199; }`);
    const client = await RawClient.start(later, "eth0");
    const { replies } = await client.exchange({
      message: { type: "DISCOVER", chaddr: CHADDR, xid: nextXid() },
      waitMs: 500,
    });
    expect(replies).toEqual([]);
    await scene.server.ip("addr add 172.20.0.1/24 dev lan1");
    expect(await eventuallyServed(later)).toMatch(/^172\.20\.0\./);
    expect(await eventuallyServed(scene.client)).toMatch(/^192\.168\.77\./);
  });

  it("stops answering on an interface whose address is gone, and starts again when it is back", async () => {
    await start(sceneConfig({ global: LISTEN_ON_ANYCAST }));
    await eventuallyServed(scene.client);
    await scene.server.ip(`addr del ${LAN_ADDRESS}/24 dev lan0`);
    const client = await RawClient.start(scene.client, "eth0");
    await eventually("nobody answers", async () => {
      const message = { type: "DISCOVER", chaddr: CHADDR, xid: nextXid() };
      return (await client.exchange({ message, waitMs: 300 })).replies.length === 0;
    });
    await scene.server.ip(`addr add ${LAN_ADDRESS}/24 dev lan0`);
    await eventuallyServed(scene.client);
  });

  it("answers from the new address of an interface that is renumbered, and names it", async () => {
    await start();
    await eventuallyServed(scene.client);
    await scene.server.ip(`addr del ${LAN_ADDRESS}/24 dev lan0`);
    await scene.server.ip("addr add 192.168.77.5/24 dev lan0");
    const client = await RawClient.start(scene.client, "eth0");
    await eventually("an OFFER comes from the new address", async () => {
      const message = { type: "DISCOVER", chaddr: CHADDR, xid: nextXid() };
      const { replies } = await client.exchange({ message, waitMs: 500, lingerMs: 50 });
      const [offer] = replies;
      return offer?.source === "192.168.77.5" && offer.message.serverId === "192.168.77.5";
    });
  });

  it("serves an anycast address that appears on lo after the start", async () => {
    await scene.server.ip(`addr del ${ANYCAST_ADDRESS}/32 dev lo`);
    await start(sceneConfig({ global: LISTEN_ON_ANYCAST }));
    await scene.server.ip(`addr add ${ANYCAST_ADDRESS}/32 dev lo`);
    await startRelay(scene.relay, { clientInterface: "down0", giaddr: GIADDR, server: ANYCAST_ADDRESS });
    expect(await eventuallyServed(scene.routed)).toMatch(/^10\.77\.0\./);
  });

  it("answers from an anycast address that has been there for a moment only [D9]", async () => {
    await scene.server.ip(`addr del ${ANYCAST_ADDRESS}/32 dev lo`);
    await start(sceneConfig({ global: LISTEN_ON_ANYCAST }));
    const relay = await RawClient.start(scene.relay, "up0");
    const destinationMac = await scene.mac("up0");
    const frame = {
      sourceMac: relay.mac,
      destinationMac,
      source: GIADDR,
      destination: ANYCAST_ADDRESS,
      sourcePort: 67,
    };
    const message = { type: "DISCOVER", chaddr: CHADDR, xid: nextXid(), giaddr: GIADDR, hops: 1 };

    await scene.server.ip(`addr add ${ANYCAST_ADDRESS}/32 dev lo`);
    const { replies } = await relay.exchange({ message, frame, waitMs: 1_000 });

    expect(replies.map((reply) => [reply.source, reply.message.serverId])).toEqual([
      [ANYCAST_ADDRESS, ANYCAST_ADDRESS],
    ]);
  });

  it("says, in log and status, whether an address that it is told to listen on is there [U8]", async () => {
    await scene.server.ip(`addr del ${ANYCAST_ADDRESS}/32 dev lo`);
    const daemon = await start(sceneConfig({ global: LISTEN_ON_ANYCAST }));
    const isPresent = async (): Promise<unknown> => {
      const { listeners } = (await daemon.status()) as unknown as {
        listeners: { address: string; present: boolean }[];
      };
      return listeners.filter(({ address }) => address === ANYCAST_ADDRESS).map(({ present }) => present);
    };
    const warning = JSON.parse(await daemon.waitForLog(`${ANYCAST_ADDRESS} is on no interface of this host`));
    expect(warning.level).toBe(40);
    expect(await isPresent()).toEqual([false]);

    await scene.server.ip(`addr add ${ANYCAST_ADDRESS}/32 dev lo`);
    await daemon.waitForLog(`${ANYCAST_ADDRESS} is on lo now`);
    expect(await isPresent()).toEqual([true]);

    await scene.server.ip(`addr del ${ANYCAST_ADDRESS}/32 dev lo`);
    await daemon.waitForLog(`${ANYCAST_ADDRESS} is not on lo any more`);
    expect(await isPresent()).toEqual([false]);
    // The others are there: each address once, and the sockets that have none.
    const { listeners } = (await daemon.status()) as unknown as { listeners: { present: boolean }[] };
    expect(listeners.filter(({ present }) => !present)).toHaveLength(1);
  });

  it.each([
    ["the interface it is told to serve", ["late0"], "waits until late0 is there with an IPv4 address"],
    ["an address in a configured subnet", [], "waits for an address in 172.20.0.0/24"],
  ])("waits for %s, ready meanwhile, and serves when it comes [U9, U25]", async (_what, args, warning) => {
    const config = "subnet 172.20.0.0 netmask 255.255.255.0 { range 172.20.0.100 172.20.0.199; ping-check false; }";
    const notices = scene.server.spawn(["python3", "-uc", NOTIFIED, join(scene.network.directory, "notify")]);
    await notices.waitForLine((line) => line === "listening");
    const wrapper = ["env", `NOTIFY_SOCKET=${join(scene.network.directory, "notify")}`];
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config, args, wrapper });
    await notices.waitForLine((line) => line === "READY=1");
    expect(JSON.parse(await daemon.waitForLog(warning)).level).toBe(40);

    const later = await scene.network.namespace("later");
    await scene.network.veth(scene.server, "late0", later, "eth0");
    await scene.server.ip("addr add 172.20.0.1/24 dev late0");
    expect(await eventuallyServed(later)).toMatch(/^172\.20\.0\./);
    expect(daemon.program.exit).toBeUndefined();
  });

  it("serves by a new configuration after SIGHUP, and keeps its leases", async () => {
    const daemon = await start();
    const client = await RawClient.start(scene.client, "eth0");
    const { yiaddr } = (await client.lease(CHADDR)).message;
    const mark = daemon.mark;
    daemon.configure(sceneConfig({ lan: "option domain-name-servers 192.0.2.99;" }));
    daemon.program.signal("SIGHUP");
    await daemon.waitForLog("reloaded", mark);
    const again = await client.lease(CHADDR);
    expect(again.message.yiaddr).toBe(yiaddr);
    const asking = await client.lease(CHADDR, { options: [[55, "06"]] });
    expect(asking.message.options["6"]).toBe("c0000263");
  });

  it("reads the included files anew at SIGHUP", async () => {
    const daemon = await start();
    const included = join(dirname(daemon.configFile), "dns.conf");
    writeFileSync(included, "option domain-name-servers 192.0.2.98;\n");
    const mark = daemon.mark;
    daemon.configure(sceneConfig({ lan: 'include "dns.conf";' }));
    daemon.program.signal("SIGHUP");
    await daemon.waitForLog("reloaded", mark);
    const client = await RawClient.start(scene.client, "eth0");
    expect((await client.lease(CHADDR, { options: [[55, "06"]] })).message.options["6"]).toBe("c0000262");
    writeFileSync(included, "option domain-name-servers 192.0.2.97;\n");
    const second = daemon.mark;
    daemon.program.signal("SIGHUP");
    await daemon.waitForLog("reloaded", second);
    expect((await client.lease(CHADDR, { options: [[55, "06"]] })).message.options["6"]).toBe("c0000261");
  });

  it("stays with the old configuration when the new one is wrong, and says where", async () => {
    const daemon = await start();
    const client = await RawClient.start(scene.client, "eth0");
    const { yiaddr } = (await client.lease(CHADDR)).message;
    const mark = daemon.mark;
    daemon.configure(`${sceneConfig()}\nsubnet nonsense;\n`);
    daemon.program.signal("SIGHUP");
    const line = sceneConfig().split("\n").length + 1;
    await daemon.waitForLog(`dhcpd.conf:${line}:8: `, mark);
    await daemon.waitForLog("old configuration stays", mark);
    expect((await client.lease(CHADDR)).message.yiaddr).toBe(yiaddr);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("ends in order at %s, leaving no process and no socket", async (signal) => {
    const daemon = await start();
    await eventuallyServed(scene.client);
    expect(scene.server.processes()).toContain(daemon.pid);
    expect(await daemon.stop(signal)).toEqual({ code: 0, signal: null });
    await eventually("the helper is gone", () => scene.server.processes().length === 0);
    expect(await scene.server.exec(["cat", "/proc/net/udp"])).not.toMatch(/:0043 /);
  });

  it("writes its counters to the log at SIGUSR1", async () => {
    const daemon = await start();
    const client = await RawClient.start(scene.client, "eth0");
    await client.lease(CHADDR);
    const mark = daemon.mark;
    daemon.program.signal("SIGUSR1");
    const line = await daemon.program.waitForLine((text) => isMessage(text, "counters"), { from: mark });
    expect(JSON.parse(line).counters).toMatchObject({ "offer-new": 1, "ack-selecting": 1 });
    expect((await daemon.stop()).code).toBe(0);
  });

  it("replaces the control socket that a killed daemon has left", async () => {
    const daemon = await start();
    await daemon.stop("SIGKILL");
    expect(existsSync(daemon.controlSocket)).toBe(true);
    await daemon.start();
    await eventuallyServed(scene.client);
  });

  it("refuses to start where another server holds port 67, and names it", async () => {
    const holder =
      "import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 67)); print('bound', flush=True); sys.stdin.read()";
    const other = scene.server.spawn(["python3", "-c", holder]);
    await other.waitForLine((line) => line === "bound");
    const daemon = new Daemon(scene.network, scene.server, { backend, config: sceneConfig() });
    expect((await daemon.launch().ended).code).toBe(1);
    expect(daemon.log).toMatch(/67/);
    expect(daemon.log).toMatch(/python3/);
  });

  it("names itself to a second one that finds port 67 taken [U22]", async () => {
    const first = await start();
    const second = new Daemon(scene.network, scene.server, { backend, config: sceneConfig(), name: "second" });
    expect((await second.launch().ended).code).toBe(1);
    expect(second.log).toContain(`${first.pid} (anydhcpd)`);
  });
});
