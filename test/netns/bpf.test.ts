// What differs by nature when whole frames are read: what a firewall and the kernel's own checks
// would have dropped is heard, checksums are our business, a socket only holds the port. What must
// be the same is in the files that run on both backends.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Daemon } from "../support/daemon.ts";
import { debianTool } from "../support/debian-packages.ts";
import { buildFrame, putIpChecksum } from "../support/frames.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { LAN_ADDRESS, Scene, sceneConfig, UPLINK_ADDRESS } from "../support/scene.ts";
import { Capture, type MessageFields, nextXid, RawClient, sendFrames } from "../support/wire-tools.ts";

const CHADDR = "02:00:00:00:00:07";
const SQUAT = "import socket\ns = socket.socket(2, 2)\ns.bind(('0.0.0.0', 67))\nprint('bound', flush=True)\ninput()";

let scene: Scene;
let client: RawClient;
beforeEach(async () => {
  scene = await Scene.create();
  client = await RawClient.start(scene.client, "eth0");
});
afterEach(() => scene.network.dispose());

const start = (more: { global?: string; args?: readonly string[] } = {}): Promise<Daemon> =>
  Daemon.start(scene.network, scene.server, {
    backend: "bpf",
    config: sceneConfig({ global: more.global ?? "" }),
    args: more.args ?? [],
  });

const discover = (more: MessageFields = {}): MessageFields => ({
  type: "DISCOVER",
  chaddr: CHADDR,
  xid: nextXid(),
  ...more,
});

/** The octets of a DHCPDISCOVER; nobody has to answer it. */
async function octetsOf(message: MessageFields): Promise<Uint8Array> {
  const { octets } = await client.exchange({
    message,
    frame: { destinationPort: 9 },
    expect: 0,
    waitMs: 0,
    lingerMs: 0,
  });
  return Uint8Array.from(Buffer.from(octets, "hex"));
}

