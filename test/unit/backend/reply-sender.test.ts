// How rows leave: by which recipe, after which neighbour entry, and what becomes of those that
// cannot. The socket and the helper are scripted; everything else is real.

import { constants } from "node:os";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ReplyBatch } from "../../../src/backend/backend.ts";
import { BackendCounters } from "../../../src/backend/backend-counters.ts";
import { BurstNotices } from "../../../src/backend/burst-notices.ts";
import { ReplySender } from "../../../src/backend/reply-sender.ts";
import { Interfaces } from "../../../src/base/interfaces.ts";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { SEND_RETRIES_MAX, SEND_RETRY_MS } from "../../../src/base/limits/backend.ts";
import { HELPER_BATCH, HELPER_DEADLINE_MS, HELPER_REST_MS, HELPER_WAITS_MAX } from "../../../src/base/limits/helper.ts";
import { type Helper, NeighbourResult } from "../../../src/helper/helper.ts";
import { ENTRY_COLUMNS, REPLY_COLUMNS, ReplyColumn, SendFlag } from "../../../src/native/columns.ts";
import type { NeighbourRows, ReplyRows } from "../../../src/native/rows.ts";
import { Delivery } from "../../../src/wire/delivery.ts";
import { ethernet, ip, loopback } from "./world.ts";

const { EAGAIN, EADDRNOTAVAIL, ENODEV, ENETUNREACH, EPERM } = constants.errno;

const INTERFACES = new Interfaces(1, [
  loopback(["192.0.2.53/32"]),
  ethernet(2, "eth0", ["10.0.0.1/24"]),
  ethernet(3, "veth0", ["10.1.0.1/24"], { virtual: true }),
]);

/** Everything that happens, in order: sends, entries set and deleted, batches given back. */
let events: string[];
let notices: string[];
let counters: BackendCounters;
let now: number;
let given: ReplyBatch[];
let onGiven: () => void;
/** Errno per destination, taken from the front at each attempt; 0 when it is used up. */
let trouble: Map<string, number[]>;

class ScriptedHelper implements Helper {
  present = true;
  /** Answers at once with these, else when answer() is called. */
  automatic: ((address: string) => number) | undefined;
  private readonly open: { addresses: string[]; done: (results: Uint8Array) => void }[] = [];
  onGone = (): void => undefined;

  setNeighbours(entries: NeighbourRows, count: number, done: (results: Uint8Array) => void): void {
    const addresses = addressesIn(entries, count);
    events.push(`set ${addresses.join(" ")}`);
    const { automatic } = this;
    if (automatic !== undefined) done(Uint8Array.from(addresses, automatic));
    else this.open.push({ addresses, done });
  }

  answer(result: (address: string) => number = () => NeighbourResult.ok): void {
    const request = this.open.shift();
    if (request === undefined) throw new Error("nothing was asked");
    request.done(Uint8Array.from(request.addresses, result));
  }

  /** Groups that are answered while the sender waits. */
  prompt = 0;

  awaitAnswer(): boolean {
    if (this.prompt === 0) return false;
    this.prompt -= 1;
    this.answer();
    return true;
  }

  deleteNeighbours(entries: NeighbourRows, count: number): void {
    events.push(`delete ${addressesIn(entries, count).join(" ")}`);
  }

  sendsFrames = false;

  sendFrames(
    _arena: Uint8Array,
    replies: ReplyRows,
    rows: Uint32Array,
    count: number,
    done: (results: Uint8Array) => void,
  ): void {
    const addresses = [...rows.subarray(0, count)].map((row) => formatIpv4(replies.destination(row)));
    events.push(`frames ${addresses.join(" ")}`);
    this.open.push({ addresses, done });
  }

  listen(): Promise<never> {
    throw new Error("not asked for here");
  }

  close(): void {}
}

function addressesIn(entries: NeighbourRows, count: number): string[] {
  return Array.from({ length: count }, (_, i) => formatIpv4(entries.address(i)));
}

