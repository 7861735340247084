// Which frames the server gets to see, and where in them the message lies.

import { beforeEach, describe, expect, it } from "vitest";
import { BackendCounters } from "../../../src/backend/backend-counters.ts";
import { FrameAdmission } from "../../../src/backend/frames/frame-admission.ts";
import { LocalView } from "../../../src/backend/listen/local-view.ts";
import { ReceiveBatch } from "../../../src/backend/receive-batch.ts";
import { Interfaces } from "../../../src/base/interfaces.ts";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { RECEIVE_BATCH, RECEIVE_SLOT_OCTETS } from "../../../src/base/limits/backend.ts";
import { SHED_WHOLE } from "../../../src/base/limits/overload.ts";
import { RECEIVE_COLUMNS, ReceiveColumn, ReceiveFlag } from "../../../src/native/columns.ts";
import { buildFrame, type FrameFields } from "../../support/frames.ts";
import { buildMessage } from "../../support/message-builder.ts";
import { ethernet, ip, loopback } from "./world.ts";

const LAN = ethernet(2, "eth0", ["10.0.0.1/24", "10.0.0.2/24"]);
const UPLINK = ethernet(3, "eth1", ["10.1.0.1/24"]);
const VIEW = new LocalView(
  new Interfaces(1, [loopback(["192.0.2.53/32"]), LAN, UPLINK]),
  [LAN],
  [ip("192.0.2.53"), ip("192.0.2.54")],
  [ip("10.0.0.1"), ip("192.0.2.53"), ip("192.0.2.54")],
);

interface Received extends FrameFields {
  octets?: Uint8Array;
  flags?: number;
  /** Interface of the socket, and of the frame where it differs. */
  socket?: number;
  ifindex?: number;
}

let counters: BackendCounters;
let admission: FrameAdmission;
let batch: ReceiveBatch;

let key = 2;

function receive(...frames: Received[]): number {
  for (const [
    slot,
    { octets = buildFrame(frames[slot] ?? {}), flags = 0, socket = 2, ifindex = socket },
  ] of frames.entries()) {
    key = socket;
    batch.arena.set(octets, slot * RECEIVE_SLOT_OCTETS);
    const base = slot * RECEIVE_COLUMNS;
    batch.rows.columns.fill(0, base, base + RECEIVE_COLUMNS);
    batch.rows.columns[base + ReceiveColumn.length] = octets.length;
    batch.rows.columns[base + ReceiveColumn.flags] = flags;
    batch.rows.columns[base + ReceiveColumn.ifindex] = ifindex;
  }
  return batch.take(frames.length, key, VIEW);
}

function counted(): Record<string, number> {
  return Object.fromEntries([...counters.toMap(0)].filter(([, value]) => value > 0));
}

function changed(at: number, ...values: number[]): Uint8Array {
  const octets = buildFrame({});
  octets.set(values, at);
  return octets;
}

beforeEach(() => {
  counters = new BackendCounters(true);
  admission = new FrameAdmission();
  batch = new ReceiveBatch(counters, admission);
});

