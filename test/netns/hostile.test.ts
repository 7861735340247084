// One host on the link that means harm, on the wire and by both backends: docs/hostile-input.md has the list. The server of
// a backend lives through all of it. ANYDHCPD_FRAMES=100000 sends so many malformed frames, SEED=number repeats a run.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backends, Daemon, readLeases } from "../support/daemon.ts";
import { buildFrame, type FrameFields, putIpChecksum, putUdpChecksum } from "../support/frames.ts";
import { buildMessage, type MessageParts, macOf } from "../support/message-builder.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { randomFrom } from "../support/random.ts";
import { GIADDR, LAN_ADDRESS, Scene, sceneConfig } from "../support/scene.ts";
import { addressHex, Capture, type DhcpFrame, nextXid, RawClient, sendFrames } from "../support/wire-tools.ts";

const FRAMES = Number(process.env["ANYDHCPD_FRAMES"] ?? 5000);
const FRAMES_AT_ONCE = 1000;
const VICTIM = "02:00:00:00:00:07";
const VICTIM_ID = [0, 1, 2, 3];
const ATTACKER = "02:00:00:00:00:66";
const ATTACKER_ADDRESS = "192.168.77.250";
/** More octets than a reply of the scene's configuration has for each octet of its query. */
const AMPLIFICATION_MAX = 1.3;
const HEADERS_OCTETS = 28;
/** How often the flood has begun, on both backends. */
let floods = 0;