const socket = {
  send(_arena: Uint8Array, { columns }: ReplyRows, first: number, count: number): number {
    let taken = 0;
    const sent: string[] = [];
    for (let row = first; row < first + count; row++) {
      const base = row * REPLY_COLUMNS;
      const destination = formatIpv4(columns[base + ReplyColumn.destination] ?? 0);
      const errno = trouble.get(destination)?.shift() ?? 0;
      columns[base + ReplyColumn.result] = errno;
      if (errno === 0) taken++;
      sent.push(destination);
    }
    events.push(`send ${sent.join(" ")}`);
    return taken;
  },
};

let helper: ScriptedHelper;
let sender: ReplySender;

beforeEach(() => {
  vi.useFakeTimers();
  events = [];
  notices = [];
  given = [];
  onGiven = () => undefined;
  now = 1000;
  trouble = new Map();
  counters = new BackendCounters();
  helper = new ScriptedHelper();
  sender = senderOf(true);
});
afterEach(() => void vi.useRealTimers());

function senderOf(takesEntries: boolean): ReplySender {
  return new ReplySender({
    helper,
    counters,
    takesEntries,
    bursts: new BurstNotices(() => now),
    now: () => now,
    interfaces: () => INTERFACES,
    socket: () => socket,
    warn: (message) => notices.push(message),
    onSent: (batch) => {
      given.push(batch);
      events.push("given back");
      onGiven();
    },
  });
}

interface Row {
  to: string;
  by: Delivery;
  from?: string;
  ifindex?: number;
}

function batchOf(...rows: Row[]): ReplyBatch {
  const batch = new ReplyBatch();
  for (const { to, by, from = "10.0.0.1", ifindex = 2 } of rows) {
    const base = batch.add(300) * REPLY_COLUMNS;
    batch.rows.columns[base + ReplyColumn.destination] = ip(to);
    batch.rows.columns[base + ReplyColumn.port] = by === Delivery.relay ? 67 : 68;
    batch.rows.columns[base + ReplyColumn.source] = ip(from);
    batch.rows.columns[base + ReplyColumn.ifindex] = ifindex;
    batch.rows.columns[base + ReplyColumn.delivery] = by;
    batch.rows.columns[base + ReplyColumn.result] = 7777;
    batch.rows.columns[base + ReplyColumn.flags] = 0xff;
    batch.rows.columns[base + ReplyColumn.hardwareHigh] = 0x0200;
    batch.rows.columns[base + ReplyColumn.hardwareLow] = 0x00000a00 + batch.count;
  }
  return batch;
}

function column(batch: ReplyBatch, row: number, name: keyof typeof ReplyColumn): number {
  return batch.rows.columns[row * REPLY_COLUMNS + ReplyColumn[name]] ?? -1;
}

function counted(): Record<string, number> {
  return Object.fromEntries([...counters.toMap(0)].filter(([, value]) => value > 0));
}

const neighbour = (to: string, more: Partial<Row> = {}): Row => ({ to, by: Delivery.neighbour, ...more });

