// Sets of nftables that have the addresses of leases: on a real kernel, seen by nft, with clients on the wire.

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, Daemon } from "../support/daemon.ts";
import { debianTool } from "../support/debian-packages.ts";
import { buildMessage } from "../support/message-builder.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { LAN_ADDRESS, Scene, sceneConfig } from "../support/scene.ts";
import { addressHex, nextXid, RawClient } from "../support/wire-tools.ts";

const CHADDR = "02:00:5e:00:53:31";
const OTHER = "02:00:5e:00:53:32";
const TABLE = `table inet filter {
  set guests { type ipv4_addr; flags timeout; size 8; }
  set pairs { type ipv4_addr . ether_addr; }
  set bad { type ipv4_addr; }
  set overloaded { type ipv4_addr; flags dynamic; }
}
`;
const SETS = "firewall-set nft inet filter guests { hold-ack true; } firewall-set nft inet filter pairs;";

/** Answers datagrams, and sends them again and again from the same port: a line for each that is received. */
const ECHO = `const socket = require("dgram").createSocket("udp4");
socket.on("message", (bytes, { port, address }) => { console.log("heard"); socket.send(bytes, port, address); });
socket.bind(7777, () => console.log("ready"));`;
const TALK = `const socket = require("dgram").createSocket("udp4").on("message", () => console.log("answer"));
setInterval(() => socket.send("x", 7777, "10.9.0.2"), 50);`;

const nft = mayMakeNetworks ? await debianTool("nftables", "usr/sbin/nft") : undefined;

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.create();
});
afterEach(() => scene.network.dispose());

async function rules(text: string): Promise<void> {
  await scene.server.exec([nft ?? "", "-f", "-"], { input: text });
}

/** The elements of a set as nft tells them; undefined where there is no such set. */
async function elements(set: string, table = "filter"): Promise<readonly string[] | undefined> {
  const { code, stdout } = await scene.server.run([nft ?? "", "list", "set", "inet", table, set]);
  if (code !== 0) return undefined;
  const [, list = ""] = /elements = \{(.*?)\}/s.exec(stdout) ?? [];
  return list.split(",").flatMap((element) => element.trim().replace(/ timeout .*/s, "") || []);
}

/** The seconds that nft says of the only element of a set. */
async function rest(set: string): Promise<number> {
  const text = await scene.server.exec([nft ?? "", "list", "set", "inet", "filter", set]);
  const [, minutes = "0", seconds = "0"] = /expires (?:(\d+)m)?(?:(\d+)s)?/.exec(text) ?? [];
  return 60 * Number(minutes) + Number(seconds);
}

function start(config = SETS): Promise<Daemon> {
  return Daemon.start(scene.network, scene.server, { backend: "udp", config: sceneConfig({ lan: config }) });
}

/** A DHCPREQUEST for an address that this server has offered. */
function requestOf(chaddr: string, address: string) {
  const octets = (text: string): string => Buffer.from(text.split(".").map(Number)).toString("hex");
  const options = [
    [50, octets(address)],
    [54, octets(LAN_ADDRESS)],
  ] as const;
  return { type: "REQUEST", chaddr, xid: nextXid(), options };
}

async function release(client: RawClient, chaddr: string, ciaddr: string): Promise<void> {
  const options = [[54, addressHex(LAN_ADDRESS)]] as const;
  const message = { type: "RELEASE", ciaddr, options, chaddr, xid: nextXid() };
  await client.exchange({ message, frame: { source: ciaddr }, expect: 0, waitMs: 0 });
}

