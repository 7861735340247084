// Names of clients in zones of BIND and Knot, by signed updates, with DHCID records that say whose each is.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Daemon } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { ask, type Resolver, startBind, startKnot, startNamed } from "../support/resolvers.ts";
import { LAN_ADDRESS, Scene, sceneConfig } from "../support/scene.ts";
import { addressHex, nextXid, RawClient } from "../support/wire-tools.ts";

const GOOD = { name: "dhcp", secret: "c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIzNDU2Nzg5MA==" };
const OTHER = { name: "other", secret: "b3RoZXItb3RoZXItb3RoZXItMTIzNDU2Nzg5MDEyMzQ=" };
const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
/** In Knot's zone. */
const GUEST = "02:00:00:00:00:0c";
/** In a zone whose key has another secret, and in one whose key BIND does not know. */
const WRONG = "02:00:00:00:00:0d";
const UNKNOWN = "02:00:00:00:00:0e";
const STATIC = "02:00:00:00:00:0f";

let scene: Scene;
let daemon: Daemon;
let client: RawClient;
let bind: Resolver;
let knot: Resolver;

function config(): string {
  const key = (name: string, secret: string): string => `key ${name} { algorithm hmac-sha256; secret "${secret}"; };\n`;
  const zone = (name: string, keyName: string, port = ""): string =>
    `zone ${name}. { primary 127.0.0.1${port}; key ${keyName}; }\n`;
  const host = (name: string, hardware: string, more: string): string =>
    `host ${name} { hardware ethernet ${hardware}; ${more} }\n`;
  return sceneConfig({
    global: `ddns-update-style standard; ddns-domainname "lan.example"; update-static-leases on;
${key(GOOD.name, GOOD.secret)}${key(OTHER.name, GOOD.secret)}${key("nobody", GOOD.secret)}
${zone("lan.example", GOOD.name)}${zone("77.168.192.in-addr.arpa", GOOD.name)}
${zone("guests.example", GOOD.name, " port 5303")}
${zone("wrong.example", OTHER.name)}${zone("unknown.example", "nobody")}
${host("guest", GUEST, 'ddns-domainname "guests.example"; ddns-rev-domainname "rev.guests.example";')}
${host("wrong", WRONG, 'ddns-domainname "wrong.example"; ddns-rev-domainname "none.example";')}
${host("unknown", UNKNOWN, 'ddns-domainname "unknown.example"; ddns-rev-domainname "none.example";')}
${host("fixed", STATIC, "fixed-address 192.168.77.30;")}`,
    lan: "default-lease-time 6; max-lease-time 6;",
  });
}

beforeAll(async () => {
  if (!mayMakeNetworks) return;
  scene = await Scene.create();
  const { directory } = scene.network;
  const zones = {
    "lan.example": "www IN A 192.0.2.80\n",
    "77.168.192.in-addr.arpa": "",
    "wrong.example": "",
    "unknown.example": "",
  };
  bind = await startBind(scene.server, join(directory, "bind"), zones, [GOOD, OTHER]);
  knot = await startKnot(scene.server, join(directory, "knot"), ["guests.example"], GOOD);
  daemon = await Daemon.start(scene.network, scene.server, { config: config(), backend: "udp" });
  client = await RawClient.start(scene.client, "eth0");
});
afterAll(() => scene?.network.dispose());
beforeEach((context) => {
  if (!mayMakeNetworks) context.skip("needs root, or root of a user namespace");
});

const named = (name: string) => ({ options: [[12, Buffer.from(name, "latin1").toString("hex")]] as const });
const lease = async (chaddr: string, name: string): Promise<string> =>
  (await client.lease(chaddr, named(name))).message.yiaddr;
const reverse = (address: string, domain = "in-addr.arpa"): string =>
  `${address.split(".").reverse().join(".")}.${domain}`;

async function eventuallyAnswers(
  resolver: Resolver,
  name: string,
  type: string,
  value: string | RegExp,
): Promise<void> {
  await eventually(
    `${name} ${type} becomes ${value}`,
    async () => {
      const answer = await ask(scene.server, resolver.port, name, type);
      return typeof value === "string" ? answer === value : value.test(answer);
    },
    15_000,
  );
}

function release(chaddr: string, address: string): Promise<unknown> {
  const options = [[54, addressHex(LAN_ADDRESS)]] as const;
  const message = { type: "RELEASE", chaddr, xid: nextXid(), ciaddr: address, options };
  return client.exchange({ message, frame: { source: address }, expect: 0, waitMs: 100 });
}