describe("the recipe of a row", () => {
  const NONE = 0;
  const WHOLE = SendFlag.fullChecksum;
  const DIRECT = SendFlag.dontRoute;
  it.each<[string, Row, { ifindex: number; flags: number }]>([
    ["a relay, by the routing table", { to: "172.16.0.1", by: Delivery.relay }, { ifindex: 0, flags: NONE }],
    ["a relay on a virtual link", { to: "10.1.0.9", by: Delivery.relay, ifindex: 3 }, { ifindex: 0, flags: NONE }],
    ["a renewing client, by the routing table", { to: "10.0.0.9", by: Delivery.unicast }, { ifindex: 0, flags: NONE }],
    ["a renewing client on a virtual link", { to: "10.1.0.9", by: Delivery.unicast }, { ifindex: 0, flags: WHOLE }],
    ["a broadcast", { to: "255.255.255.255", by: Delivery.broadcast }, { ifindex: 2, flags: NONE }],
    [
      "a broadcast on a virtual link",
      { to: "255.255.255.255", by: Delivery.broadcast, ifindex: 3 },
      { ifindex: 3, flags: WHOLE },
    ],
    ["a new client, past the routing table", neighbour("10.0.0.9"), { ifindex: 2, flags: DIRECT }],
    ["a new client on a virtual link", neighbour("10.1.0.9", { ifindex: 3 }), { ifindex: 3, flags: DIRECT | WHOLE }],
  ])("suits %s", (_what, row, expected) => {
    helper.automatic = () => NeighbourResult.ok;
    const batch = batchOf(row);
    sender.send(batch);
    expect({ ifindex: column(batch, 0, "ifindex"), flags: column(batch, 0, "flags") }).toEqual(expected);
    expect(column(batch, 0, "destination")).toBe(ip(row.to));
    expect(column(batch, 0, "result")).toBe(0);
    expect(given).toEqual([batch]);
  });

  it("allows every address of ours as the source, and no other", () => {
    const batch = batchOf(
      { to: "172.16.0.1", by: Delivery.relay, from: "192.0.2.53" },
      { to: "255.255.255.255", by: Delivery.broadcast, from: "10.0.0.99" },
      { to: "172.16.0.2", by: Delivery.relay, from: "0.0.0.0" },
      { to: "172.16.0.3", by: Delivery.relay },
    );
    sender.send(batch);
    expect(events).toEqual(["send 172.16.0.1", "send 172.16.0.3", "given back"]);
    expect([0, 1, 2, 3].map((row) => column(batch, row, "result"))).toEqual([0, EADDRNOTAVAIL, EADDRNOTAVAIL, 0]);
    expect(counted()).toEqual({ sent: 2, "source-gone": 2 });
    expect(notices).toEqual(["a reply from 10.0.0.99 was not sent: this address is not on this host any more"]);
  });

  it("never lets a broadcast leave by the default route", () => {
    const batch = batchOf({ to: "255.255.255.255", by: Delivery.broadcast, ifindex: 0 });
    sender.send(batch);
    expect(column(batch, 0, "result")).toBe(ENODEV);
    expect(events).toEqual(["given back"]);
  });
});