describe.skipIf(!mayMakeNetworks)("the bpf backend", () => {
  it("serves a query whose IP header carries options, and none that lies about its lengths", async () => {
    const daemon = await start();
    const capture = await Capture.start(scene.client, "eth0");
    const good = { payload: await octetsOf(discover()), words: 7 };
    const tooLong = buildFrame(good);
    tooLong.set([0x3f, 0xff], 16);
    putIpChecksum(tooLong);
    const tooFew = buildFrame(good);
    tooFew[14] = 0x44;
    putIpChecksum(tooFew);
    const badSum = buildFrame(good);
    badSum.set([0, 0], 24);
    await sendFrames(scene.client, "eth0", [tooLong, tooFew, badSum]);
    const before = capture.mark;
    await sendFrames(scene.client, "eth0", [buildFrame(good)]);
    await capture.waitFor("an OFFER", ({ message }) => message.type === "OFFER", before);
    expect(capture.dhcp().filter(({ message }) => message.type === "OFFER")).toHaveLength(1);
    const counters = await daemon.counters();
    // A header of four words makes the filter look for the port in the wrong place.
    expect((counters["frame-length"] ?? 0) + (counters["frame-ip-checksum"] ?? 0)).toBeGreaterThanOrEqual(2);
  });

  it("answers from the address that was asked even a client that has none itself", async () => {
    await start();
    const destinationMac = await scene.mac("lan0");
    const offer = await client.ask(discover(), { source: "0.0.0.0", destination: LAN_ADDRESS, destinationMac });
    expect(offer).toMatchObject({ source: LAN_ADDRESS, destinationMac: CHADDR });
  });

  it("answers a relay's query that the reverse-path filter keeps from UDP sockets", async () => {
    for (const name of ["all", "up0"]) await scene.server.sysctl(`net/ipv4/conf/${name}/rp_filter`, 1);
    const config = `${sceneConfig()}subnet 10.9.0.0 netmask 255.255.255.248 { }`;
    const raw = await RawClient.start(scene.relay, "up0");
    const destinationMac = await scene.mac("up0");
    for (const backend of ["udp", "bpf"]) {
      const daemon = await Daemon.start(scene.network, scene.server, { backend, config, name: backend });
      const { replies } = await raw.exchange({
        message: discover({ giaddr: "10.77.0.1", hops: 1 }),
        frame: {
          sourceMac: raw.mac,
          destinationMac,
          source: "172.16.5.5",
          destination: UPLINK_ADDRESS,
          sourcePort: 67,
        },
        expect: backend === "bpf" ? 1 : 0,
        waitMs: 1_000,
      });
      const seen = replies.map(({ source, destination }) => [source, destination]);
      expect(seen).toEqual(backend === "bpf" ? [[UPLINK_ADDRESS, "10.77.0.1"]] : []);
      await daemon.stop();
    }
  });

  it("drops a query that is for another host, or only passes through us", async () => {
    const daemon = await start();
    const destinationMac = await scene.mac("lan0");
    const passing = { message: discover(), frame: { destinationMac, destination: "10.9.0.2" }, expect: 0, waitMs: 0 };
    const foreign = { message: discover(), frame: { destinationMac: "02:00:00:00:00:99" }, expect: 0, waitMs: 0 };
    for (const exchange of [passing, foreign]) expect((await client.exchange(exchange)).replies).toEqual([]);
    await client.ask(discover());
    expect(await daemon.counters()).toMatchObject({ "receive-destination-unknown": 1, "receive-lost": 0 });
  });

  it("answers beside the interface it was told to serve only at its addresses", async () => {
    await start({ args: ["lan0"] });
    const raw = await RawClient.start(scene.relay, "up0");
    const frame = { sourceMac: raw.mac, destinationMac: await scene.mac("up0"), source: "10.77.0.1", sourcePort: 67 };
    const ask = (destination: string) =>
      raw.exchange({
        message: discover({ giaddr: "10.77.0.1", hops: 1 }),
        frame: { ...frame, destination },
        waitMs: 1_000,
      });
    expect((await ask(UPLINK_ADDRESS)).replies).toEqual([]);
    expect((await ask("255.255.255.255")).replies).toEqual([]);
    const { replies } = await ask(LAN_ADDRESS);
    expect(replies.map(({ source, destination }) => [source, destination])).toEqual([[LAN_ADDRESS, "10.77.0.1"]]);
  });

  it("answers once where a macvlan stands on the interface", async () => {
    await scene.server.ip("link add mv0 link lan0 type macvlan mode bridge");
    await scene.server.ip("link set mv0 up");
    await scene.server.ip("addr add 192.168.77.3/24 dev mv0");
    await start();
    expect((await client.ask(discover())).source).toBe(LAN_ADDRESS);
    expect((await client.ask(discover({ broadcast: true }))).source).toBe(LAN_ADDRESS);
  });

  it("does not start beside another server, and says who that is", async () => {
    const other = scene.server.spawn(["python3", "-c", SQUAT]);
    await other.waitForLine((line) => line === "bound");
    const daemon = new Daemon(scene.network, scene.server, { backend: "bpf", config: sceneConfig() });
    const { code } = await daemon.launch().ended;
    expect(code).toBe(1);
    expect(daemon.log).toMatch(/0\.0\.0\.0 port 67: the port is taken by pid \d+ \(python3/);
  });

  it("says which capability is missing", async () => {
    const wrapper = ["setpriv", "--bounding-set", "-net_raw"];
    const daemon = new Daemon(scene.network, scene.server, { backend: "bpf", config: sceneConfig(), wrapper });
    expect((await daemon.launch().ended).code).toBe(1);
    expect(daemon.log).toMatch(/cannot listen on frames on lan0 .*: permission denied: the helper needs CAP_NET_RAW/);
  });

  it("gets past a firewall that denies everything, but for replies that are routed", async (context) => {
    const nft = await debianTool("nftables", "usr/sbin/nft");
    if (nft === undefined) return context.skip("nft cannot be had from Debian");
    const chain = (hook: string): string => `chain ${hook} { type filter hook ${hook} priority 0; policy drop; }`;
    await scene.server.exec([nft, "-f", "-"], {
      input: `table inet filter {\n${chain("input")}\n${chain("output")}\n}\n`,
    });
    const daemon = await start();
    const { yiaddr } = (await client.lease(CHADDR)).message;
    expect((await client.lease("02:00:00:00:00:08", { broadcast: true })).destination).toBe("255.255.255.255");
    await client.exchange({
      message: { type: "REQUEST", chaddr: CHADDR, xid: nextXid(), ciaddr: yiaddr },
      frame: { source: yiaddr, destination: LAN_ADDRESS, destinationMac: await scene.mac("lan0") },
      expect: 0,
      waitMs: 0,
    });
    await daemon.waitForLog("blocked by the firewall");
    expect(await daemon.counters()).toMatchObject({ "blocked-by-firewall": 1 });
  });

  it("says in its status what it hears", async () => {
    const daemon = await start();
    await daemon.waitForLog("frames on lan0 (192.168.77.1)");
    await daemon.waitForLog("frames on up0 (10.9.0.1, for relays)");
    await daemon.waitForLog("0.0.0.0 port 67 (held");
  });
});
