// Links that are more than a cable: VLANs, bridges and bonds, second addresses, senders that leave checksums
// to hardware, damaged packets, queues that overflow. What a client sees is the same with both backends; who
// counts a bad packet is not: the kernel for the one, we ourselves for the other.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, Daemon } from "../support/daemon.ts";
import { buildFrame, putIpChecksum } from "../support/frames.ts";
import { buildMessage } from "../support/message-builder.ts";
import { mayMakeNetworks, type Namespace } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { LAN_ADDRESS, Scene, sceneConfig } from "../support/scene.ts";
import { Capture, type MessageFields, nextXid, RawClient, sendFrames } from "../support/wire-tools.ts";

const VLAN_DEVICE = fileURLToPath(new URL("../support/vlan-device.py", import.meta.url));
const CHADDR = "02:00:00:00:00:07";
/** Sends the octets in argv[2] from port 68 to port 67 by the system's own UDP, which leaves the checksum unfinished on a virtual cable. */
const SEND_DATAGRAM = `import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
s.bind(("0.0.0.0", 68))
s.sendto(bytes.fromhex(sys.argv[2]), (sys.argv[1], 67))
`;
/** Sends until the kernel says that nobody is there ("refused"), or 20 times ("sent"). */
const ASK_PORT = `import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 68))
s.connect((sys.argv[1], 67))
try:
    for _ in range(20):
        s.send(b"no request")
        time.sleep(0.02)
    print("sent")
except ConnectionRefusedError:
    print("refused")
`;