describe("neighbour entries", () => {
  it("are set, used and deleted, while the other rows go at once", () => {
    const batch = batchOf(
      { to: "172.16.0.1", by: Delivery.relay },
      { to: "10.0.0.5", by: Delivery.unicast },
      neighbour("10.0.0.11"),
      { to: "255.255.255.255", by: Delivery.broadcast },
      neighbour("10.0.0.12"),
      neighbour("10.0.0.13"),
    );
    sender.send(batch);
    expect(events).toEqual(["send 172.16.0.1 10.0.0.5", "send 255.255.255.255", "set 10.0.0.11 10.0.0.12 10.0.0.13"]);
    events = [];
    helper.answer();
    expect(events).toEqual([
      "send 10.0.0.11",
      "send 10.0.0.12 10.0.0.13",
      "delete 10.0.0.11 10.0.0.12 10.0.0.13",
      "given back",
    ]);
    expect(counted()).toEqual({ sent: 6 });
  });

  it("carry the interface, the address and the hardware address", () => {
    const entries: number[][] = [];
    vi.spyOn(helper, "setNeighbours").mockImplementation((rows, count) => {
      entries.push([...rows.columns.subarray(0, count * ENTRY_COLUMNS)]);
    });
    sender.send(batchOf(neighbour("10.0.0.11"), neighbour("10.1.0.12", { ifindex: 3 })));
    expect(entries).toEqual([[2, ip("10.0.0.11"), 0x0200, 0x0a01, 3, ip("10.1.0.12"), 0x0200, 0x0a02]]);
  });

  it("are not set where the helper sends frames: those have left with its answer, others are broadcast", () => {
    helper.sendsFrames = true;
    const batch = batchOf(
      neighbour("10.0.0.11"),
      { to: "10.0.0.5", by: Delivery.unicast },
      neighbour("10.0.0.12"),
      neighbour("10.0.0.13"),
    );
    sender.send(batch);
    expect(events).toEqual(["send 10.0.0.5", "frames 10.0.0.11 10.0.0.12 10.0.0.13"]);
    events = [];
    helper.answer((address) => (address === "10.0.0.12" ? NeighbourResult.refused : NeighbourResult.ok));
    expect(events).toEqual(["send 255.255.255.255", "given back"]);
    expect(counted()).toEqual({ sent: 4, "neighbour-refused": 1 });
    expect(notices).toEqual([
      "the helper has refused to send a frame: the reply for 10.0.0.12 is broadcast instead, and so are others",
    ]);
    expect(Array.from({ length: 4 }, (_, row) => batch.rows.columns[row * REPLY_COLUMNS + ReplyColumn.result])).toEqual(
      [0, 0, 0, 0],
    );
  });

  it("are not deleted at the end where frames were sent instead", () => {
    helper.sendsFrames = true;
    sender.send(batchOf(neighbour("10.0.0.11")));
    sender.close();
    expect(events).toEqual(["frames 10.0.0.11", "send 255.255.255.255", "given back"]);
  });

  it("are asked for in groups, one after the other", () => {
    const rows = Array.from({ length: HELPER_BATCH + 3 }, (_, i) => neighbour(`10.0.0.${i + 2}`));
    sender.send(batchOf(...rows));
    expect(events.map((text) => text.split(" ").length - 1)).toEqual([HELPER_BATCH]);
    helper.answer();
    expect(events.map((text) => text.split(" ")[0])).toEqual(["set", "send", "delete", "set"]);
    expect(events.at(-1)?.split(" ").length).toBe(1 + 3);
    helper.answer();
    expect(events.at(-1)).toBe("given back");
    expect(counted()).toEqual({ sent: HELPER_BATCH + 3 });
  });

  it("that the helper sets while the sender waits let their replies leave before it returns", () => {
    helper.prompt = 2;
    sender.send(batchOf(neighbour("10.0.0.11")));
    expect(events).toEqual(["set 10.0.0.11", "send 10.0.0.11", "delete 10.0.0.11", "given back"]);
    sender.send(batchOf(neighbour("10.0.0.11"), neighbour("10.0.0.11")));
    expect(events.slice(4)).toEqual(["set 10.0.0.11", "send 10.0.0.11", "delete 10.0.0.11", "set 10.0.0.11"]);
    helper.answer();
    expect(given).toHaveLength(2);
  });

  it("are waited for in few groups in a row: other messages have their turn then", () => {
    helper.prompt = Number.POSITIVE_INFINITY;
    sender.send(batchOf(...Array.from({ length: HELPER_WAITS_MAX + 1 }, () => neighbour("10.0.0.11"))));
    expect(events.filter((text) => text.startsWith("send"))).toHaveLength(HELPER_WAITS_MAX);
    expect(given).toEqual([]);
    helper.answer();
    expect(given).toHaveLength(1);
  });

  it("of what is sent because a batch was given back are waited for as well, one sender at a time", () => {
    helper.prompt = 2;
    let more: ReplyBatch | undefined = batchOf(neighbour("10.0.0.12"));
    onGiven = () => {
      const next = more;
      more = undefined;
      if (next !== undefined) sender.send(next);
    };
    sender.send(batchOf(neighbour("10.0.0.11")));
    expect(events.filter((text) => !text.startsWith("given"))).toEqual([
      ...["set 10.0.0.11", "send 10.0.0.11", "delete 10.0.0.11"],
      ...["set 10.0.0.12", "send 10.0.0.12", "delete 10.0.0.12"],
    ]);
  });

  it("of two replies to one address never overlap", () => {
    sender.send(batchOf(neighbour("10.0.0.11"), neighbour("10.0.0.12"), neighbour("10.0.0.11")));
    helper.answer();
    helper.answer();
    expect(events).toEqual([
      "set 10.0.0.11 10.0.0.12",
      "send 10.0.0.11 10.0.0.12",
      "delete 10.0.0.11 10.0.0.12",
      "set 10.0.0.11",
      "send 10.0.0.11",
      "delete 10.0.0.11",
      "given back",
    ]);
  });

  it("of two batches follow one another, and each batch is given back when it is done", () => {
    const [first, second, third] = [
      batchOf(neighbour("10.0.0.11")),
      batchOf(neighbour("10.0.0.12")),
      batchOf({ to: "172.16.0.1", by: Delivery.relay }),
    ];
    sender.send(first);
    sender.send(second);
    sender.send(third);
    expect(given).toEqual([third]);
    helper.answer();
    expect(given).toEqual([third, first]);
    helper.answer();
    expect(given).toEqual([third, first, second]);
  });

  it.each([
    [NeighbourResult.refused, "neighbour-refused"],
    [NeighbourResult.full, "neighbour-full"],
    [NeighbourResult.failed, "neighbour-failed"],
  ])("that cannot be had (result %i) make their replies broadcasts, counted as %s and said once", (result, name) => {
    helper.automatic = (address) => (address === "10.0.0.12" ? NeighbourResult.ok : result);
    const batch = batchOf(neighbour("10.0.0.11"), neighbour("10.0.0.12"), neighbour("10.1.0.13", { ifindex: 3 }));
    sender.send(batch);
    expect(events).toEqual([
      "set 10.0.0.11 10.0.0.12 10.1.0.13",
      "send 255.255.255.255 10.0.0.12 255.255.255.255",
      "delete 10.0.0.12",
      "given back",
    ]);
    expect([0, 1, 2].map((row) => column(batch, row, "delivery"))).toEqual([
      Delivery.broadcast,
      Delivery.neighbour,
      Delivery.broadcast,
    ]);
    expect([0, 1, 2].map((row) => column(batch, row, "flags"))).toEqual([0, SendFlag.dontRoute, SendFlag.fullChecksum]);
    expect(column(batch, 0, "ifindex")).toBe(2);
    expect(column(batch, 0, "port")).toBe(68);
    expect(counted()).toEqual({ sent: 3, [name]: 2 });
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain("the reply for 10.0.0.11 is broadcast instead");
  });

  it("are not asked for where there is no helper", () => {
    helper.present = false;
    sender.send(batchOf(neighbour("10.0.0.11"), { to: "172.16.0.1", by: Delivery.relay }));
    expect(events).toEqual(["send 255.255.255.255 172.16.0.1", "given back"]);
    expect(counted()).toEqual({ sent: 2, "neighbour-no-helper": 1 });
  });

  it("are not waited for again until a silent helper has rested", () => {
    const first = batchOf(...Array.from({ length: HELPER_BATCH + 1 }, (_, i) => neighbour(`10.0.0.${i + 2}`)));
    sender.send(first);
    sender.send(batchOf(neighbour("10.0.0.201")));
    helper.answer(() => NeighbourResult.unanswered);
    expect(given).toHaveLength(2);
    expect(counted()).toEqual({ sent: HELPER_BATCH + 2, "neighbour-unanswered": HELPER_BATCH + 2 });
    events = [];
    now += HELPER_REST_MS - 1;
    sender.send(batchOf(neighbour("10.0.0.202")));
    expect(events).toEqual(["send 255.255.255.255", "given back"]);
    now += 1;
    events = [];
    sender.send(batchOf(neighbour("10.0.0.203")));
    helper.answer();
    expect(events).toEqual(["set 10.0.0.203", "send 10.0.0.203", "delete 10.0.0.203", "given back"]);
    expect(notices).toHaveLength(1);
  });

  it("of a helper that ends meanwhile cost one notice, not two", () => {
    sender.send(batchOf(neighbour("10.0.0.11")));
    helper.present = false;
    helper.answer(() => NeighbourResult.unanswered);
    sender.send(batchOf(neighbour("10.0.0.12")));
    expect(counted()).toEqual({ sent: 2, "neighbour-no-helper": 2 });
    expect(notices).toEqual([expect.stringContaining("there is no helper")]);
  });

  it("are given up for a batch that had to wait behind another for longer than the deadline", () => {
    sender.send(batchOf(neighbour("10.0.0.11")));
    sender.send(batchOf(neighbour("10.0.0.12")));
    now += HELPER_DEADLINE_MS + 1;
    helper.answer();
    expect(events.slice(-3)).toEqual(["given back", "send 255.255.255.255", "given back"]);
  });
});

