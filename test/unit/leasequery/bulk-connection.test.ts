// A connection for bulk leasequeries over real TCP on the loopback: queries in a row, a reader that does
// not read, silence.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BULK_ANSWER_OCTETS } from "../../../src/base/limits/leasequery.ts";
import { BulkConnection } from "../../../src/leasequery/bulk-connection.ts";
import { openLog } from "../../../src/log.ts";
import { decodeMessage } from "../../support/decode-message.ts";
import { EngineWorld, KEYS, testInterface } from "../../support/engine-world.ts";
import { buildMessage, ip, type MessageParts } from "../../support/message-builder.ts";
import { eventually } from "../../support/program.ts";

const POOL = 20_480;
const CONFIG = `allow bulk-leasequery; ping-check false;
  subnet 10.0.0.0 netmask 255.255.0.0 { range 10.0.1.0 10.0.80.255; }`;

const log = openLog({ verbose: false, readable: false, fd: 1 });
log.level = "silent";

let world: EngineWorld;
let server: Server;
let client: Socket;
let counters: Map<string, number>;
/** Of this test alone: a connection of the one before may end late. */
let ended: { count: number };
/** Octets that the server's end has handed to the kernel, or holds for it. */
let written: () => number;
let timeoutMs: number | undefined;

async function open(): Promise<void> {
  const [mine, tally] = [ended, counters];
  const context = {
    serving: world.serving,
    keys: KEYS,
    clock: { wall: () => world.now, monotonic: () => 0 },
    log,
    count: (name: string) => void tally.set(name, (tally.get(name) ?? 0) + 1),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
  server = createServer({ allowHalfOpen: true }, (socket) => {
    written = () => socket.bytesWritten;
    new BulkConnection(context, socket, ip("192.0.2.9"), ip("10.0.0.1"), () => mine.count++);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  client = connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", allowHalfOpen: true });
  client.on("error", () => undefined);
  await once(client, "connect");
}

function framed(parts: Partial<MessageParts> = {}): Uint8Array {
  const octets = buildMessage({ type: 14, chaddr: "00:00:00:00:00:00", htype: 0, hlen: 0, ...parts });
  return Uint8Array.from([octets.length >>> 8, octets.length & 255, ...octets]);
}

/** Message types and xids that come until `dones` queries are done, and how many messages of each. */
async function answers(dones: number): Promise<string[]> {
  let rest = Buffer.alloc(0);
  const runs: string[] = [];
  let [last, count, left] = ["", 0, dones];
  for await (const chunk of client) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const message = decodeMessage(rest.subarray(2, 2 + rest.readUInt16BE(0)));
      rest = rest.subarray(2 + rest.readUInt16BE(0));
      const name = `${message.messageType} ${message.xid}`;
      if (name !== last && count > 0) runs.push(`${last} x ${count}`);
      count = name === last ? count + 1 : 1;
      last = name;
      if (message.messageType === 15) left--;
    }
    if (left === 0) break;
  }
  return [...runs, `${last} x ${count}`];
}

beforeEach(() => {
  world = new EngineWorld(CONFIG, [testInterface(2, "lan0", "10.0.0.1")]);
  counters = new Map();
  ended = { count: 0 };
  timeoutMs = undefined;
});

afterEach(async () => {
  client.destroy();
  if (!server.listening) return;
  server.close();
  await once(server, "close");
});

describe("a connection for bulk leasequeries", () => {
  it("answers queries that come at once one after the other, whole [6926 8.4-1, 8.4-2]", async () => {
    await open();
    client.write(Buffer.concat([framed({ xid: 1 }), framed({ xid: 2, ciaddr: "10.0.1.1" }), framed({ xid: 3 })]));
    expect(await answers(3)).toEqual([`11 1 x ${POOL}`, "15 1 x 1", "15 2 x 1", `11 3 x ${POOL}`, "15 3 x 1"]);
    expect(counters.get("bulk-leasequery")).toBe(3);
  });

  it("answers a query that comes octet by octet [6926 6.1-1]", async () => {
    await open();
    client.setNoDelay(true);
    const octets = framed({ xid: 7, ciaddr: "10.0.1.1" });
    for (const octet of octets) {
      client.write(Uint8Array.of(octet));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await answers(1)).toEqual(["15 7 x 1"]);
  });

  it("answers all that was asked by who has ended its own direction, then ends [6926 8.5-4]", async () => {
    await open();
    client.end(Buffer.concat([framed({ xid: 1 }), framed({ xid: 2 })]));
    expect(await answers(3)).toEqual([`11 1 x ${POOL}`, "15 1 x 1", `11 2 x ${POOL}`, "15 2 x 1"]);
    await eventually("its end", () => ended.count === 1);
  });

  it("makes no more answers than are taken", async () => {
    await open();
    client.pause();
    client.write(framed({ xid: 1 }));
    let [before, same] = [-1, 0];
    await eventually("a standstill", () => {
      same = written() > BULK_ANSWER_OCTETS && written() === before ? same + 1 : 0;
      before = written();
      return same === 5;
    });
    // What all of it would be at least; the kernel's buffers hold less.
    expect(written()).toBeLessThan(POOL * 240);
    const result = answers(1);
    client.resume();
    expect(await result).toEqual([`11 1 x ${POOL}`, "15 1 x 1"]);
  });

  it("is ended, after a while, when the other end says nothing, stops in the middle, or does not read [6926 8.1-5, 8.2-9, 8.5-1]", async () => {
    const many = Buffer.concat(Array.from({ length: 8 }, () => framed()));
    for (const octets of [new Uint8Array(0), framed().subarray(0, 100), many]) {
      timeoutMs = 200;
      ended = { count: 0 };
      await open();
      client.pause();
      client.write(octets);
      await eventually("its end", () => ended.count === 1);
      client.destroy();
      server.close();
    }
    expect(counters.get("bulk-leasequery-timeout")).toBe(3);
  });

  it.each([
    ["a length of nothing", Uint8Array.of(0, 0), "bulk-leasequery-bad-frame"],
    ["a length beyond all bounds", Uint8Array.of(255, 255), "bulk-leasequery-bad-frame"],
    ["octets that are no query", Uint8Array.from([1, 44, ...new Uint8Array(300)]), "bulk-leasequery-bad-query"],
  ])("is ended at once by %s", async (_, octets, reason) => {
    await open();
    client.write(octets);
    await eventually("its end", () => ended.count === 1);
    expect(counters.get(reason)).toBe(1);
  });

  it("is ended at once by a message of any other type [7724 8.1.1-1]", async () => {
    const types = [0, 1, 10, 11, 15, 16, 18, 255];
    for (const type of types) {
      ended = { count: 0 };
      await open();
      client.write(framed({ type }));
      await eventually(`its end by type ${type}`, () => ended.count === 1);
      client.destroy();
      server.close();
    }
    expect(counters.get("bulk-leasequery-unexpected-type")).toBe(types.length);
  });

  it("counts a query that was cut off", async () => {
    await open();
    client.end(framed().subarray(0, 100));
    await eventually("its end", () => ended.count === 1);
    expect(counters.get("bulk-leasequery-cut")).toBe(1);
  });

  it("is ended when a query had to be broken off, which it is told before [6926 8.5-2, 8.5-3]", async () => {
    const slot = world.table.slotOf(ip(world.lease("02:00:00:00:00:0a")));
    world.table.begin(slot);
    await open();
    client.write(
      Buffer.concat([framed({ xid: 1, chaddr: "02:00:00:00:00:0a", htype: 1, hlen: 6 }), framed({ xid: 2 })]),
    );
    await eventually("the query", () => counters.get("bulk-leasequery") === 1);
    const { config, links, table } = world.serving;
    table.revert(slot);
    world.serving.reconfigure(config, table.rebuild(table.pools), links);
    const told: Buffer[] = [];
    for await (const chunk of client) told.push(chunk as Buffer);
    const message = decodeMessage(Buffer.concat(told).subarray(2));
    expect([message.messageType, message.xid, message.options.get(151)?.[0]]).toEqual([15, 1, 2]);
    client.end();
    await eventually("its end", () => ended.count === 1);
    expect(counters.get("bulk-leasequery")).toBe(1);
  });

  it("waits for a lease with a change under way", async () => {
    const slot = world.table.slotOf(ip(world.lease("02:00:00:00:00:0a")));
    world.table.begin(slot);
    await open();
    client.write(framed({ xid: 1, chaddr: "02:00:00:00:00:0a", htype: 1, hlen: 6 }));
    await eventually("the query", () => counters.get("bulk-leasequery") === 1);
    const result = answers(1);
    world.table.revert(slot);
    expect(await result).toEqual(["13 1 x 1", "15 1 x 1"]);
  });
});