/** Whether this kernel has a kind of link: not all have VLANs and bonds. */
function hasLinks(kind: string, more: readonly string[] = []): boolean {
  const words = ["link", "add", "probe0", ...more, "type", kind];
  try {
    const ids = kind === "vlan" ? ["id", "5"] : [];
    const script = 'ip link add v0 type veth peer name v1 && ip "$@"';
    execFileSync("unshare", ["--net", "sh", "-c", script, "sh", ...words, ...ids], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const vlanKinds = ["made by hand", ...(mayMakeNetworks && hasLinks("vlan", ["link", "v0"]) ? ["the kernel's"] : [])];
const masterKinds = ["bridge", ...(mayMakeNetworks && hasLinks("bond") ? ["bond"] : [])];

let scene: Scene;
let client: RawClient;
beforeEach(async () => {
  scene = await Scene.create();
  client = await RawClient.start(scene.client, "eth0");
});
afterEach(() => scene.network.dispose());

const discover = (more: MessageFields = {}): MessageFields => ({
  type: "DISCOVER",
  chaddr: CHADDR,
  xid: nextXid(),
  ...more,
});

/** A frame with a VLAN tag in it, or several. */
function tagged(frame: Uint8Array, ...tags: readonly (readonly [ethertype: number, tag: number])[]): Uint8Array {
  const octets = tags.flatMap(([ethertype, tag]) => [ethertype >> 8, ethertype & 255, tag >> 8, tag & 255]);
  return Uint8Array.from([...frame.subarray(0, 12), ...octets, ...frame.subarray(12)]);
}

/** A frame as two: `octets` (a multiple of 8) of its IP payload in the first. */
function fragments(frame: Uint8Array, octets: number): readonly Uint8Array[] {
  const header = frame.subarray(0, 34);
  return [frame.subarray(34, 34 + octets), frame.subarray(34 + octets)].map((part, i) => {
    const fragment = Uint8Array.from([...header, ...part]);
    const total = 20 + part.length;
    const offset = i === 0 ? 0x2000 : octets / 8;
    fragment.set([total >> 8, total & 255], 16);
    fragment.set([offset >> 8, offset & 255], 20);
    putIpChecksum(fragment);
    return fragment;
  });
}

/** Makes a device for VLAN 5 of a link, up. */
async function addVlan(namespace: Namespace, parent: string, kind: string): Promise<string> {
  const name = `${parent}.5`;
  if (kind === "the kernel's") {
    await namespace.ip(`link add link ${parent} name ${name} type vlan id 5`);
    await namespace.ip(`link set ${name} up`);
    return name;
  }
  const program = namespace.spawn(["python3", "-B", VLAN_DEVICE, parent, name, "5"]);
  await program.waitForLine((line) => line === "ready");
  return name;
}

/** A line of the kernel's own counters: `snmp("Udp", "InCsumErrors")`. */
async function snmp(protocol: string, counter: string): Promise<number> {
  const [names = "", values = ""] = (await scene.server.exec(["cat", "/proc/net/snmp"]))
    .split("\n")
    .filter((line) => line.startsWith(`${protocol}: `));
  return Number(values.split(" ")[names.split(" ").indexOf(counter)]);
}

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend", (backend) => {
  const start = (config = sceneConfig(), args: readonly string[] = []): Promise<Daemon> =>
    Daemon.start(scene.network, scene.server, { backend, config, args });

  describe("VLANs", () => {
    it.each(vlanKinds)("are links of their own, beside the one they are on: devices %s", async (kind) => {
      const device = await addVlan(scene.server, "lan0", kind);
      await scene.server.ip(`addr add 172.20.0.1/24 dev ${device}`);
      const inside = await RawClient.start(scene.client, await addVlan(scene.client, "eth0", kind));
      await start(`${sceneConfig()}subnet 172.20.0.0 netmask 255.255.255.0 { range 172.20.0.100 172.20.0.199; }`);
      const capture = await Capture.start(scene.client, "eth0");

      const ack = await inside.lease(CHADDR);
      expect(ack).toMatchObject({ source: "172.20.0.1", destination: ack.message.yiaddr, destinationMac: CHADDR });
      expect(ack.message.yiaddr).toMatch(/^172\.20\.0\.1\d\d$/);
      expect((await inside.ask(discover({ broadcast: true }))).source).toBe("172.20.0.1");
      // The other link's client, with a frame that is not tagged.
      expect(await client.ask(discover({ broadcast: true }))).toMatchObject({ source: LAN_ADDRESS });

      const replies = capture.dhcp().filter(({ direction, message }) => direction === "in" && message.op === 2);
      expect(replies.map(({ source, vlan }) => [source, vlan])).toEqual([
        ...Array(3).fill(["172.20.0.1", 5]),
        [LAN_ADDRESS, undefined],
      ]);
    });

    it("that nobody has here are not answered on the link that they are on", async () => {
      const daemon = await start();
      const frame = buildFrame({ payload: buildMessage({ type: 1, chaddr: CHADDR, broadcast: true }) });
      const capture = await Capture.start(scene.client, "eth0");
      await sendFrames(scene.client, "eth0", [
        tagged(frame, [0x8100, 6]),
        tagged(frame, [0x8100, 0xe006]),
        tagged(frame, [0x88a8, 6]),
        tagged(frame, [0x88a8, 6], [0x8100, 7]),
        tagged(frame, [0x8100, 0], [0x8100, 7]),
      ]);
      // What follows them on the same cable is answered, they are not.
      await client.ask(discover({ broadcast: true }));
      expect(capture.dhcp().filter(({ message }) => message.op === 2)).toHaveLength(1);
      expect(await daemon.counters()).toMatchObject({ sent: 1 });
    });

    it("are not what a priority tag means: it is answered like none", async () => {
      await start();
      const frame = buildFrame({ payload: buildMessage({ type: 1, chaddr: CHADDR, xid: 77, broadcast: true }) });
      const capture = await Capture.start(scene.client, "eth0");
      await sendFrames(scene.client, "eth0", [tagged(frame, [0x8100, 0xa000])]);
      const offer = await capture.waitFor("an OFFER", ({ message }) => message.type === "OFFER");
      expect(offer).toMatchObject({ source: LAN_ADDRESS, message: { xid: 77 } });
      expect(offer.vlan).toBeUndefined();
    });
  });

  it.each(masterKinds)("serves a %s, once, by its own address", async (kind) => {
    const far = await scene.network.namespace("far");
    await scene.network.veth(scene.server, "port0", far, "eth0");
    if (kind === "bridge") await scene.network.bridge(scene.server, "up1", ["port0"]);
    else {
      await scene.server.ip("link add up1 type bond mode active-backup miimon 100");
      await scene.server.ip("link set port0 down");
      await scene.server.ip("link set port0 master up1");
      await scene.server.ip("link set up1 up");
    }
    await scene.server.ip("addr add 172.20.0.1/24 dev up1");
    await start(`${sceneConfig()}subnet 172.20.0.0 netmask 255.255.255.0 { range 172.20.0.100 172.20.0.199; }`);
    const behind = await RawClient.start(far, "eth0");
    expect(await behind.lease(CHADDR)).toMatchObject({ source: "172.20.0.1", destinationMac: CHADDR });
    expect((await behind.ask(discover({ broadcast: true }))).source).toBe("172.20.0.1");
  });

  it("answers a renewal from the second address of a link, if that was asked", async () => {
    await scene.server.ip("addr add 192.168.77.2/24 dev lan0");
    await start(sceneConfig(), ["-u192.168.77.2", "lan0"]);
    const { yiaddr } = (await client.lease(CHADDR)).message;
    await client.hold(yiaddr, CHADDR);
    const destinationMac = await scene.mac("lan0");
    for (const destination of ["192.168.77.2", LAN_ADDRESS]) {
      const request = { type: "REQUEST", chaddr: CHADDR, xid: nextXid(), ciaddr: yiaddr };
      const ack = await client.ask(request, { source: yiaddr, destination, destinationMac });
      expect(ack).toMatchObject({ source: destination, message: { type: "ACK", serverId: destination } });
    }
  });

  it("hears what is sent to the broadcast address of a subnet, by UDP where every address is listened on", async () => {
    await start(sceneConfig(), backend === "udp" ? ["-u"] : []);
    const frame = { source: "192.168.77.9", destination: "192.168.77.255" };
    expect(await client.ask(discover(), frame)).toMatchObject({ source: LAN_ADDRESS, destinationMac: CHADDR });
  });

  it("serves a client whose UDP checksum is left unfinished, and drops bad checksums, which are counted", async () => {
    const daemon = await start();
    const capture = await Capture.start(scene.server, "lan0");
    await scene.client.ip("addr add 192.168.77.9/24 dev eth0");
    const message = Buffer.from(buildMessage({ type: 1, chaddr: CHADDR })).toString("hex");
    await scene.client.exec(["python3", "-c", SEND_DATAGRAM, "255.255.255.255", message]);
    const query = await capture.waitFor("the query", ({ destinationPort }) => destinationPort === 67);
    expect(query.checksum).toBe("partial");
    const offer = await capture.waitFor("an OFFER", ({ message: reply }) => reply.type === "OFFER");
    expect(offer).toMatchObject({ source: LAN_ADDRESS, checksum: "good", ipChecksumGood: true });

    const payload = buildMessage({ type: 1, chaddr: CHADDR, xid: 78 });
    const badDatagram = buildFrame({ payload });
    badDatagram.set([0x12, 0x34], 40);
    const badHeader = buildFrame({ payload });
    badHeader.set([0x12, 0x34], 24);
    const mark = capture.mark;
    const [udpBefore, ipBefore] = [await snmp("Udp", "InCsumErrors"), await snmp("Ip", "InHdrErrors")];
    await sendFrames(scene.client, "eth0", [badDatagram, badHeader]);
    await client.ask(discover());
    expect(capture.dhcp(mark).filter(({ direction }) => direction === "out")).toHaveLength(1);
    const counters = await daemon.counters();
    if (backend === "bpf") {
      expect(counters).toMatchObject({ "frame-udp-checksum": 1, "frame-ip-checksum": 1, "receive-lost": 0 });
    } else {
      // The kernel looks first: at the header before it has a socket, at the datagram on the socket's account.
      expect(counters).toMatchObject({ "receive-lost": 1 });
      expect(await snmp("Udp", "InCsumErrors")).toBe(udpBefore + 1);
      expect(await snmp("Ip", "InHdrErrors")).toBe(ipBefore + 1);
    }
  });

  it("hears a query in fragments by UDP, where the kernel puts it together, and not by frames", async () => {
    await start();
    const capture = await Capture.start(scene.server, "lan0");
    const payload = new Uint8Array(600);
    payload.set(buildMessage({ type: 1, chaddr: CHADDR, xid: 79, broadcast: true }));
    await sendFrames(scene.client, "eth0", fragments(buildFrame({ payload }), 304));
    await client.ask(discover({ chaddr: "02:00:00:00:00:08", broadcast: true }));
    const offers = capture.dhcp().filter(({ message }) => message.type === "OFFER");
    expect(offers.map(({ message }) => message.chaddr)).toEqual(
      backend === "udp" ? [CHADDR, "02:00:00:00:00:08"] : ["02:00:00:00:00:08"],
    );
  });

  it("keeps clients from being told that nobody listens", async () => {
    await scene.client.ip("addr add 192.168.77.9/24 dev eth0");
    const ask = (): Promise<string> => scene.client.exec(["python3", "-c", ASK_PORT, LAN_ADDRESS]);
    expect(await ask()).toBe("refused\n");
    await start();
    const capture = await Capture.start(scene.server, "lan0");
    expect(await ask()).toBe("sent\n");
    expect(capture.frames().filter(({ kind }) => kind === "icmp")).toEqual([]);
  });

  it("counts the queries that its queue had no room for, and is there for the next", async () => {
    const sent = 12_000;
    // A kernel shield would keep the queue empty.
    const daemon = await start(sceneConfig({ lan: "deny unknown-clients;" }), ["--shield=off"]);
    daemon.program.signal("SIGSTOP");
    const frame = buildFrame({ payload: buildMessage({ type: 1, chaddr: CHADDR }) });
    await sendFrames(scene.client, "eth0", Array(sent).fill(frame));
    daemon.program.signal("SIGCONT");
    await eventually("every query is accounted for", async () => {
      const counters = await daemon.counters();
      expect(counters["receive-lost"]).toBeGreaterThan(0);
      const names = ["receive-lost", "frame-shed", "drop-unknown-client-denied", "drop-behind"];
      return names.reduce((sum, name) => sum + (counters[name] ?? 0), 0) === sent;
    });
    daemon.configure(sceneConfig());
    const mark = daemon.mark;
    daemon.program.signal("SIGHUP");
    await daemon.waitForLog("reloaded", mark);
    // A socket whose queue has overflowed keeps some DISCOVERs out for a while: clients ask again.
    await eventually("a client is served", async () => {
      const { replies } = await client.exchange({ message: discover(), waitMs: 300, lingerMs: 0 });
      return replies.length === 1;
    });
  });
});
