// A lease file on a disk that is slow, stalls, fails or is full, under load: nobody is told of a lease that is not
// stored, what can be done without storing is done, the log says it once, and it ends by itself when the disk is
// well again. Nothing here asks how fast anything is.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, Daemon, isMessage } from "../support/daemon.ts";
import { LoadRecord, type ToldLease } from "../support/load-record.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { Scene } from "../support/scene.ts";
import { EIO, SlowDisk } from "../support/slow-disk.ts";
import { addressHex, type DhcpFrame, type MessageFields, nextXid, RawClient } from "../support/wire-tools.ts";

const SERVER = "172.20.0.1";
const CONFIG = `authoritative;
ping-check false;
default-lease-time 3600;
subnet 172.20.0.0 netmask 255.255.0.0 { range 172.20.16.0 172.20.79.255; }
`;
/** Clients that lease, renew and release, two thousand times a second, and give up after three tries. */
const LOAD = {
  server: SERVER,
  interface: "eth0",
  phases: ["mixed"],
  clients: 300,
  rate: 2000,
  seconds: 1,
  timeoutMs: 200,
  tries: 3,
} as const;
/** As many clients as come, each of them new, and patient: a DHCPACK counts however late the disk makes it. */
const NEWCOMERS = { ...LOAD, phases: ["dora"], clients: 5000, once: true, timeoutMs: 2000, tries: 1 } as const;
/** Leases to be stored before the server is killed. */
const LEASES_BEFORE_KILL = 200;
const ANYDHCPCTL = new URL("../../bin/anydhcpctl", import.meta.url).pathname;

let scene: Scene;
let disk: SlowDisk;
beforeEach(async () => {
  scene = await Scene.create();
  await scene.server.ip(`addr replace ${SERVER}/16 dev lan0`);
});
afterEach(() => scene.network.dispose());

function makeDaemon(backend = "udp"): Daemon {
  disk = new SlowDisk(`${scene.network.directory}/anydhcpd/etc`);
  return new Daemon(scene.network, scene.server, { backend, config: CONFIG, args: ["lan0"], wrapper: disk.wrapper });
}

interface KnownLease {
  readonly address: string;
  readonly state: string;
  readonly hardware: string;
  readonly ends: string;
}

/** What the running daemon knows. */
async function knownLeases(daemon: Daemon): Promise<ReadonlyMap<string, KnownLease>> {
  const text = await scene.server.exec([ANYDHCPCTL, "leases", "--json", "--control", daemon.controlSocket]);
  const leases: readonly KnownLease[] = text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return new Map(leases.map((lease) => [lease.address, lease]));
}

/** Every lease that a client was told of is known, as its own, for as long as it was told. */
async function expectKept(daemon: Daemon, told: Iterable<ToldLease>): Promise<void> {
  const known = await knownLeases(daemon);
  for (const { address, hardware, until } of told) {
    expect(known.get(address), address).toMatchObject({ state: "bound", hardware });
    expect(Date.parse(known.get(address)?.ends ?? "") / 1000, `end of ${address}`).toBeGreaterThanOrEqual(until);
  }
}

/** Lines of the log about the lease store, from line `from` on. */
function storeLines(daemon: Daemon, from = 0): readonly string[] {
  return daemon.program.lines.slice(from).filter((line) => line.includes('"msg":"lease store:'));
}

function requestFor(offer: DhcpFrame): MessageFields {
  const { chaddr, yiaddr, serverId, xid } = offer.message;
  const options = [
    [50, addressHex(yiaddr)],
    [54, addressHex(serverId)],
  ] as const;
  return { type: "REQUEST", chaddr, xid, options };
}

function discover(chaddr: string): MessageFields {
  return { type: "DISCOVER", chaddr, xid: nextXid() };
}

/** The answer to a host that has an address of its own. */
async function inform(client: RawClient): Promise<DhcpFrame> {
  const [chaddr, source] = ["02:00:00:00:00:04", "172.20.0.9"];
  await client.hold(source, chaddr);
  return client.ask({ type: "INFORM", chaddr, xid: nextXid(), ciaddr: source }, { source });
}