/** Where a text has a control character other than a tab or the end of a line; -1 if nowhere. */
function controlIn(text: string): number {
  return [...text].findIndex((character) => {
    const code = character.charCodeAt(0);
    return (code < 32 && code !== 9 && code !== 10) || (code > 126 && code < 160);
  });
}

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend: a hostile host", (backend) => {
  let scene: Scene;
  let client: RawClient;
  let daemon: Daemon;
  let serverMac: readonly number[];
  let victim = "";

  beforeAll(async () => {
    scene = await Scene.create();
    client = await RawClient.start(scene.client, "eth0");
    await scene.client.ip(`addr add ${ATTACKER_ADDRESS}/24 dev eth0`);
    daemon = await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig() });
    serverMac = macOf(await scene.mac("lan0"));
    victim = (await client.lease(VICTIM, { options: [[61, Buffer.from(VICTIM_ID).toString("hex")]] })).message.yiaddr;
  });
  afterAll(() => scene.network.dispose());

  const frame = (parts: MessageParts, fields: FrameFields = {}): Uint8Array =>
    buildFrame({ payload: buildMessage({ xid: nextXid(), ...parts }), ...fields });
  /** By unicast to the server. */
  const toServer = (source: string): FrameFields => ({ source, destination: LAN_ADDRESS, destinationMac: serverMac });

  /** Sends frames; resolves with what the attacker is told, once a good client that came later has been served. */
  async function attack(frames: readonly Uint8Array[]): Promise<readonly DhcpFrame[]> {
    const capture = await Capture.start(scene.server, "lan0", "up0");
    await sendFrames(scene.client, "eth0", frames);
    await expectService();
    await capture.stop();
    return capture.dhcp().filter(({ direction, message }) => direction === "out" && message.chaddr === ATTACKER);
  }

  /** A good client is served, the victim has its lease, and nothing went wrong inside. */
  async function expectService(): Promise<void> {
    // Its socket has nothing of the attack to read first.
    const client = await RawClient.start(scene.client, "eth0");
    expect((await client.lease("02:00:00:00:00:99")).message.type).toBe("ACK");
    expect(daemon.program.exit, daemon.log).toBeUndefined();
    const again = { type: "REQUEST", chaddr: VICTIM, xid: nextXid() };
    const options = [[61, Buffer.from(VICTIM_ID).toString("hex")] as const, [50, addressHex(victim)] as const];
    expect((await client.ask({ ...again, options })).message).toMatchObject({ type: "ACK", yiaddr: victim });
    expect((await daemon.counters())["bug"]).toBeUndefined();
    await client.program.stop("SIGTERM");
  }

  it("has nothing answered that is a reply, the server's own included [case 5]", async () => {
    const offer = await client.ask({ type: "DISCOVER", chaddr: ATTACKER, xid: nextXid() });
    expect(offer.message.type).toBe("OFFER");
    const looped = [LAN_ADDRESS, ATTACKER_ADDRESS].flatMap((source) =>
      [67, 68].map((sourcePort) =>
        frame({ type: 2, op: 2, chaddr: ATTACKER, serverId: LAN_ADDRESS }, { source, sourcePort }),
      ),
    );
    const asServer = frame({ type: 1, chaddr: ATTACKER }, { source: LAN_ADDRESS, sourcePort: 67 });
    expect(await attack([...looped, asServer])).toEqual([]);
  });

  it("sends datagrams of any size, and the next client is served [case 8]", async () => {
    const sizes = [0, 1, 235, 236, 239, 240, 300, 1472, 1500, 4096, 4097, 9000, 65_507];
    const program = `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for size in ${JSON.stringify(sizes)}: s.sendto((b"\\1\\1\\6" + bytes(size))[:size], ("${LAN_ADDRESS}", 67))`;
    await scene.client.exec(["python3", "-c", program]);
    expect(await attack([])).toEqual([]);
  });

  it("plays no relay, and has nothing sent to third parties [case 9, case 10, case 11, B3]", async () => {
    const { yiaddr: leased } = (await client.lease(ATTACKER)).message;
    const before = await daemon.counters();
    const link = { agentInformation: [5, 4, 10, 77, 0, 0] };
    const frames = [
      frame({ type: 1, chaddr: ATTACKER, giaddr: GIADDR }),
      frame({ type: 1, chaddr: ATTACKER, giaddr: GIADDR }, toServer(leased)),
      frame({ type: 1, chaddr: ATTACKER, giaddr: "192.168.77.9" }, toServer(leased)),
      frame({ type: 1, chaddr: ATTACKER, giaddr: "203.0.113.9", ...link }, toServer(ATTACKER_ADDRESS)),
      frame({ type: 3, chaddr: ATTACKER, giaddr: "203.0.113.9", requested: leased }, toServer(ATTACKER_ADDRESS)),
      ...[
        "127.0.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "0.0.0.1",
        "192.168.77.255",
        "10.77.0.255",
        LAN_ADDRESS,
        "10.9.0.1",
      ].map((giaddr, n) =>
        // Half of them DHCPREQUESTs: a kernel shield lets ten DHCPDISCOVERs of a client pass.
        frame({ type: n % 2 === 0 ? 1 : 3, chaddr: ATTACKER, giaddr }, toServer(ATTACKER_ADDRESS)),
      ),
    ];
    expect(await attack(frames)).toEqual([]);
    const after = await daemon.counters();
    const grown = (name: string): number => (after[name] ?? 0) - (before[name] ?? 0);
    expect([grown("drop-no-relay"), grown("drop-bad-giaddr")]).toEqual([5, 8]);
  });

  it("changes nothing by 1,000 foreign DHCPDECLINEs and DHCPRELEASEs [case 14, case 16]", async () => {
    const before = await daemon.counters();
    const leases = readLeases(daemon.leases);
    const frames = Array.from({ length: 1000 }, (_, n) => {
      const isDecline = n % 2 === 0;
      // The victim's hardware address in a third of them, its identifier in another, neither in the rest.
      const chaddr =
        n % 3 === 0
          ? VICTIM
          : `06:00:00:00:${(n >> 8).toString(16).padStart(2, "0")}:${(n & 255).toString(16).padStart(2, "0")}`;
      const clientId = n % 3 === 1 ? VICTIM_ID : [9, n & 255];
      const serverId = n % 5 === 4 ? "203.0.113.1" : LAN_ADDRESS;
      const parts = { chaddr, clientId, serverId, type: isDecline ? 4 : 7, ciaddr: isDecline ? "0.0.0.0" : victim };
      return frame({ ...parts, requested: victim }, isDecline ? {} : toServer(n % 3 === 1 ? ATTACKER_ADDRESS : victim));
    });
    await attack(frames);
    const after = await daemon.counters();
    const refused = ["drop-not-owner", "drop-other-server"].map((name) => (after[name] ?? 0) - (before[name] ?? 0));
    expect(refused.reduce((sum, count) => sum + count)).toBe(1000);
    expect(after["declined"] ?? 0).toBe(before["declined"] ?? 0);
    expect(after["released"] ?? 0).toBe(before["released"] ?? 0);
    const now = readLeases(daemon.leases);
    for (const [address, lease] of leases) expect(now.get(address), address).toEqual(lease);
  });

  it("floods it with new clients: known ones renew, new ones get addresses, and nothing of it is stored [case 22]", async () => {
    // Another try has other clients: what they got the first time is stored.
    const attempt = floods++;
    const flooding = await RawClient.start(scene.client, "eth0");
    const leases = readLeases(daemon.leases).size;
    const flood = flooding.load({
      clients: 3000,
      rate: 600,
      first: 5000,
      request: false,
      window: 10_000,
      waitMs: 8000,
    });
    const other = await RawClient.start(scene.client, "eth0");
    for (let n = 0; n < 3; n++) {
      const chaddr = `02:00:00:00:0${(8 + attempt).toString(16)}:0${n}`;
      const { yiaddr: ciaddr } = (await other.lease(chaddr)).message;
      await other.hold(ciaddr, chaddr);
      const frame = { source: ciaddr, destination: LAN_ADDRESS, destinationMac: await scene.mac("lan0") };
      const message = { type: "REQUEST", chaddr, xid: nextXid(), ciaddr };
      const { replies } = await other.exchange({ message, frame, expect: 1 });
      expect(replies.map((reply) => reply.message.type)).toEqual(["ACK"]);
    }
    // The program that floods ends by its time: on a busy machine with a few left.
    expect((await flood).sent).toBeGreaterThan(2900);
    expect(readLeases(daemon.leases).size).toBe(leases + 3);
    await expectService();
  });

  it("is told no more than 1.3 times its own octets, and on no port but the client's [case 25]", async () => {
    const short = buildMessage({ type: 1, chaddr: ATTACKER, xid: nextXid() }).subarray(0, 244);
    short[243] = 255;
    const inform = buildMessage({ type: 8, chaddr: ATTACKER, xid: nextXid(), ciaddr: ATTACKER_ADDRESS });
    const renewal = buildMessage({ type: 3, chaddr: ATTACKER, xid: nextXid(), ciaddr: victim });
    const frames = [67, 68, 53, 5555].flatMap((sourcePort) => [
      buildFrame({ payload: short, sourcePort }),
      buildFrame({ payload: inform, ...toServer(ATTACKER_ADDRESS), sourcePort }),
      buildFrame({ payload: renewal, ...toServer(victim), sourcePort }),
      buildFrame({ payload: inform, ...toServer("203.0.113.9"), sourcePort }),
    ]);
    const replies = await attack(frames);
    expect(replies.length).toBeGreaterThan(4);
    expect(new Set(replies.map(({ destinationPort }) => destinationPort))).toEqual(new Set([68]));
    const sent = frames.reduce((sum, { length }) => sum + length - 14, 0);
    const told = replies.reduce((sum, { message }) => sum + message.length + HEADERS_OCTETS, 0);
    expect(told / sent).toBeLessThanOrEqual(AMPLIFICATION_MAX);
    for (const { message } of replies)
      expect(message.length + HEADERS_OCTETS).toBeLessThanOrEqual(AMPLIFICATION_MAX * (244 + HEADERS_OCTETS));
    expect(replies.some(({ destination }) => destination === "203.0.113.9")).toBe(false);
  });

  it("gives names that are none, and log, lease file and other clients' records are as they should be after a new start [case 28]", async () => {
    const names = [
      'a";}\nlease 192.168.77.100 {\u001b[31m',
      "../../etc/x",
      "$(id)",
      "a..b",
      ".",
      "-",
      "\u202e",
      "\0",
      "`x`;%s",
    ]
      .map((name) => Buffer.from(name).toString("hex"))
      .concat("80".repeat(255), "0a".repeat(20));
    for (const [n, name] of names.entries()) {
      const options = [12, 60, 77].map((code) => [code, name] as const);
      await client.lease(`02:00:00:00:09:${n.toString(16).padStart(2, "0")}`, { options });
    }
    expect([daemon.log, daemon.leases].map(controlIn)).toEqual([-1, -1]);
    const known = readLeases(daemon.leases);
    expect((await daemon.stop()).code).toBe(0);
    await daemon.start();
    await expectService();
    const now = readLeases(daemon.leases);
    for (const [address, lease] of known) expect(now.get(address), address).toEqual(lease);
  });

  it(`sends ${FRAMES} malformed frames: the next client is served, and a new start knows the same leases [raw-len, restart-after-anything]`, async () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
    process.stdout.write(`SEED=${seed}\n`);
    const random = randomFrom(seed);
    for (let sent = 0; sent < FRAMES; sent += FRAMES_AT_ONCE) {
      const count = Math.min(FRAMES_AT_ONCE, FRAMES - sent);
      await sendFrames(
        scene.client,
        "eth0",
        Array.from({ length: count }, () => malformed(random)),
      );
    }
    await expectService();
    const troubles = daemon.program.lines.filter((line) => /"level":[56]0/.test(line));
    expect(troubles).toEqual([]);
    expect((await daemon.stop()).code).toBe(0);
    const known = readLeases(daemon.leases);
    await daemon.start();
    expect(readLeases(daemon.leases)).toEqual(known);
    await expectService();
  }, 600_000);

  /** A frame with something wrong in it: in its headers, in its message, or in both. */
  function malformed(random: (below: number) => number): Uint8Array {
    const types = [1, 3, 4, 7, 8, random(256)];
    const type = types[random(types.length)] ?? 1;
    const parts: MessageParts = {
      ...{
        type,
        chaddr: `06:00:00:00:00:${random(256).toString(16).padStart(2, "0")}`,
        requested: `192.168.77.${random(256)}`,
      },
      ...{
        serverId: LAN_ADDRESS,
        clientId: [1, random(256), random(256)],
        hops: random(20),
        broadcast: random(2) === 0,
      },
      ...{
        giaddr: random(4) === 0 ? `10.77.0.${random(256)}` : "0.0.0.0",
        agentInformation: [1, random(9), 1, random(256), 2, 1, 7],
      },
    };
    const octets = frame(parts, {
      words: random(8) === 0 ? 5 + random(11) : 5,
      ...(random(2) === 0 ? toServer(`192.168.77.${100 + random(100)}`) : {}),
    });
    const header = 14 + ((octets[14] ?? 0) & 15) * 4 + 8;
    for (let changes = 1 + random(6); changes > 0; changes--) {
      // Half of the changes meet the options, a quarter each the headers and the fixed fields.
      const where = random(4);
      const at =
        where === 0 ? 12 + random(header - 12) : where === 1 ? header + random(240) : header + 240 + random(60);
      if (at < octets.length) octets[at] = random(3) === 0 ? random(2) * 255 : random(256);
    }
    // Some are whole again below the message, so that they come through.
    if (random(3) > 0) {
      octets.set([8, 0, 0x45], 12);
      octets.set([0, 0, 64, 17], 20);
      new DataView(octets.buffer).setUint16(16, octets.length - 14);
      new DataView(octets.buffer).setUint16(36, 67);
      new DataView(octets.buffer).setUint16(38, octets.length - 34);
      putIpChecksum(octets);
      putUdpChecksum(octets);
    }
    return random(5) === 0 ? octets.subarray(0, 14 + random(octets.length - 14)) : octets;
  }
});