describe("what the kernel refuses", () => {
  it.each([
    [EPERM, "blocked-by-firewall", "blocked by the firewall"],
    [ENETUNREACH, "send-no-route", "no route"],
    [ENODEV, "send-no-device", "gone or down"],
    [constants.errno.ENOBUFS, "send-queue-full", "queue"],
    [constants.errno.EMSGSIZE, "send-failed", "error 90"],
  ])("with errno %i is counted as %s, said once a burst, and stops nobody else", (errno, name, text) => {
    trouble.set("172.16.0.2", [errno, errno]);
    const rows = ["172.16.0.1", "172.16.0.2", "172.16.0.3"].map((to) => ({ to, by: Delivery.relay }));
    const batch = batchOf(...rows);
    sender.send(batch);
    sender.send(batchOf(...rows));
    expect([0, 1, 2].map((row) => column(batch, row, "result"))).toEqual([0, errno, 0]);
    expect(counted()).toEqual({ sent: 4, [name]: 2 });
    expect(notices).toEqual([expect.stringContaining(text)]);
    expect(given).toHaveLength(2);
  });

  it("for want of room is sent a little later, and the batch is given back only then", () => {
    trouble.set("172.16.0.2", [EAGAIN, EAGAIN]);
    trouble.set("172.16.0.3", [EAGAIN]);
    sender.send(batchOf(...["172.16.0.1", "172.16.0.2", "172.16.0.3"].map((to) => ({ to, by: Delivery.relay }))));
    expect(given).toEqual([]);
    vi.advanceTimersByTime(SEND_RETRY_MS);
    expect(given).toEqual([]);
    vi.advanceTimersByTime(SEND_RETRY_MS);
    expect(events).toEqual([
      "send 172.16.0.1 172.16.0.2 172.16.0.3",
      "send 172.16.0.2",
      "send 172.16.0.2",
      "send 172.16.0.3",
      "given back",
    ]);
    expect(counted()).toEqual({ sent: 3 });
  });

  it("for want of room again and again is given up", () => {
    trouble.set("172.16.0.1", Array<number>(SEND_RETRIES_MAX + 2).fill(EAGAIN));
    sender.send(batchOf({ to: "172.16.0.1", by: Delivery.relay }));
    vi.advanceTimersByTime(SEND_RETRY_MS * (SEND_RETRIES_MAX + 1));
    expect(counted()).toEqual({ "send-queue-full": 1 });
    expect(given).toHaveLength(1);
  });

  it("for want of room goes as a broadcast where its neighbour entry will not wait", () => {
    trouble.set("10.0.0.11", [EAGAIN]);
    sender.send(batchOf(neighbour("10.0.0.11")));
    helper.answer();
    vi.advanceTimersByTime(SEND_RETRY_MS);
    expect(events).toEqual([
      "set 10.0.0.11",
      "send 10.0.0.11",
      "delete 10.0.0.11",
      "send 255.255.255.255",
      "given back",
    ]);
  });
});

