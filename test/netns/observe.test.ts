// --observe bpf: packet sockets look on while the udp backend serves, and tell what came in by the wire and
// did not reach it, and who else answers. Without the flag there is no packet socket.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Daemon } from "../support/daemon.ts";
import { debianTool } from "../support/debian-packages.ts";
import { buildFrame, type FrameFields, putIpChecksum } from "../support/frames.ts";
import { buildMessage, macOf } from "../support/message-builder.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { GIADDR, LAN_ADDRESS, Scene, sceneConfig, UPLINK_ADDRESS } from "../support/scene.ts";
import { addressHex, type MessageFields, nextXid, RawClient, sendFrames } from "../support/wire-tools.ts";

const OBSERVE = ["--observe", "bpf"];
/** The counters that must stay 0 where nothing goes wrong. */
const QUIET = Object.fromEntries(
  ["firewall", "queue", "no-listener", "bad-source", "rp-filter", "ip-checksum", "udp-checksum", "malformed"]
    .concat(["forgotten", "lost", "foreign-offers", "foreign-acks", "foreign-naks", "foreign-requests"])
    .map((name) => [`observe-${name}`, 0]),
);

const nft = await debianTool("nftables", "usr/sbin/nft");

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.create();
});
afterEach(() => scene.network.dispose());

const start = (args: readonly string[] = OBSERVE): Promise<Daemon> =>
  Daemon.start(scene.network, scene.server, { config: sceneConfig(), args });

/** A DISCOVER that no other one equals. */
const query = (fields: FrameFields = {}): Uint8Array =>
  buildFrame({ payload: buildMessage({ xid: nextXid(), type: 1 }), ...fields });

/** An OFFER of somebody else. */
const offer = (source: string, serverId: string, type = 2): Uint8Array =>
  buildFrame({ source, sourcePort: 67, port: 68, payload: buildMessage({ op: 2, type, serverId }) });

/** The packet sockets of the server's namespace. */
async function packetSockets(): Promise<number> {
  const text = await scene.server.exec(["tail", "-n", "+2", "/proc/net/packet"]);
  return text.split("\n").filter((line) => line !== "").length;
}

/** Puts the server's link to the client behind a bridge, which has its address then. */
async function bridgeTheLan(): Promise<void> {
  await scene.server.ip(`addr del ${LAN_ADDRESS}/24 dev lan0`);
  await scene.network.bridge(scene.server, "br0", ["lan0"]);
  await scene.server.ip(`addr add ${LAN_ADDRESS}/24 dev br0`);
}

/** Loads rules on the server. */
async function load(text: string): Promise<void> {
  await scene.server.exec([nft ?? "", "-f", "-"], { input: text });
}

/** Waits until a counter has a value: sightings are judged some ticks later. */
async function waitForCount(daemon: Daemon, name: string, value: number): Promise<void> {
  await eventually(`${name} is ${value}`, async () => (await daemon.counters())[name] === value);
}

function messageOf(line: string): string {
  return JSON.parse(line).msg;
}

