// Which datagrams the server gets to see, and under which arrival.

import { beforeEach, describe, expect, it } from "vitest";
import { BackendCounters } from "../../../src/backend/backend-counters.ts";
import { LocalView } from "../../../src/backend/listen/local-view.ts";
import { DATAGRAM_ADMISSION, ReceiveBatch } from "../../../src/backend/receive-batch.ts";
import { Interfaces } from "../../../src/base/interfaces.ts";
import { RECEIVE_SLOT_OCTETS } from "../../../src/base/limits/backend.ts";
import { RECEIVE_COLUMNS, ReceiveColumn } from "../../../src/native/columns.ts";
import { ethernet, ip, loopback } from "./world.ts";

const LAN = ethernet(2, "eth0", ["10.0.0.1/24"]);
const UNSERVED = ethernet(3, "eth1", ["10.1.0.1/24"]);
const VIEW = new LocalView(
  new Interfaces(1, [loopback(["192.0.2.53/32"]), LAN, UNSERVED]),
  [LAN],
  [ip("192.0.2.53"), ip("192.0.2.54")],
);

interface Datagram {
  length?: number;
  flags?: number;
  ifindex?: number;
  from?: string;
  port?: number;
  to?: string;
}

let counters: BackendCounters;
let batch: ReceiveBatch;

function receive(...datagrams: Datagram[]): number {
  for (const [slot, datagram] of datagrams.entries()) {
    const base = slot * RECEIVE_COLUMNS;
    batch.rows.columns[base + ReceiveColumn.length] = datagram.length ?? 300;
    batch.rows.columns[base + ReceiveColumn.flags] = datagram.flags ?? 0;
    batch.rows.columns[base + ReceiveColumn.ifindex] = datagram.ifindex ?? 2;
    batch.rows.columns[base + ReceiveColumn.source] = ip(datagram.from ?? "0.0.0.0");
    batch.rows.columns[base + ReceiveColumn.sourcePort] = datagram.port ?? 68;
    batch.rows.columns[base + ReceiveColumn.destination] = ip(datagram.to ?? "255.255.255.255");
  }
  return batch.take(datagrams.length, 5, VIEW);
}

function counted(): Record<string, number> {
  return Object.fromEntries([...counters.toMap(0)].filter(([, value]) => value > 0));
}

beforeEach(() => {
  counters = new BackendCounters();
  batch = new ReceiveBatch(counters, DATAGRAM_ADMISSION);
});

