// UdpSocket on two virtual links in a network namespace: which interface a datagram came from, and
// what replies look like on the wire. Frames are seen and made by packet sockets at the far ends.

import { constants } from "node:os";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { SendFlag } from "../../src/native/columns.ts";
import { DatagramBox, type Row } from "../support/datagrams.ts";
import { mayUnshare, Peer } from "../support/peer.ts";

const BROADCAST = 0xffffffff;
const V0 = 0x0a010001; // 10.1.0.1
const V0_SECONDARY = 0x0a010002; // 10.1.0.2
const W0 = 0x0a020001; // 10.2.0.1
const ANYCAST = 0xc0000235; // 192.0.2.53
const NEIGHBOUR = 0x0a010009; // 10.1.0.9
const SILENT = 0x0a01000a; // 10.1.0.10

/** As peer.py's next_datagram describes it. */
interface Seen {
  readonly source: string;
  readonly destination: string;
  readonly destinationMac: string;
  readonly payload: string;
  readonly checksumValid: boolean;
  readonly checksumPartial: boolean;
  readonly dontFragment: boolean;
}

describe.skipIf(!mayUnshare)("UdpSocket in a network namespace", () => {
  let peer: Peer;
  let v0 = 0;
  let w0 = 0;
  const boxes: DatagramBox[] = [];

  beforeAll(async () => {
    peer = await Peer.start({ namespaces: true });
    const indexes = (await peer.run(`
sh('''
ip link add v0 type veth peer name v1
ip link add w0 type veth peer name w1
for i in v0 v1 w0 w1; do ip link set $i up; done
ip addr add 10.1.0.1/24 dev v0
ip addr add 10.1.0.2/24 dev v0
ip addr add 10.2.0.1/24 dev w0
ip addr add 192.0.2.53/32 dev lo
ip neigh add 10.1.0.9 lladdr 02:00:00:00:00:09 dev v0
''')
on_v1, on_w1 = sniffer('v1'), sniffer('w1')
result = [socket.if_nametoindex('v0'), socket.if_nametoindex('w0')]
`)) as [number, number];
    [v0, w0] = indexes;
  });
  afterEach(() => {
    for (const box of boxes.splice(0)) box.socket.close();
  });
  afterAll(() => peer.close());

  async function open(address: string, port: number, more = ""): Promise<DatagramBox> {
    const box = new DatagramBox(
      await peer.take(`ours = udp('${address}', ${port})\nours.setsockopt(0, 8, 1)\n${more}\ngive(ours); ours.close()`),
    );
    boxes.push(box);
    return box;
  }

  /** Sends one datagram and returns what the far end of `link` sees of it. */
  async function wire(box: DatagramBox, link: "v1" | "w1", row: Row): Promise<Seen> {
    expect(box.send("reply", [{ port: 4068, ...row }]).results).toEqual([0]);
    return (await peer.run(`result = next_datagram(on_${link}, 4068)`)) as Seen;
  }

  it("says on which interface a broadcast came in, though one socket hears all of them", async () => {
    const box = await open("255.255.255.255", 4067);
    await peer.run(`
on_v1.send(udp_frame('0.0.0.0', 4068, '255.255.255.255', 4067, b'from v'))
on_w1.send(udp_frame('0.0.0.0', 4068, '255.255.255.255', 4067, b'from w'))
`);
    const datagrams = await box.datagrams(2);
    const sorted = [...datagrams].sort((a, b) => a.payload.localeCompare(b.payload));
    const common = { destination: BROADCAST, source: 0, sourcePort: 4068, flags: 0 };
    expect(sorted).toMatchObject([
      { payload: "from v", ifindex: v0, ...common },
      { payload: "from w", ifindex: w0, ...common },
    ]);
  });

  it("survives a datagram with a wrong checksum, which poll reports and the kernel then drops", async () => {
    const box = await open("255.255.255.255", 4067);
    await peer.run(`
on_v1.send(udp_frame('0.0.0.0', 4068, '255.255.255.255', 4067, b'bad', checksum_error=0x55))
on_v1.send(udp_frame('0.0.0.0', 4068, '255.255.255.255', 4067, b'good'))
`);
    expect((await box.datagrams(1)).map((datagram) => datagram.payload)).toEqual(["good"]);
    expect(box.errors).toEqual([]);
  });

  it("broadcasts out of the interface named, from the address named", async () => {
    const box = await open("255.255.255.255", 4067);
    expect(await wire(box, "w1", { destination: BROADCAST, ifindex: w0, source: W0 })).toMatchObject({
      source: "10.2.0.1",
      destination: "255.255.255.255",
      destinationMac: "ff:ff:ff:ff:ff:ff",
      payload: "reply",
    });
    expect(await wire(box, "v1", { destination: BROADCAST, ifindex: v0, source: V0_SECONDARY })).toMatchObject({
      source: "10.1.0.2",
    });
  });

  it("sends from an anycast address on lo, also by a socket that is bound elsewhere", async () => {
    const box = await open("10.2.0.1", 4067);
    const seen = await wire(box, "v1", { destination: NEIGHBOUR, source: ANYCAST });
    expect(seen).toMatchObject({ source: "192.0.2.53", destinationMac: "02:00:00:00:00:09" });
  });

  it("leaves the choice to the kernel where source and interface are 0", async () => {
    const box = await open("0.0.0.0", 4067);
    expect(await wire(box, "v1", { destination: NEIGHBOUR })).toMatchObject({ source: "10.1.0.1" });
  });

  it("reaches an off-link neighbour on the named interface with dontRoute, not the router", async () => {
    await peer.run(`
sh('''
ip neigh add 10.1.0.254 lladdr 02:00:00:00:00:fe dev v0
ip route add default via 10.1.0.254
ip neigh add 10.77.0.5 lladdr 02:00:00:00:00:05 dev v0
''')`);
    const box = await open("10.1.0.1", 4067);
    const row = { destination: 0x0a4d0005, ifindex: v0, source: V0 };
    expect(await wire(box, "v1", row)).toMatchObject({ destinationMac: "02:00:00:00:00:fe" });
    const direct = await wire(box, "v1", { ...row, flags: SendFlag.dontRoute });
    expect(direct).toMatchObject({ destinationMac: "02:00:00:00:00:05", source: "10.1.0.1" });
    await peer.run("sh('ip route del default')");
  });

  it("never sets the DF bit", async () => {
    const box = await open("10.1.0.1", 4067);
    expect(await wire(box, "v1", { destination: NEIGHBOUR })).toMatchObject({ dontFragment: false });
  });

  it("leaves the checksum to the device as a rule, and completes it with fullChecksum", async () => {
    const box = await open("255.255.255.255", 4067);
    const row = { destination: BROADCAST, ifindex: v0, source: V0 };
    expect(await wire(box, "v1", row)).toMatchObject({ checksumValid: false, checksumPartial: true });
    expect(await wire(box, "v1", { ...row, flags: SendFlag.fullChecksum })).toMatchObject({
      checksumValid: true,
      checksumPartial: false,
      payload: "reply",
      source: "10.1.0.1",
    });
    const both = SendFlag.fullChecksum | SendFlag.dontRoute;
    expect(await wire(box, "v1", { ...row, destination: NEIGHBOUR, flags: both })).toMatchObject({
      checksumValid: true,
      destinationMac: "02:00:00:00:00:09",
    });
    // Nothing of it is left behind in the socket.
    expect(await wire(box, "v1", row)).toMatchObject({ payload: "reply", checksumPartial: true });
  });

  it("refuses a source address that is not ours, and goes on", async () => {
    const box = await open("10.1.0.1", 4067);
    const row = { destination: NEIGHBOUR, port: 4068 };
    const { taken, results } = box.send("x", [{ ...row, source: 0x08080808 }, row]);
    expect(taken).toBe(1);
    expect(results).toEqual([constants.errno.ENETUNREACH, 0]);
    await peer.run("next_datagram(on_v1, 4068)");
  });

  it("does not wait for a full send buffer: the rows that do not fit say so", async () => {
    const box = await open("10.1.0.1", 4067, "ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)");
    // Nobody answers ARP for this address: what is sent to it waits in the kernel, on our account.
    const row = { destination: SILENT, port: 4068, length: 1400 };
    const rows = Array.from({ length: 400 }, () => row);
    const { taken, results } = box.send("x".repeat(1400), rows);
    expect(taken).toBeLessThan(400);
    expect(new Set(results)).toEqual(new Set([0, constants.errno.EAGAIN]));
    expect(results.filter((result) => result === 0).length).toBe(taken);
  });

  it("goes on when its interface goes down and comes back", async () => {
    const box = await open("10.1.0.1", 4067);
    await peer.run("sh('ip link set w0 down; ip link set v0 down')");
    expect(box.send("x", [{ destination: BROADCAST, port: 4068, ifindex: v0 }]).results).not.toEqual([0]);
    await peer.run(
      "sh('ip link set w0 up; ip link set v0 up; ip neigh replace 10.1.0.9 lladdr 02:00:00:00:00:09 dev v0')",
    );
    await peer.run(`
on_v1.close(); on_w1.close(); on_v1, on_w1 = sniffer('v1'), sniffer('w1')
on_v1.send(udp_frame('10.1.0.9', 4068, '10.1.0.1', 4067, b'again'))
`);
    expect((await box.datagrams(1))[0]?.payload).toBe("again");
    expect(box.errors).toEqual([]);
  });
});
