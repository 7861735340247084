// Names of clients in a hosts file, and what dnsmasq and unbound answer by it, without a restart of either.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Daemon } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { ask, needed, type Resolver, startDnsmasq, startUnbound } from "../support/resolvers.ts";
import { LAN_ADDRESS, Scene, sceneConfig } from "../support/scene.ts";
import { addressHex, nextXid, RawClient } from "../support/wire-tools.ts";

const FOLLOWER = new URL("../../etc/names/anydhcpd-unbound", import.meta.url).pathname;
const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const PRINTER = "02:00:00:00:00:0c";

let scene: Scene;
let daemon: Daemon;
let client: RawClient;
let file: string;
let unbound: Resolver;
let dnsmasq: Resolver;

function config(more = ""): string {
  return sceneConfig({
    global: `hosts-file "${file}"; ddns-domainname "lan.example"; ${more}
host printer { hardware ethernet ${PRINTER}; fixed-address 192.168.77.20; }`,
    lan: "default-lease-time 6; max-lease-time 6;",
  });
}

beforeAll(async () => {
  if (!mayMakeNetworks) return;
  scene = await Scene.create();
  const { directory } = scene.network;
  file = join(directory, "names", "hosts");
  daemon = await Daemon.start(scene.network, scene.server, { config: config(), backend: "udp" });
  client = await RawClient.start(scene.client, "eth0");
  const own = join(directory, "unbound");
  const local = '  local-zone: "lan.example." static\n  local-zone: "77.168.192.in-addr.arpa." static\n';
  unbound = await startUnbound(scene.server, own, local);
  const control = await needed("unbound", "usr/sbin/unbound-control");
  scene.server.spawn([FOLLOWER, file], { UNBOUND_CONTROL: `${control} -c ${join(own, "unbound.conf")}` });
  dnsmasq = await startDnsmasq(scene.server, [`--hostsdir=${join(directory, "names")}`, "--local=/lan.example/"]);
});
afterAll(() => scene?.network.dispose());
beforeEach((context) => {
  if (!mayMakeNetworks) context.skip("needs root, or root of a user namespace");
});

const named = (name: string) => ({ options: [[12, Buffer.from(name, "latin1").toString("hex")]] as const });

/** What both answer. */
async function answers(name: string, type = "A"): Promise<readonly string[]> {
  return await Promise.all([unbound, dnsmasq].map(({ port }) => ask(scene.server, port, name, type)));
}

async function eventuallyAnswer(name: string, value: string, type = "A"): Promise<void> {
  await eventually(
    `both answer ${value} for ${name}`,
    async () => (await answers(name, type)).every((answer) => answer === value),
    30_000,
  );
}

function release(chaddr: string, address: string): Promise<unknown> {
  const options = [[54, addressHex(LAN_ADDRESS)]] as const;
  const message = { type: "RELEASE", chaddr, xid: nextXid(), ciaddr: address, options };
  return client.exchange({ message, frame: { source: address }, expect: 0, waitMs: 100 });
}

describe("names in a hosts file", () => {
  it("are those of reservations from the start, in a directory that the daemon's user got", async () => {
    await eventuallyAnswer("printer.lan.example", "192.168.77.20");
    await eventuallyAnswer("20.77.168.192.in-addr.arpa", "printer.lan.example.", "PTR");
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(statSync(join(file, "..")).mode & 0o777).toBe(0o755);
  });

  it("are answered by unbound and dnsmasq when a client has its lease, and not when it has released it", async () => {
    const { yiaddr } = (await client.lease(A, named("Anna's Laptop"))).message;
    await eventuallyAnswer("annas-laptop.lan.example", yiaddr);
    await eventuallyAnswer(`${yiaddr.split(".").reverse().join(".")}.in-addr.arpa`, "annas-laptop.lan.example.", "PTR");
    expect(readFileSync(file, "latin1")).toContain(`\n${yiaddr} annas-laptop.lan.example annas-laptop\n`);
    await release(A, yiaddr);
    await eventuallyAnswer("annas-laptop.lan.example", "NXDOMAIN");
  });

  it("stay with the first client that asks, and go to the next one when its lease expires", async () => {
    const first = (await client.lease(A, named("phone"))).message.yiaddr;
    await eventuallyAnswer("phone.lan.example", first);
    const second = (await client.lease(B, named("phone"))).message.yiaddr;
    await daemon.waitForLog(`${second} does not get the name phone.lan.example: it belongs to ${first}`);
    expect(await answers("phone.lan.example")).toEqual([first, first]);
    // The second one renews, the first one does not.
    const renewals = setInterval(() => {
      const message = { type: "REQUEST", chaddr: B, xid: nextXid(), ciaddr: second, ...named("phone") };
      void client.exchange({ message, frame: { source: second, destination: LAN_ADDRESS }, waitMs: 50 });
    }, 2500);
    await eventuallyAnswer("phone.lan.example", second);
    clearInterval(renewals);
    await eventuallyAnswer("phone.lan.example", "NXDOMAIN");
  });

  it("are no client's that belong to a host of the configuration or mean something else", async () => {
    const { yiaddr } = (await client.lease(A, named("printer"))).message;
    await daemon.waitForLog(`${yiaddr} does not get the name printer.lan.example: it belongs to 192.168.77.20`);
    await client.lease(B, named("wpad"));
    await client.lease("02:00:00:00:00:0d", named("fence"));
    await eventually("the fence is in the file", () => readFileSync(file, "latin1").includes(" fence.lan.example "));
    expect(readFileSync(file, "latin1")).not.toContain("wpad");
    expect(await answers("printer.lan.example")).toEqual(["192.168.77.20", "192.168.77.20"]);
  });

  it("follow a reload, and are told again to an unbound that has forgotten them", async () => {
    daemon.configure(config("host door { hardware ethernet 02:00:00:00:00:0e; fixed-address 192.168.77.21; }"));
    daemon.program.signal("SIGHUP");
    await eventuallyAnswer("door.lan.example", "192.168.77.21");
    const from = unbound.program.lines.length;
    unbound.program.signal("SIGHUP");
    await unbound.program.waitForLine((line) => line.includes("start of service"), { from });
    await eventually(
      "unbound, which has forgotten, is told again",
      async () => (await ask(scene.server, unbound.port, "door.lan.example")) === "192.168.77.21",
      30_000,
    );
    expect(readdirSync(join(file, ".."))).toEqual(["hosts"]);
  });
});