describe.skipIf(!mayMakeNetworks || !backends.includes("udp"))("firewall sets", () => {
  it("have an address when its ACK arrives, for as long as the lease lasts, and not after its release", async () => {
    await rules(TABLE);
    const daemon = await start(`${SETS} default-lease-time 120;`);
    const client = await RawClient.start(scene.client, "eth0");
    const { yiaddr } = (await client.lease(CHADDR)).message;
    expect(await elements("guests")).toEqual([yiaddr]);
    expect(await elements("pairs")).toEqual([`${yiaddr} . ${CHADDR}`]);
    expect(await rest("guests")).toBeGreaterThan(110);
    expect(await rest("guests")).toBeLessThanOrEqual(120);
    await release(client, CHADDR, yiaddr);
    await eventually("the element is gone", async () => (await elements("guests"))?.length === 0);
    expect(await elements("pairs")).toEqual([]);
    expect((await daemon.counters())["firewall-put"]).toBe(2);
  });

  it("prolong an element when its lease is renewed, and lose it when the lease expires", async () => {
    await rules(TABLE);
    await start(`${SETS} default-lease-time 4; max-lease-time 4;`);
    const client = await RawClient.start(scene.client, "eth0");
    const { yiaddr } = (await client.lease(CHADDR)).message;
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    await client.lease(CHADDR);
    expect(await rest("guests")).toBeGreaterThanOrEqual(3);
    await eventually("it has expired", async () => (await elements("pairs"))?.length === 0, 15_000);
    expect(yiaddr).toBeDefined();
    expect(await elements("guests")).toEqual([]);
  });

  it("hold an ACK back while the set is missing or full, and let others leave", async () => {
    await rules(TABLE.replace("size 8", "size 1"));
    const daemon = await start();
    const client = await RawClient.start(scene.client, "eth0");
    await client.lease(CHADDR);
    const offer = (await client.exchange({ message: { type: "DISCOVER", chaddr: OTHER, xid: nextXid() }, waitMs: 500 }))
      .replies[0]?.message;
    const request = requestOf(OTHER, offer?.yiaddr ?? "0.0.0.0");
    expect((await client.exchange({ message: request, waitMs: 600 })).replies).toEqual([]);
    await daemon.waitForLog("the firewall set inet filter guests is full: give it a larger size");
    // Asked again in the same second it is held back as well.
    expect((await client.exchange({ message: { ...request, xid: nextXid() }, waitMs: 300 })).replies).toEqual([]);
    const counters = await daemon.counters();
    expect(counters["firewall-full"]).toBeGreaterThan(0);
    expect(counters["drop-firewall"]).toBeGreaterThan(0);
    expect(daemon.log.match(/is full: give it/g)).toHaveLength(1);
    await rules("delete table inet filter\n");
    await daemon.waitForLog("the firewall set inet filter pairs does not exist");
    await rules(TABLE);
    await daemon.waitForLog("the firewall set inet filter guests takes elements now");
    await eventually("both are there", async () => (await elements("guests"))?.length === 2);
    await client.exchange({ message: { ...request, xid: nextXid() }, waitMs: 300 });
    const { replies } = await client.exchange({ message: { ...request, xid: nextXid() }, waitMs: 300 });
    expect(replies.map(({ message }) => message.type)).toEqual(["ACK"]);
  });

  it("are brought in line with the leases at a start and when a set is made anew", async () => {
    await rules(TABLE);
    const daemon = await start();
    const client = await RawClient.start(scene.client, "eth0");
    const { yiaddr } = (await client.lease(CHADDR)).message;
    await daemon.stop();
    await rules("add element inet filter guests { 192.168.77.250 timeout 1h }\nflush set inet filter pairs\n");
    await daemon.start();
    await eventually("the pair is back", async () => (await elements("pairs"))?.length === 1);
    await eventually("the stale one is gone", async () => (await elements("guests"))?.length === 1);
    expect(await elements("guests")).toEqual([yiaddr]);
    await rules(`flush ruleset\n${TABLE}`);
    await eventually("the first set is filled", async () => (await elements("guests"))?.length === 1);
    await eventually("the other set is filled", async () => (await elements("pairs"))?.length === 1);
    expect(await elements("pairs")).toEqual([`${yiaddr} . ${CHADDR}`]);
  });

  it("are filled again when somebody has flushed them, and emptied by a reload that drops their statement", async () => {
    await rules(TABLE);
    const daemon = await start("firewall-set nft inet filter guests; firewall-set nft inet filter pairs;");
    const client = await RawClient.start(scene.client, "eth0");
    const { yiaddr } = (await client.lease(CHADDR)).message;
    // The first comparison is over.
    await sleep(1500);
    const mark = daemon.mark;
    await rules("flush set inet filter guests\n");
    await daemon.waitForLog("the firewall set inet filter guests has lost the element of 1 lease", mark, 20_000);
    await eventually("it is back", async () => (await elements("guests"))?.length === 1);
    await rules("add element inet filter guests { 192.168.77.251 timeout 1h }\n");
    daemon.configure(sceneConfig({ lan: "firewall-set nft inet filter pairs;" }));
    daemon.program.signal("SIGHUP");
    await daemon.waitForLog("the firewall set inet filter guests is not in the configuration any more", mark);
    await eventually("the lease is gone", async () => (await elements("guests"))?.includes(yiaddr) === false);
    expect(await elements("guests")).toEqual(["192.168.77.251"]);
    expect(await elements("pairs")).toEqual([`${yiaddr} . ${CHADDR}`]);
  }, 60_000);

  it("are for the members of a class where the statement stands in one, after a restart too", async () => {
    await rules(TABLE);
    const config = `class "phones" {
      match if option vendor-class-identifier = "phone";
      firewall-set nft inet filter pairs;
    }
    ${sceneConfig()}`;
    const daemon = await Daemon.start(scene.network, scene.server, { backend: "udp", config });
    const client = await RawClient.start(scene.client, "eth0");
    await client.lease(OTHER);
    const phone = [[60, Buffer.from("phone").toString("hex")]] as const;
    const { yiaddr } = (await client.lease(CHADDR, { options: phone })).message;
    expect(await elements("pairs")).toEqual([`${yiaddr} . ${CHADDR}`]);
    await daemon.stop();
    await rules("flush set inet filter pairs\n");
    await daemon.start();
    await eventually("the phone is back", async () => (await elements("pairs"))?.length === 1);
    expect(await elements("pairs")).toEqual([`${yiaddr} . ${CHADDR}`]);
  });

  it("have declined addresses, and keep what rules have put in while the same client has the address", async () => {
    await rules(TABLE);
    await start(`firewall-set nft inet filter bad { addresses abandoned; }
      firewall-set nft inet filter overloaded { addresses changed; } firewall-set nft inet filter pairs;`);
    const client = await RawClient.start(scene.client, "eth0");
    const { yiaddr } = (await client.lease(CHADDR)).message;
    const decline = { type: 4, chaddr: CHADDR, requested: yiaddr, serverId: LAN_ADDRESS, xid: nextXid() };
    await client.blast([Buffer.from(buildMessage(decline)).toString("hex")]);
    await eventually("it is among the bad ones", async () => (await elements("bad"))?.length === 1);
    expect(await elements("bad")).toEqual([yiaddr]);
    expect(await elements("pairs")).toEqual([]);
    const next = (await client.lease(CHADDR)).message.yiaddr;
    await rules(`add element inet filter overloaded { ${next} }\n`);
    await client.lease(CHADDR);
    expect(await elements("overloaded")).toEqual([next]);
  });

  it("go on when the process that changes them is killed", async () => {
    await rules(TABLE);
    const daemon = await start();
    const client = await RawClient.start(scene.client, "eth0");
    await client.lease(CHADDR);
    const { stdout } = await scene.server.run([
      "pgrep",
      "-f",
      "anydhcpd-firewall .*inet filter guests",
      "-P",
      `${await keeper(daemon)}`,
    ]);
    await scene.server.exec(["kill", "-9", stdout.trim()]);
    await daemon.waitForLog("the firewall process has ended and was started again");
    const { yiaddr } = (await client.lease(OTHER)).message;
    expect(await elements("guests")).toContain(yiaddr);
  });

  it("end the connections of a guest with its lease, by the example as it is shipped, which may be loaded twice", async () => {
    const shipped = (name: string): string =>
      readFileSync(fileURLToPath(new URL(`../../etc/examples/${name}`, import.meta.url)), "utf8");
    const example = shipped("guest-firewall.nft").replaceAll("guest0", "lan0").replaceAll("wan0", "up0");
    await rules(example);
    await rules(example);
    const network = (text: string): string => text.replaceAll("192.168.2.", "192.168.77.").replace("77.50 ", "77.150 ");
    const config = network(shipped("guest-firewall.conf"));
    await Daemon.start(scene.network, scene.server, { backend: "udp", config });
    const client = await RawClient.start(scene.client, "eth0");
    const { yiaddr } = (await client.lease(CHADDR)).message;
    expect(await elements("guests", "dhcp")).toEqual([`${yiaddr} . ${CHADDR}`]);
    await scene.server.sysctl("net/ipv4/ip_forward", 1);
    await scene.relay.ip("route replace default via 10.9.0.1");
    await scene.client.ip(`link set eth0 address ${CHADDR}`);
    await scene.client.ip(`addr add ${yiaddr}/24 dev eth0`);
    await scene.client.ip(`route add default via ${LAN_ADDRESS}`);
    const far = scene.relay.spawn([process.execPath, "-e", ECHO]);
    await far.waitForLine((line) => line === "ready");
    const near = scene.client.spawn([process.execPath, "-e", TALK]);
    await eventually("answers come back", () => near.lines.length > 3);
    await release(client, CHADDR, yiaddr);
    await eventually("the element is gone", async () => (await elements("guests", "dhcp"))?.length === 0);
    const before = far.lines.length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(far.lines.length - before).toBeLessThanOrEqual(1);
  });
});

/** The process that keeps the one that changes sets. */
async function keeper(daemon: Daemon): Promise<number> {
  const { stdout } = await scene.server.run(["pgrep", "-f", "^anydhcpd-firewall", "-P", `${daemon.pid}`]);
  return Number(stdout.trim());
}