describe.skipIf(!mayMakeNetworks)("the udp backend with --observe bpf", () => {
  it("finds every query that is served on both sides, and says nothing", async () => {
    const daemon = await start();
    expect(await packetSockets()).toBe(2);
    const mark = daemon.mark;
    const client = await RawClient.start(scene.client, "eth0");
    for (const chaddr of ["02:00:00:00:00:07", "02:00:00:00:00:08"]) await client.lease(chaddr);
    const twice = query();
    await sendFrames(scene.client, "eth0", [twice, twice, query({ words: 7 })]);
    await waitForCount(daemon, "observe-heard", 7);
    // Nothing is waited for any more once a later loss has been told.
    await sendFrames(scene.client, "eth0", [query({ destination: "192.168.77.255", source: "192.168.77.9" })]);
    await waitForCount(daemon, "observe-no-listener", 1);
    expect(await daemon.counters()).toMatchObject({ ...QUIET, "observe-no-listener": 1, "observe-queries": 8 });
    const lines = daemon.program.lines.slice(mark).filter((line) => line.includes('"event":"backend"'));
    expect(lines.filter((line) => !line.includes("nobody listens at 192.168.77.255"))).toEqual([]);
  });

  it.skipIf(nft === undefined).each([
    ["prerouting", "filter hook prerouting priority raw"],
    ["input", "filter hook input priority 0"],
  ])("tells of queries that a rule in an %s chain drops, once a burst", async (_what, hook) => {
    const daemon = await start();
    await load(`table inet filter { chain drops { type ${hook}; udp dport 67 drop; }; }`);
    await sendFrames(scene.client, "eth0", [query(), query(), query()]);
    expect(messageOf(await daemon.waitForLog("did not reach us"))).toMatch(
      /^a DHCPDISCOVER of 02:00:00:00:00:01 \(xid 0x[0-9a-f]{8}\) from 0\.0\.0\.0 to 255\.255\.255\.255 came in by lan0 and did not reach us: probably a firewall's rule, in a prerouting or an input chain/,
    );
    await waitForCount(daemon, "observe-firewall", 3);
    expect(daemon.log.match(/did not reach us/g)).toHaveLength(1);
  });

  it.skipIf(nft === undefined).each([
    [
      "the device's ingress chain",
      "table netdev t { chain drops { type filter hook ingress device lan0 priority 0; udp dport 67 drop; }; }",
      "lan0",
    ],
    [
      "a bridge's prerouting chain",
      "table bridge t { chain drops { type filter hook prerouting priority 0; udp dport 67 drop; }; }",
      "br0",
    ],
    [
      "a bridge's input chain",
      "table bridge t { chain drops { type filter hook input priority 0; udp dport 67 drop; }; }",
      "br0",
    ],
  ])("is not shown what %s drops, and blames nobody", async (_what, rules, device) => {
    if (device === "br0") await bridgeTheLan();
    const daemon = await start();
    await load(rules);
    await sendFrames(scene.client, "eth0", [query(), query()]);
    await load("flush ruleset");
    await sendFrames(scene.client, "eth0", [query()]);
    await waitForCount(daemon, "observe-heard", 1);
    expect(await daemon.counters()).toMatchObject({ ...QUIET, "observe-queries": 1 });
  });

  it.skipIf(nft === undefined)(
    "tells what an input chain drops on a bridge, where the bridge is what hears it",
    async () => {
      await bridgeTheLan();
      const daemon = await start();
      await load("table inet filter { chain drops { type filter hook input priority 0; udp dport 67 drop; }; }");
      await sendFrames(scene.client, "eth0", [query()]);
      expect(messageOf(await daemon.waitForLog("did not reach us"))).toContain(
        "came in by br0 and did not reach us: probably a firewall",
      );
      await waitForCount(daemon, "observe-firewall", 1);
    },
  );

  it.skipIf(nft === undefined)(
    "tells a relay's query that rp_filter drops from one that the firewall drops",
    async () => {
      for (const name of ["all", "up0"]) await scene.server.sysctl(`net/ipv4/conf/${name}/rp_filter`, 1);
      const daemon = await start([...OBSERVE, `-u${UPLINK_ADDRESS}`]);
      const destinationMac = macOf(await scene.mac("up0"));
      const relayed = (source: string): Uint8Array =>
        buildFrame({
          payload: buildMessage({ xid: nextXid(), type: 1, giaddr: GIADDR, hops: 1 }),
          destinationMac,
          destination: UPLINK_ADDRESS,
          source,
          sourcePort: 67,
        });
      await sendFrames(scene.relay, "up0", [relayed("172.16.5.5")]);
      const line = messageOf(await daemon.waitForLog("did not reach us"));
      expect(line).toContain("probably the reverse-path filter (rp_filter is 1 on up0)");
      await load("table inet filter { chain drops { type filter hook input priority 0; policy drop; }; }");
      await sendFrames(scene.relay, "up0", [relayed("10.9.0.2")]);
      await waitForCount(daemon, "observe-firewall", 1);
      expect(await daemon.counters()).toMatchObject({ "observe-rp-filter": 1, "observe-queries": 2 });
    },
  );

  it("tells what the kernel never delivers: sources it does not take, addresses nobody listens at", async () => {
    const daemon = await start();
    const destinationMac = macOf(await scene.mac("lan0"));
    await sendFrames(scene.client, "eth0", [
      query({ destinationMac, destination: LAN_ADDRESS }),
      query({ source: LAN_ADDRESS }),
      query({ source: "192.168.77.9", destination: "192.168.77.255" }),
      query({ destinationMac, source: "192.168.77.9", destination: "192.0.2.53" }),
      query({ destinationMac, source: "192.168.77.9", destination: "10.9.0.2" }),
    ]);
    await daemon.waitForLog("nobody listens at 192.168.77.255");
    await daemon.waitForLog("the kernel takes nothing from such a source address");
    await waitForCount(daemon, "observe-bad-source", 2);
    // The one that only passes through is no query for us.
    const expected = { ...QUIET, "observe-bad-source": 2, "observe-no-listener": 2, "observe-passing": 1 };
    expect(await daemon.counters()).toMatchObject({ ...expected, "observe-queries": 4 });
  });

  it("tells of bad checksums and lengths, and not of unfinished ones", async () => {
    const daemon = await start();
    const badUdp = query();
    badUdp.set([0x12, 0x34], 40);
    const badIp = query();
    badIp.set([0, 0], 24);
    const tooLong = query();
    tooLong.set([0x3f, 0xff], 16);
    putIpChecksum(tooLong);
    await sendFrames(scene.client, "eth0", [badUdp, badIp, tooLong]);
    await daemon.waitForLog("from 02:00:00:00:00:07 on lan0 is of a bad UDP checksum: the kernel drops it");
    await daemon.waitForLog("is of a bad IP checksum");
    await scene.client.ip("addr add 192.168.77.9/24 dev eth0");
    await scene.client.exec([
      "python3",
      "-c",
      SEND_DATAGRAM,
      LAN_ADDRESS,
      Buffer.from(buildMessage({ type: 1 })).toString("hex"),
    ]);
    await waitForCount(daemon, "observe-heard", 1);
    const faults = { "observe-udp-checksum": 1, "observe-ip-checksum": 1, "observe-malformed": 1 };
    expect(await daemon.counters()).toMatchObject({ ...QUIET, ...faults, "observe-queries": 1 });
  });

  it("names other servers, where and how often they answer", async () => {
    const daemon = await start();
    const frames = [offer("192.168.77.66", "192.168.77.66"), offer("192.168.77.66", "192.168.77.66", 5)];
    // A relay's broadcast of a reply of ours is no stranger's.
    await sendFrames(scene.client, "eth0", [
      ...frames,
      offer("192.168.77.9", LAN_ADDRESS),
      offer("192.168.77.66", "10.1.1.1", 6),
    ]);
    const told =
      "another DHCP server on lan0: a DHCPOFFER from 192.168.77.66 (server identifier 192.168.77.66, 02:00:00:00:00:07)";
    await daemon.waitForLog(told);
    await waitForCount(daemon, "observe-foreign-naks", 1);
    const { counters, observed } = await daemon.status();
    expect(counters).toMatchObject({ "observe-foreign-offers": 1, "observe-foreign-acks": 1, "observe-queries": 0 });
    const server = { source: "192.168.77.66", interface: "lan0" };
    expect(observed).toEqual([
      { ...server, serverIdentifier: "192.168.77.66", offers: 1, acks: 1, naks: 0, requests: 0 },
      { ...server, serverIdentifier: "10.1.1.1", offers: 0, acks: 0, naks: 1, requests: 0 },
    ]);
    expect(daemon.log.match(/another DHCP server/g)).toHaveLength(2);
  });

  it("tells of a server that answers past it, by the clients that choose that one [D16]", async () => {
    const daemon = await start();
    const client = await RawClient.start(scene.client, "eth0");
    const request = (serverId: string): MessageFields => ({
      type: "REQUEST",
      chaddr: "02:00:00:00:00:07",
      xid: nextXid(),
      options: [
        [50, addressHex("192.168.77.150")],
        [54, addressHex(serverId)],
      ],
    });
    for (const serverId of ["192.168.77.66", "192.168.77.66", LAN_ADDRESS])
      await client.exchange({ message: request(serverId), expect: 0, waitMs: 200 });
    await daemon.waitForLog("another DHCP server, 192.168.77.66, on lan0: a client's DHCPREQUEST names it");
    await waitForCount(daemon, "observe-foreign-requests", 2);
    const line = JSON.parse(await daemon.waitForLog('"drop-other-server"'));
    expect(line).toMatchObject({ type: "DHCPREQUEST", serverIdentifier: "192.168.77.66" });
    expect(line.msg).toContain("for the server 192.168.77.66");
    expect((await daemon.status()).observed).toEqual([
      {
        source: "0.0.0.0",
        serverIdentifier: "192.168.77.66",
        interface: "lan0",
        offers: 0,
        acks: 0,
        naks: 0,
        requests: 2,
      },
    ]);
  });

  it("hears a dnsmasq on the same link", async (context) => {
    const dnsmasq = await debianTool("dnsmasq-base", "usr/sbin/dnsmasq");
    if (dnsmasq === undefined) return context.skip("dnsmasq cannot be had from Debian");
    const { network, server } = scene;
    const [other, far] = [await network.namespace("other"), await network.namespace("far")];
    const middle = await network.namespace("switch");
    await network.veth(middle, "p1", server, "lan1");
    await network.veth(middle, "p2", other, "eth0");
    await network.veth(middle, "p3", far, "eth0");
    await network.bridge(middle, "br0", ["p1", "p2", "p3"]);
    await server.ip("addr add 10.77.0.2/24 dev lan1");
    await other.ip("addr add 10.77.0.66/24 dev eth0");
    const daemon = await start();
    const flags = [
      "--no-daemon",
      "--conf-file=/dev/null",
      "--port=0",
      "--no-ping",
      "--dhcp-authoritative",
      "--log-dhcp",
    ];
    const range = ["--dhcp-range=10.77.0.210,10.77.0.220,1h", `--dhcp-leasefile=${network.directory}/dnsmasq.leases`];
    const program = other.spawn([dnsmasq, ...flags, ...range, "--user=root", "--bind-interfaces", "--interface=eth0"]);
    await program.waitForLine((line) => line.includes("DHCP, sockets bound"));
    const client = await RawClient.start(far, "eth0");
    const message = { type: "DISCOVER", chaddr: "02:00:00:00:00:07", xid: nextXid(), broadcast: true };
    const { replies } = await client.exchange({ message, expect: 2 });
    expect(replies.map(({ source }) => source).sort()).toEqual(["10.77.0.2", "10.77.0.66"]);
    await daemon.waitForLog("another DHCP server on lan1: a DHCPOFFER from 10.77.0.66");
    await waitForCount(daemon, "observe-foreign-offers", 1);
  });

  it("follows interfaces that come and go", async () => {
    const daemon = await start();
    const far = await scene.network.namespace("far");
    await scene.network.veth(scene.server, "lan1", far, "eth0");
    await scene.server.ip("addr add 10.77.0.2/24 dev lan1");
    await daemon.waitForLog("observing lan1");
    expect(await packetSockets()).toBe(3);
    await scene.server.ip("link delete lan1");
    await eventually("the packet socket is closed", async () => (await packetSockets()) === 2);
    expect(daemon.log).not.toContain("cannot observe");
  });

  it("opens no packet socket without the flag", async () => {
    const daemon = await start([]);
    expect(await packetSockets()).toBe(0);
    const names = Object.keys(await daemon.counters());
    expect(names.filter((name) => name.startsWith("observe"))).toEqual([]);
  });

  it("says which capability is missing", async () => {
    const wrapper = ["setpriv", "--bounding-set", "-net_raw"];
    const daemon = new Daemon(scene.network, scene.server, { config: sceneConfig(), args: OBSERVE, wrapper });
    expect((await daemon.launch().ended).code).toBe(1);
    expect(daemon.log).toMatch(/cannot observe lan0: permission denied: the helper needs CAP_NET_RAW/);
  });
});

/** A client of the system's own UDP: its datagrams leave a virtual interface with unfinished checksums. */
const SEND_DATAGRAM = `import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 68))
s.sendto(bytes.fromhex(sys.argv[2]), (sys.argv[1], 67))
`;
