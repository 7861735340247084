// Hostile octets: every truncation of good messages and a thousand random mutations of them. The
// daemon lives, whatever it answers is true, and the next good DHCPDISCOVER is served. The mutations
// follow a seed: SEED=number repeats a run.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, Daemon } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { randomFrom } from "../support/random.ts";
import { ANYCAST_ADDRESS, LAN_ADDRESS, LISTEN_ON_ANYCAST, Scene, sceneConfig } from "../support/scene.ts";
import { addressHex, type DhcpFrame, type MessageFields, nextXid, RawClient } from "../support/wire-tools.ts";

const CHADDR = "02:00:00:00:00:07";
const MUTATIONS = 1000;

let scene: Scene;
let client: RawClient;
beforeEach(async () => {
  scene = await Scene.create();
  client = await RawClient.start(scene.client, "eth0");
});
afterEach(() => scene.network.dispose());

/** Messages with much in them: each kind of option the server reads. */
const TEMPLATES: readonly MessageFields[] = [
  {
    type: "DISCOVER",
    options: [
      [61, "01020000000007"],
      [12, "686f7374"],
      [55, "0103060f2b"],
      [50, addressHex("192.168.77.120")],
      [57, "05dc"],
    ],
  },
  {
    type: "REQUEST",
    options: [
      [50, addressHex("192.168.77.120")],
      [54, addressHex(LAN_ADDRESS)],
      [61, "01020000000007"],
    ],
  },
  { type: "REQUEST", ciaddr: "192.168.77.120", options: [[82, "0104656974680206020000000001"]] },
  {
    type: "DISCOVER",
    options: [
      [52, "03"],
      [118, addressHex("192.168.77.0")],
      [43, "0102030405"],
      [255, ""],
    ],
  },
  { type: "INFORM", ciaddr: "192.168.77.9", options: [[55, "0103"]] },
  {
    type: "DECLINE",
    options: [
      [50, addressHex("192.168.77.120")],
      [54, addressHex(LAN_ADDRESS)],
    ],
  },
];

/** The octets of a message as the client sends it. */
async function octetsOf(fields: MessageFields): Promise<string> {
  const message = { chaddr: CHADDR, xid: nextXid(), ...fields };
  return (await client.exchange({ message, expect: 0, waitMs: 0, lingerMs: 100 })).octets;
}

/** Some octets changed, removed, doubled or overwritten by 0 and 255. */
function mutate(hex: string, random: (below: number) => number): string {
  const octets = [...Buffer.from(hex, "hex")];
  for (let changes = 1 + random(6); changes > 0; changes--) {
    // Two changes of three meet the options: there is more to get wrong.
    const at = random(3) === 0 ? random(octets.length) : Math.min(240 + random(60), octets.length - 1);
    const kind = random(5);
    if (kind === 0) octets[at] = random(256);
    else if (kind === 1) octets[at] = (octets[at] ?? 0) ^ (1 << random(8));
    else if (kind === 2) octets[at] = random(2) * 255;
    else if (kind === 3) octets.splice(at, 1 + random(20));
    else octets.splice(at, 0, ...octets.slice(at, at + 1 + random(20)));
    if (octets.length < 2) break;
  }
  return Buffer.from(octets)
    .toString("hex")
    .slice(0, 2 * 1400);
}

/** A reply answers something that was sent, gives only what is ours to give, and in our name. */
function expectTruth(reply: DhcpFrame, sent: ReadonlySet<string>): void {
  const { message } = reply;
  // A message may say that its hardware address has no octets, or one.
  const beginning = `${message.xid} ${message.chaddr.slice(0, 2 * 2 + 1)}`;
  expect([...sent].filter((each) => each.startsWith(beginning))).not.toEqual([]);
  expect(["OFFER", "ACK", "NAK", "?"]).toContain(message.type);
  if (message.yiaddr !== "0.0.0.0") expect(message.yiaddr).toMatch(/^192\.168\.77\.1\d\d$|^10\.77\.0\.1\d\d$/);
  if (message.type === "OFFER") expect(message.leaseTime).toBeGreaterThan(0);
  if (message.type !== "?") expect([LAN_ADDRESS, ANYCAST_ADDRESS]).toContain(message.serverId);
  expect([LAN_ADDRESS, ANYCAST_ADDRESS]).toContain(reply.source);
}