describe("a sender that takes no entries", () => {
  it("sends everything at once and in order, without the helper", () => {
    helper.present = false;
    const batch = batchOf(neighbour("10.0.0.11"), { to: "172.16.0.1", by: Delivery.relay }, neighbour("10.0.0.12"));
    senderOf(false).send(batch);
    expect(events).toEqual(["send 10.0.0.11 172.16.0.1 10.0.0.12", "given back"]);
    expect(column(batch, 0, "delivery")).toBe(Delivery.neighbour);
    expect(counted()).toEqual({ sent: 3 });
  });

  it("sends what met a full send buffer to the same address later", () => {
    trouble.set("10.0.0.11", [EAGAIN]);
    senderOf(false).send(batchOf(neighbour("10.0.0.11")));
    vi.advanceTimersByTime(SEND_RETRY_MS);
    expect(events).toEqual(["send 10.0.0.11", "send 10.0.0.11", "given back"]);
  });
});

describe("closing", () => {
  it("broadcasts what still waits, takes its entries back and gives every batch back", () => {
    trouble.set("172.16.0.1", [EAGAIN, EAGAIN]);
    sender.send(batchOf(neighbour("10.0.0.11"), { to: "172.16.0.1", by: Delivery.relay }));
    sender.send(batchOf(neighbour("10.0.0.12")));
    events = [];
    sender.close();
    expect(events).toEqual([
      "delete 10.0.0.11",
      "send 255.255.255.255",
      "send 255.255.255.255",
      "given back",
      "given back",
    ]);
    expect(notices).toEqual([expect.stringContaining("queue")]);
    helper.answer();
    vi.runAllTimers();
    expect(given).toHaveLength(2);
  });
});
