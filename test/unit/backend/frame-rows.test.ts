// How rows leave the bpf backend: which as frames, with which headers, and which by the UDP socket.

import { constants } from "node:os";
import { beforeEach, describe, expect, it } from "vitest";
import { ReplyBatch } from "../../../src/backend/backend.ts";
import { BackendCounters } from "../../../src/backend/backend-counters.ts";
import { FrameRows } from "../../../src/backend/frames/frame-rows.ts";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { REPLY_COLUMNS, ReplyColumn } from "../../../src/native/columns.ts";
import type { ReplyRows } from "../../../src/native/rows.ts";
import { Delivery } from "../../../src/wire/delivery.ts";
import { Frame, parseFrame } from "../../../src/wire/frame.ts";
import { ethernet, ip } from "./world.ts";

const { EBADF, ENODEV } = constants.errno;
const CLIENT = [0x0200, 0x00000a09] as const;
const OWN = [0x0200, 2] as const;

/** Everything that left, in order: "routed to" or the frame's addresses. */
let left: string[];
let identifications: number[];
let counters: BackendCounters;
let links: Set<number>;
let isRouted: boolean;
let rows: FrameRows;

const udp = {
  send(_arena: Uint8Array, replies: ReplyRows, first: number, count: number): number {
    for (let row = first; row < first + count; row++) left.push(`routed ${address(replies, row, "destination")}`);
    return count;
  },
};

function linkOf(ifindex: number) {
  return {
    send(
      headers: Uint8Array,
      headerOctets: number,
      arena: Uint8Array,
      { columns }: ReplyRows,
      first: number,
      count: number,
    ): number {
      for (let i = 0; i < count; i++) {
        const base = (first + i) * REPLY_COLUMNS;
        const offset = columns[base + ReplyColumn.offset] ?? 0;
        const payload = arena.subarray(offset, offset + (columns[base + ReplyColumn.length] ?? 0));
        const octets = Uint8Array.from([...headers.subarray(i * headerOctets, (i + 1) * headerOctets), ...payload]);
        const frame = new Frame();
        expect(parseFrame(octets, 0, octets.length, true, frame)).toBeUndefined();
        const [to, from] = [
          frame.destinationHigh * 2 ** 32 + frame.destinationLow,
          frame.sourceHigh * 2 ** 32 + frame.sourceLow,
        ];
        left.push(
          `${ifindex}: ${from.toString(16)} > ${to.toString(16)}, ${formatIpv4(frame.source)}:${frame.sourcePort} > ${formatIpv4(frame.destination)}:${frame.destinationPort}, ${frame.payloadLength}`,
        );
        identifications.push(frame.identification);
      }
      return count;
    },
  };
}

function address({ columns }: ReplyRows, row: number, name: "destination" | "source"): string {
  return formatIpv4(columns[row * REPLY_COLUMNS + ReplyColumn[name]] ?? 0);
}

interface Row {
  by: Delivery;
  to: string;
  ifindex?: number;
  hardware?: readonly [high: number, low: number];
}

/** A batch as reply-row.ts leaves it. */
function batchOf(...wanted: Row[]): ReplyBatch {
  const batch = new ReplyBatch();
  for (const { by, to, ifindex = 2, hardware = CLIENT } of wanted) {
    batch.arena.fill(by, batch.used, batch.used + 301);
    const base = batch.add(301) * REPLY_COLUMNS;
    batch.rows.columns[base + ReplyColumn.destination] = ip(to);
    batch.rows.columns[base + ReplyColumn.port] = 68;
    batch.rows.columns[base + ReplyColumn.source] = ip("10.0.0.1");
    batch.rows.columns[base + ReplyColumn.ifindex] = by === Delivery.relay || by === Delivery.unicast ? 0 : ifindex;
    batch.rows.columns[base + ReplyColumn.delivery] = by;
    batch.rows.columns[base + ReplyColumn.hardwareHigh] = hardware[0];
    batch.rows.columns[base + ReplyColumn.hardwareLow] = hardware[1];
  }
  return batch;
}

function send(batch: ReplyBatch): number {
  return rows.send(batch.arena, batch.rows, 0, batch.count);
}

function result(batch: ReplyBatch, row: number): number {
  return batch.rows.columns[row * REPLY_COLUMNS + ReplyColumn.result] ?? -1;
}

beforeEach(() => {
  left = [];
  identifications = [];
  counters = new BackendCounters(true);
  links = new Set([2, 3]);
  isRouted = true;
  rows = new FrameRows({
    counters,
    routed: () => (isRouted ? udp : undefined),
    link: (ifindex) => (links.has(ifindex) ? linkOf(ifindex) : undefined),
  });
  rows.setInterfaces([ethernet(2, "eth0", ["10.0.0.1/24"]), ethernet(3, "eth1", ["10.1.0.1/24"])]);
});

const broadcast = (ifindex = 2): Row => ({ by: Delivery.broadcast, to: "255.255.255.255", ifindex });
const direct = (hardware: readonly [number, number] = CLIENT): Row => ({
  by: Delivery.neighbour,
  to: "10.0.0.9",
  hardware,
});

describe("rows of the bpf backend", () => {
  it("leave in order: routed ones by the UDP socket, the others as frames of their interface", () => {
    const relay: Row = { by: Delivery.relay, to: "172.16.0.1" };
    const renewing: Row = { by: Delivery.unicast, to: "10.0.0.9" };
    expect(send(batchOf(direct(), broadcast(), relay, renewing, broadcast(3)))).toBe(5);
    expect(left).toEqual([
      "2: 20000000002 > 20000000a09, 10.0.0.1:67 > 10.0.0.9:68, 301",
      "2: 20000000002 > ffffffffffff, 10.0.0.1:67 > 255.255.255.255:68, 301",
      "routed 172.16.0.1",
      "routed 10.0.0.9",
      "3: 20000000003 > ffffffffffff, 10.0.0.1:67 > 255.255.255.255:68, 301",
    ]);
  });

  it("are taken from the middle of a batch", () => {
    const batch = batchOf(direct(), broadcast(), direct());
    expect(rows.send(batch.arena, batch.rows, 1, 1)).toBe(1);
    expect(left).toEqual(["2: 20000000002 > ffffffffffff, 10.0.0.1:67 > 255.255.255.255:68, 301"]);
  });

  it.each([
    ["no hardware address", [0, 0]],
    ["a multicast hardware address", [0x0100, 0x5e000001]],
    ["the broadcast hardware address", [0xffff, 0xffffffff]],
    ["our own hardware address", OWN],
  ] as const)("are broadcast and counted where a client names %s", (_what, hardware) => {
    const batch = batchOf(direct(hardware));
    expect(send(batch)).toBe(1);
    expect(left).toEqual(["2: 20000000002 > ffffffffffff, 10.0.0.1:67 > 255.255.255.255:68, 301"]);
    expect(batch.rows.columns[ReplyColumn.delivery]).toBe(Delivery.broadcast);
    expect(counters.toMap(0).get("neighbour-refused")).toBe(1);
  });

  it("are given up, each with its reason, where a socket is missing", () => {
    links.delete(3);
    isRouted = false;
    const batch = batchOf(broadcast(3), broadcast(), { by: Delivery.relay, to: "172.16.0.1" });
    expect(send(batch)).toBe(1);
    expect([0, 1, 2].map((row) => result(batch, row))).toEqual([ENODEV, 0, EBADF]);
  });

  it("leave with ever other identifications, also in more than one call", () => {
    expect(send(batchOf(...Array.from({ length: 150 }, () => direct())))).toBe(150);
    expect(new Set(identifications).size).toBe(150);
  });
});