describe("a received batch", () => {
  it.each<[string, Datagram, string]>([
    ["a broadcast from an interface that is not served", { ifindex: 3 }, "receive-interface-not-served"],
    ["a broadcast from an interface it does not know", { ifindex: 99 }, "receive-interface-not-served"],
    ["a datagram longer than its slot", { flags: 1 }, "receive-truncated"],
    ["one whose control data was cut", { flags: 3 }, "receive-control-cut"],
    ["a source that is our own", { from: "10.0.0.1", to: "10.0.0.1" }, "receive-own-source"],
    ["our own anycast address as the source", { from: "192.0.2.53", to: "192.0.2.53" }, "receive-own-source"],
    ["a multicast source", { from: "224.0.0.1" }, "receive-bad-source"],
    ["the broadcast address as the source", { from: "255.255.255.255" }, "receive-bad-source"],
    ["a loopback source", { from: "127.3.0.1" }, "receive-bad-source"],
    ["source port 0", { port: 0 }, "receive-bad-source"],
    ["a destination that is not ours", { to: "10.0.0.77" }, "receive-destination-unknown"],
    ["another network's address", { to: "203.0.113.1" }, "receive-destination-unknown"],
  ])("drops and counts %s", (_what, datagram, reason) => {
    expect(receive(datagram)).toBe(0);
    expect(counted()).toEqual({ [reason]: 1 });
  });

  it.each<[string, Datagram, string]>([
    ["a broadcast from a served interface", {}, "255.255.255.255"],
    ["a network's broadcast, as a broadcast", { to: "10.0.0.255" }, "255.255.255.255"],
    ["the old-style broadcast, as a broadcast", { to: "0.0.0.0" }, "255.255.255.255"],
    ["unicast to an interface's address", { to: "10.0.0.1", from: "10.0.0.9" }, "10.0.0.1"],
    ["unicast to our address from an interface that is not served", { to: "10.0.0.1", ifindex: 3 }, "10.0.0.1"],
    ["unicast to an anycast address on lo", { to: "192.0.2.53", from: "172.16.0.1", port: 67 }, "192.0.2.53"],
    ["unicast to a configured address not seen yet", { to: "192.0.2.54", from: "172.16.0.1" }, "192.0.2.54"],
  ])("passes on %s", (_what, datagram, localAddress) => {
    expect(receive(datagram)).toBe(1);
    expect(batch.arrivalOf(0)).toMatchObject({
      ifindex: datagram.ifindex ?? 2,
      localAddress: ip(localAddress),
      remoteAddress: ip(datagram.from ?? "0.0.0.0"),
      remotePort: datagram.port ?? 68,
    });
    expect(counted()).toEqual({});
  });

  it("hands what comes from our own address to who may have sent it, and counts what that does not take", () => {
    const seen: string[] = [];
    batch = new ReceiveBatch(counters, DATAGRAM_ADMISSION, undefined, (_octets, offset, length, arrival) => {
      seen.push([offset, length, arrival.localAddress === arrival.remoteAddress, arrival.remotePort].join(" "));
      return length === 301;
    });
    const own = { from: "192.0.2.53", to: "192.0.2.53", port: 67 };
    expect(receive({ from: "10.0.0.9", to: "10.0.0.1" }, { ...own, length: 301 }, { ...own, length: 302 })).toBe(1);
    expect(seen).toEqual([`${RECEIVE_SLOT_OCTETS} 301 true 67`, `${2 * RECEIVE_SLOT_OCTETS} 302 true 67`]);
    expect(counted()).toEqual({ "receive-own-source": 1 });
  });

  it("closes the gaps that dropped datagrams leave, without moving octets", () => {
    const kept = receive(
      { ifindex: 3 },
      { length: 301, from: "10.0.0.11" },
      { flags: 1 },
      { length: 303, from: "10.0.0.13" },
    );
    expect(kept).toBe(2);
    expect([batch.offsetOf(0), batch.lengthOf(0)]).toEqual([RECEIVE_SLOT_OCTETS, 301]);
    expect([batch.offsetOf(1), batch.lengthOf(1)]).toEqual([3 * RECEIVE_SLOT_OCTETS, 303]);
    expect(batch.arrivalOf(1).remoteAddress).toBe(ip("10.0.0.13"));
  });

  it("judges by a newer view what comes to an address that is not in this one, and nothing else [D9]", () => {
    const newer = new LocalView(
      new Interfaces(2, [loopback(["192.0.2.53/32"]), ethernet(2, "eth0", ["10.0.0.1/24", "10.0.0.77/24"])]),
      [],
      [],
    );
    let looks = 0;
    batch = new ReceiveBatch(counters, DATAGRAM_ADMISSION, () => {
      looks++;
      return newer;
    });
    const further = { to: "192.0.2.53", from: "172.16.0.1" };
    expect(receive({}, further, { to: "10.0.0.1", from: "10.0.0.9" }, { to: "10.0.0.255", from: "10.0.0.9" })).toBe(4);
    expect(looks).toBe(0);
    expect(receive({ to: "10.0.0.77", from: "10.0.0.9" }, { to: "10.0.0.77", from: "10.0.0.8" })).toBe(2);
    expect(looks).toBe(1);
    expect(batch.arrivalOf(1).localAddress).toBe(ip("10.0.0.77"));
  });
});