describe("a batch of frames", () => {
  it.each<[string, Received, string]>([
    ["a broadcast", {}, "255.255.255.255"],
    ["a subnet's broadcast", { destination: "10.0.0.255" }, "255.255.255.255"],
    ["one to the address of its interface", { destination: "10.0.0.1" }, "10.0.0.1"],
    ["one to a further address of it", { destination: "10.0.0.2" }, "10.0.0.2"],
    ["one to an anycast address on lo", { destination: "192.0.2.53" }, "192.0.2.53"],
    ["one to another interface's address", { destination: "10.1.0.1" }, "10.1.0.1"],
    ["a relay's, by an interface that is not served", { socket: 3, destination: "10.0.0.1" }, "10.0.0.1"],
    ["an unfinished checksum", { octets: changed(40, 1, 2), flags: ReceiveFlag.checksumUnfinished }, "255.255.255.255"],
  ])("keeps %s", (_what, frame, localAddress) => {
    expect(receive({ source: "10.9.0.9", ...frame })).toBe(1);
    expect(formatIpv4(batch.arrivalOf(0).localAddress)).toBe(localAddress);
    expect(batch.arrivalOf(0)).toMatchObject({ ifindex: frame.socket ?? 2, remotePort: 68 });
    expect(counted()).toEqual({});
  });

  it.each<[string, Received, string]>([
    ["a frame longer than its slot", { flags: ReceiveFlag.datagramCut }, "receive-truncated"],
    ["one whose control data was cut", { flags: ReceiveFlag.controlCut }, "receive-control-cut"],
    ["a frame of a VLAN above the interface", { ifindex: 7 }, "frame-other-interface"],
    ["a bad UDP checksum", { octets: changed(40, 1, 2) }, "frame-udp-checksum"],
    ["a bad IP checksum", { octets: changed(24, 1, 2) }, "frame-ip-checksum"],
    ["a runt", { octets: buildFrame({}).slice(0, 33) }, "frame-truncated"],
    ["a frame shorter than its packet", { octets: buildFrame({}).slice(0, 300) }, "frame-length"],
    ["IPv6", { octets: changed(12, 0x86, 0xdd) }, "frame-not-ipv4"],
    ["another port", { port: 323 }, "receive-destination-unknown"],
    ["another host's address", { destination: "10.0.0.77" }, "receive-destination-unknown"],
    ["a configured address that is not here", { destination: "192.0.2.54" }, "receive-destination-unknown"],
    ["a broadcast where we do not serve", { socket: 3 }, "receive-interface-not-served"],
    ["an address that is not answered there", { socket: 3, destination: "10.1.0.1" }, "receive-interface-not-served"],
    ["a source that is our own", { source: "10.0.0.1" }, "receive-own-source"],
    ["a multicast source", { source: "224.0.0.1" }, "receive-bad-source"],
    ["source port 0", { sourcePort: 0 }, "receive-bad-source"],
  ])("drops %s, counted", (_what, frame, reason) => {
    expect(receive(frame)).toBe(0);
    expect(counted()).toEqual({ [reason]: 1 });
  });

  it("shows the message alone, wherever it begins, of the frames that are left", () => {
    const payload = Uint8Array.from({ length: 244 }, (_, i) => i);
    expect(receive({}, { port: 68 }, { words: 15, payload, source: "10.9.0.9", sourcePort: 67 })).toBe(2);
    expect(batch.lengthOf(1)).toBe(244);
    const start = batch.offsetOf(1);
    expect(start).toBe(2 * RECEIVE_SLOT_OCTETS + 14 + 60 + 8);
    expect(batch.arena.subarray(start, start + 244)).toEqual(payload);
    expect(batch.arrivalOf(1)).toMatchObject({ remoteAddress: ip("10.9.0.9"), remotePort: 67 });
  });
});

describe("frames of new clients, while there are too many", () => {
  const messageOf = (type: number): Uint8Array => buildMessage({ type });
  const DISCOVER = { payload: messageOf(1) };
  const many = (fields: Received): number => receive(...Array.from({ length: RECEIVE_BATCH }, () => fields));

  it("are all looked at until the backend is told to shed, and again afterwards", () => {
    expect(many(DISCOVER)).toBe(RECEIVE_BATCH);
    admission.share = 0;
    expect(many(DISCOVER)).toBe(0);
    expect(counted()).toEqual({ "frame-shed": RECEIVE_BATCH });
    admission.share = SHED_WHOLE;
    expect(many(DISCOVER)).toBe(RECEIVE_BATCH);
  });

  it("are dropped by chance, in the share that was told", () => {
    admission.share = SHED_WHOLE / 2;
    let kept = 0;
    for (let i = 0; i < 100; i++) kept += many(DISCOVER);
    // Ten standard deviations.
    expect(Math.abs(kept - 3200)).toBeLessThan(400);
  });

  it.each<[string, Received]>([
    ["a REQUEST", { payload: messageOf(3) }],
    ["a RELEASE", { payload: messageOf(7) }],
    ["a DISCOVER behind IP options", { ...DISCOVER, words: 6 }],
    ["a BOOTP request in a slot that has held a DISCOVER", { payload: messageOf(1).slice(0, 240) }],
  ])("are not mistaken: %s is looked at", (_what, fields) => {
    expect(receive(DISCOVER)).toBe(1);
    admission.share = 0;
    expect(receive(fields)).toBe(1);
  });

  it("looks again for a frame to an address that it is told to listen on, never for one to a stranger's [D9]", () => {
    const asked: LocalView[] = [];
    batch = new ReceiveBatch(counters, new FrameAdmission(), (view) => {
      asked.push(view);
      return view;
    });
    receive({ source: "10.9.0.9", destination: "10.0.0.77" });
    expect(asked).toEqual([]);
    receive({ source: "10.9.0.9", destination: "192.0.2.54" });
    expect(asked).toEqual([VIEW]);
  });
});