/** What replies are matched by: transaction id and the beginning of chaddr. */
function identity(hex: string): string {
  const octets = Buffer.from(hex, "hex");
  if (octets.length < 34) return "";
  return `${octets.readUInt32BE(4)} ${octets.subarray(28, 30).toString("hex").replace(/^(..)/, "$1:")}`;
}

/** Sends them all; checks every reply, and that the daemon goes on. */
async function survive(daemon: Daemon, payloads: readonly string[]): Promise<void> {
  const replies = await client.blast(payloads);
  const sent = new Set(payloads.map(identity));
  // Some of them are still good messages: without any reply this would show nothing.
  expect(replies.length).toBeGreaterThan(10);
  for (const reply of replies) expectTruth(reply, sent);
  expect(daemon.program.exit, daemon.log).toBeUndefined();
  const troubles = daemon.program.lines.filter((line) => /"level":[56]0/.test(line));
  expect(troubles).toEqual([]);
  const good = await client.lease("02:00:00:00:00:99");
  expect(good).toMatchObject({ source: LAN_ADDRESS, message: { type: "ACK", serverId: LAN_ADDRESS } });
  expect((await daemon.stop()).code).toBe(0);
}

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend", (backend) => {
  const start = (): Promise<Daemon> =>
    Daemon.start(scene.network, scene.server, { backend, config: sceneConfig({ global: LISTEN_ON_ANYCAST }) });

  it("hears nothing that is sent to the clients' port, nor to any other [1542 5.1-4]", async () => {
    const daemon = await start();
    const discover = { type: "DISCOVER", chaddr: CHADDR };
    for (const destinationPort of [68, 66, 4011]) {
      const { replies } = await client.exchange({
        message: { ...discover, xid: nextXid() },
        frame: { destinationPort },
        expect: 0,
        fence: { message: { ...discover, chaddr: "02:00:00:00:00:08", xid: nextXid() } },
      });
      expect(replies).toEqual([]);
    }
    expect((await client.ask({ ...discover, xid: nextXid() })).message.type).toBe("OFFER");
    expect((await daemon.stop()).code).toBe(0);
  });

  it("survives every truncation of good messages", async () => {
    const daemon = await start();
    const payloads: string[] = [];
    for (const template of TEMPLATES) {
      const whole = await octetsOf(template);
      for (let length = 0; length < whole.length / 2; length++) payloads.push(whole.slice(0, 2 * length));
    }
    expect(payloads.length).toBeGreaterThan(1500);
    await survive(daemon, payloads);
  });

  it(`survives ${MUTATIONS} random mutations of good messages`, async () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
    process.stdout.write(`SEED=${seed}\n`);
    const random = randomFrom(seed);
    const daemon = await start();
    const whole: string[] = [];
    for (const template of TEMPLATES) whole.push(await octetsOf(template));
    const payloads = Array.from({ length: MUTATIONS }, (_, index) => mutate(whole[index % whole.length] ?? "", random));
    await survive(daemon, payloads);
  });

  it.each([
    ["a reply", { op: 2 }],
    ["too many hops", { hops: 17 }],
    ["a giaddr of our own", { giaddr: LAN_ADDRESS }],
    ["an unknown message type", { type: "?" }],
    ["a hardware address longer than its field", { hlen: 17 }],
  ])("answers nothing to a query with %s", async (_what, fields: MessageFields) => {
    await start();
    const { replies } = await client.exchange({
      message: { type: "DISCOVER", chaddr: CHADDR, xid: nextXid(), ...fields },
      waitMs: 500,
    });
    expect(replies).toEqual([]);
    expect((await client.lease(CHADDR)).message.type).toBe("ACK");
  });
});