/** Base64 of 35 octets: kind, SHA-256, digest. */
const DHCID = /^AA[A-Z]B[A-Za-z0-9+/ ]{40,46}=?$/;

describe("names in zones", () => {
  it("are there with the address, the way back and whose they are, and go when the lease is released", async () => {
    const address = await lease(A, "laptop");
    await eventuallyAnswers(bind, "laptop.lan.example", "A", address);
    await eventuallyAnswers(bind, reverse(address), "PTR", "laptop.lan.example.");
    await eventuallyAnswers(bind, "laptop.lan.example", "DHCID", DHCID);
    await release(A, address);
    await eventuallyAnswers(bind, "laptop.lan.example", "ANY", "NXDOMAIN");
    await eventuallyAnswers(bind, reverse(address), "ANY", "NXDOMAIN");
  });

  it("are in Knot's zone as in BIND's, and go when the lease expires", async () => {
    const address = await lease(GUEST, "tablet");
    await eventuallyAnswers(knot, "tablet.guests.example", "A", address);
    await eventuallyAnswers(knot, reverse(address, "rev.guests.example"), "PTR", "tablet.guests.example.");
    await eventuallyAnswers(knot, "tablet.guests.example", "DHCID", DHCID);
    await eventuallyAnswers(knot, "tablet.guests.example", "A", "NXDOMAIN");
    await eventuallyAnswers(knot, reverse(address, "rev.guests.example"), "PTR", "NXDOMAIN");
  });

  it("are those of hosts with fixed addresses too, where update-static-leases says so", async () => {
    const address = await lease(STATIC, "whatever");
    expect(address).toBe("192.168.77.30");
    await eventuallyAnswers(bind, "fixed.lan.example", "A", address);
    await release(STATIC, address);
    await eventuallyAnswers(bind, "fixed.lan.example", "A", "NXDOMAIN");
  });

  it("are not taken from who has them in the zone already", async () => {
    const address = await lease(B, "www");
    await daemon.waitForLog(
      `${address} does not get the name www.lan.example in the DNS: the name has another owner there`,
    );
    expect(await ask(scene.server, bind.port, "www.lan.example")).toBe("192.0.2.80");
    await release(B, address);
    await sleep(300);
    expect(await ask(scene.server, bind.port, "www.lan.example")).toBe("192.0.2.80");
  });

  it("wait where the key is wrong, and the log says once what is wrong with it", async () => {
    await lease(WRONG, "x");
    await daemon.waitForLog(/zone wrong\.example is not updated: .*BADSIG: the key other has another secret there/);
    await lease(UNKNOWN, "y");
    await daemon.waitForLog(/zone unknown\.example is not updated: .*BADKEY: it does not know the key nobody/);
    await sleep(2500);
    expect(daemon.log.split("zone wrong.example is not updated").length).toBe(2);
    expect((await daemon.counters())["dns-update-failures"]).toBeGreaterThan(1);
    expect(daemon.log).not.toContain(GOOD.secret.slice(0, 20));
  });

  it("wait for a server that is down while clients get their leases, and come when it is back", async () => {
    await bind.program.stop();
    const address = await lease(A, "late");
    await daemon.waitForLog(/zone lan\.example is not updated: .*nothing listens there/);
    const program = await startNamed(scene.server, join(scene.network.directory, "bind"));
    bind = { ...bind, program };
    const renewal = { type: "REQUEST", chaddr: A, xid: nextXid(), ciaddr: address, ...named("late") };
    await client.exchange({ message: renewal, frame: { source: address, destination: LAN_ADDRESS }, waitMs: 50 });
    await eventuallyAnswers(bind, "late.lan.example", "A", address);
    await daemon.waitForLog("zone lan.example is updated again");
  });

  it("that an earlier run has left are removed when their leases have ended meanwhile", async () => {
    const address = await lease(B, "left");
    await eventuallyAnswers(bind, reverse(address), "PTR", "left.lan.example.");
    daemon.program.signal("SIGKILL");
    await daemon.program.ended;
    await sleep(6500);
    expect(await ask(scene.server, bind.port, "left.lan.example")).toBe(address);
    await daemon.start();
    await eventuallyAnswers(bind, "left.lan.example", "A", "NXDOMAIN");
    await eventuallyAnswers(bind, reverse(address), "PTR", "NXDOMAIN");
  });
});