/** Messages of the replies that come within a while. */
async function repliesTo(client: RawClient, message: MessageFields, waitMs: number): Promise<readonly string[]> {
  const { replies } = await client.exchange({ message, waitMs, lingerMs: 50 });
  return replies.map((reply) => reply.message.type);
}

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend", (backend) => {
  it("has every lease that a client was told of after kill -9 under load, however slow the disk is", async () => {
    const daemon = makeDaemon(backend);
    const owners = new Map<string, ToldLease>();
    for (const [series, milliseconds] of (backend === "udp" ? [0, 10, 100] : [10]).entries()) {
      disk.heal();
      await daemon.start();
      const load = new LoadRecord(scene.client, scene.network.directory, { ...NEWCOMERS, series });
      await load.begun();
      disk.delay(milliseconds);
      await eventually("leases are stored, and clients told", async () => {
        const counters = await daemon.counters();
        const offers = Object.entries(counters).filter(([name]) => name.startsWith("offer-"));
        // What is stored may wait for the helper yet. At least so many of the replies were ACKs:
        const acks = (counters["sent"] ?? 0) - offers.reduce((sum, [, count]) => sum + count, 0);
        return (counters["store-leases"] ?? 0) > LEASES_BEFORE_KILL && acks > LEASES_BEFORE_KILL;
      });
      await daemon.stop("SIGKILL");
      const { report, told } = await load.ended();
      expect(report.invalidKinds).toEqual({});
      expect(told.length).toBeGreaterThan(LEASES_BEFORE_KILL / 2);
      for (const lease of told) {
        expect(owners.get(lease.address)?.hardware ?? lease.hardware).toBe(lease.hardware);
        owners.set(lease.address, lease);
      }
      disk.heal();
      await daemon.start();
      await expectKept(daemon, owners.values());
      expect((await daemon.stop()).code).toBe(0);
    }
  });
});

describe.skipIf(!mayMakeNetworks)("a disk that stalls", () => {
  it("holds back DHCPACKs alone, and a client that asks again meanwhile is answered once", async () => {
    const daemon = makeDaemon();
    await daemon.start();
    const client = await RawClient.start(scene.client, "eth0");
    await client.lease("02:00:00:00:00:01");
    const offer = await client.ask(discover("02:00:00:00:00:02"));
    disk.stall(5000);
    expect(await repliesTo(client, requestFor(offer), 300)).toEqual([]);
    expect(await repliesTo(client, requestFor(offer), 300)).toEqual([]);
    // What needs no storing is answered as ever.
    expect(await repliesTo(client, discover("02:00:00:00:00:03"), 2000)).toEqual(["OFFER"]);
    expect((await inform(client)).message.type).toBe("ACK");
    // One that has come during the stall, too, and one ACK for all of them.
    expect(await repliesTo(client, requestFor(offer), 10_000)).toEqual(["ACK"]);
    expect((await client.lease("02:00:00:00:00:05")).message.type).toBe("ACK");
    const { "store-failures": failures, "drop-already-pending": repeated = 0 } = await daemon.counters();
    expect(failures).toBe(0);
    expect(repeated).toBeGreaterThanOrEqual(1);
    expect((await daemon.stop()).code).toBe(0);
  });
});

describe.skipIf(!mayMakeNetworks)("a disk that fails", () => {
  it("gives no lease after a failed fdatasync until the file is written anew, says it once, and goes on", async () => {
    const daemon = makeDaemon();
    await daemon.start();
    const client = await RawClient.start(scene.client, "eth0");
    const first = await client.lease("02:00:00:00:00:01");
    const offer = await client.ask(discover("02:00:00:00:00:02"));
    const from = daemon.mark;
    disk.fail("sync", EIO);
    expect(await repliesTo(client, requestFor(offer), 500)).toEqual([]);
    await daemon.waitForLog("EIO", from);
    const load = new LoadRecord(scene.client, scene.network.directory, NEWCOMERS);
    const { report, told } = await load.ended();
    expect(report).toMatchObject({ exchanges: 0, invalidKinds: {} });
    expect(told).toEqual([]);
    expect(storeLines(daemon, from)).toHaveLength(1);
    disk.heal();
    await daemon.waitForLog("leases are given again", from, 30_000);
    expect((await client.ask(requestFor(await client.ask(discover("02:00:00:00:00:02"))))).message.type).toBe("ACK");
    expect(storeLines(daemon, from)).toHaveLength(2);
    await daemon.stop("SIGKILL");
    await daemon.start();
    const known = await knownLeases(daemon);
    expect(known.get(first.message.yiaddr)).toMatchObject({ state: "bound", hardware: "02:00:00:00:00:01" });
    expect([...known.values()].filter(({ state }) => state === "bound")).toHaveLength(2);
    expect((await daemon.stop()).code).toBe(0);
  });

  it("acknowledges nothing that a failed fdatasync may have lost, when syncs fail now and then under load", async () => {
    const daemon = makeDaemon();
    await daemon.start();
    const load = new LoadRecord(scene.client, scene.network.directory, { ...LOAD, seconds: 4, tries: 8 });
    await load.begun();
    for (let failure = 1; failure <= 3; failure++) {
      const from = daemon.mark;
      disk.failOnce("sync", EIO);
      await daemon.waitForLog("EIO", from);
      await daemon.waitForLog("leases are given again", from, 30_000);
    }
    const { report, told } = await load.ended();
    expect(report.invalidKinds).toEqual({});
    expect(told.length).toBeGreaterThan(LOAD.clients / 2);
    await daemon.stop("SIGKILL");
    await daemon.start();
    await expectKept(daemon, told);
    expect((await daemon.stop()).code).toBe(0);
  });
});

describe.skipIf(!mayMakeNetworks)("a full disk", () => {
  it("costs new leases and renewals only, is said once, and is forgotten when there is room again", async () => {
    const daemon = makeDaemon();
    const folder = daemon.leaseFile.replace(/\/[^/]*$/, "");
    await scene.server.exec(["mount", "-t", "tmpfs", "-o", "size=4m,mode=777", "tmpfs", folder]);
    await daemon.start();
    const load = new LoadRecord(scene.client, scene.network.directory, LOAD);
    await load.begun();
    const from = daemon.mark;
    await scene.server.run(["dd", "if=/dev/zero", `of=${folder}/filler`, "bs=4k"]);
    await daemon.waitForLog("ENOSPC", from);
    const { report, told } = await load.ended();
    expect(report.invalidKinds).toEqual({});
    expect(report.retransmissions).toBeGreaterThan(0);

    const client = await RawClient.start(scene.client, "eth0");
    expect((await daemon.status()) as object).toMatchObject({ store: "failing" });
    expect(await repliesTo(client, discover("02:00:00:00:00:03"), 300)).toEqual([]);
    expect((await inform(client)).message.type).toBe("ACK");
    // A release that cannot be stored is none: the lease is its client's until it ends.
    const [someone] = told;
    if (someone === undefined) throw new Error("nobody has a lease");
    const release = {
      type: "RELEASE",
      chaddr: someone.hardware,
      xid: nextXid(),
      ciaddr: someone.address,
      options: [[54, addressHex(SERVER)]],
    } as const;
    await client.exchange({ message: release, frame: { source: someone.address }, expect: 0, waitMs: 300 });
    await expectKept(daemon, told);
    expect(storeLines(daemon, from)).toHaveLength(1);

    await scene.server.exec(["rm", `${folder}/filler`]);
    await daemon.waitForLog("leases are given again", from, 40_000);
    expect((await client.lease("02:00:00:00:00:05")).message.type).toBe("ACK");
    expect(storeLines(daemon, from)).toHaveLength(2);
    await daemon.stop("SIGKILL");
    await daemon.start();
    await expectKept(daemon, told);
    expect(daemon.program.lines.filter((line) => isMessage(line, "ready"))).toHaveLength(1);
    expect((await daemon.stop()).code).toBe(0);
  });
});
