// Requests as real etcd takes them, and its answers.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Endpoints } from "../../src/store/etcd/endpoints.ts";
import { loadGrpc } from "../../src/store/etcd/grpc.ts";
import { TransactionAnswer, TransactionWriter } from "../../src/store/etcd/transaction.ts";
import {
  KeyValue,
  Method,
  progressRequest,
  RangeAnswer,
  rangeRequest,
  WatchMessage,
  watchRequest,
} from "../../src/store/etcd/wire.ts";
import { EtcdCluster, hasEtcd } from "../support/etcd.ts";
import { octets } from "../support/lease-clients.ts";

describe.skipIf(!hasEtcd)("the messages of etcd (skipped where Debian's etcd cannot be had)", () => {
  let etcd: EtcdCluster;
  let endpoints: Endpoints;

  beforeAll(async () => {
    etcd = await EtcdCluster.start();
    const grpc = await loadGrpc();
    endpoints = new Endpoints(grpc, etcd.endpoints, grpc.credentials.createInsecure(), undefined);
  });

  afterAll(async () => {
    endpoints.close();
    await etcd.dispose();
  });

  function call(method: Method, request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      endpoints.call(method, request, 2000, (failure, answer) => {
        if (failure === undefined) resolve(answer);
        else reject(new Error(failure.message));
      });
    });
  }

  const text = (octetsOf: Uint8Array): string => Buffer.from(octetsOf).toString("latin1");

  it("puts each key of a transaction by itself, and reads those whose revision was another", async () => {
    const writer = new TransactionWriter();
    writer.add(octets("k1"), 0, octets("one"), 3);
    writer.add(octets("k2"), 0, octets("two"), 3);
    const first = new TransactionAnswer(await call(Method.transaction, writer.take()));
    expect([first.next(), first.isWritten, first.next(), first.isWritten, first.next()]).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
    const { revision, clusterId } = first.header;
    expect(clusterId).toMatch(/^[0-9a-f]{8,16}$/);

    writer.add(octets("k1"), 0, octets("three"), 5);
    writer.add(octets("k2"), revision, octets("four"), 4);
    writer.add(octets("k3"), revision, octets("five"), 4);
    const second = new TransactionAnswer(await call(Method.transaction, writer.take()));
    expect(second.header).toEqual({ clusterId, revision: revision + 1 });
    second.next();
    expect([second.isWritten, second.isFound, text(second.pair.key), text(second.pair.value)]).toEqual([
      false,
      true,
      "k1",
      "one",
    ]);
    expect(second.pair.modRevision).toBe(revision);
    second.next();
    expect(second.isWritten).toBe(true);
    second.next();
    expect([second.isWritten, second.isFound]).toEqual([false, false]);
    expect(await etcd.ctl(["get", "k2"])).toBe("k2\nfour\n");
  });

  it("takes 127 changes of a thousand octets in one transaction", async () => {
    const writer = new TransactionWriter();
    const value = new Uint8Array(1000).fill(65);
    for (let i = 0; i < 127; i++) writer.add(Uint8Array.of(0x6c, 0, 200, i), 0, value, value.length);
    const answer = new TransactionAnswer(await call(Method.transaction, writer.take()));
    let written = 0;
    while (answer.next()) written += answer.isWritten ? 1 : 0;
    expect(written).toBe(127);
  });

  it("reads ranges at a revision, with what a limit leaves out", async () => {
    for (const n of [1, 2, 3]) await etcd.ctl(["put", `r${n}`, `v${n}`]);
    const all = new RangeAnswer(await call(Method.range, rangeRequest(octets("r"), octets("s"))));
    const pair = new KeyValue();
    const seen: string[] = [];
    while (all.next(pair)) seen.push(`${text(pair.key)}=${text(pair.value)}`);
    expect([seen, all.count, all.more]).toEqual([["r1=v1", "r2=v2", "r3=v3"], 3, false]);
    await etcd.ctl(["put", "r1", "later"]);
    const { revision } = all.header;
    const before = new RangeAnswer(
      await call(Method.range, rangeRequest(octets("r"), octets("s"), { revision, limit: 1 })),
    );
    expect([before.next(pair), text(pair.value), before.next(pair), before.more]).toEqual([true, "v1", false, true]);
    const counted = new RangeAnswer(
      await call(Method.range, rangeRequest(octets("r"), octets("s"), { countOnly: true })),
    );
    expect([counted.next(pair), counted.count]).toEqual([false, 3]);
  });

  it("reads the events of a watch from a revision on, deletions too", async () => {
    const revision = await etcd.revision();
    await etcd.ctl(["put", "w1", "x"]);
    await etcd.ctl(["del", "w1"]);
    const seen: string[] = [];
    const { stream } = endpoints.open(Method.watch);
    await new Promise<void>((resolve, reject) => {
      stream.on("error", reject);
      stream.on("data", (octetsOf) => {
        const message = new WatchMessage(octetsOf);
        const pair = new KeyValue();
        if (message.isCreated) seen.push("created");
        while (message.next(pair)) seen.push(`${text(pair.key)} ${message.isDeletion} ${pair.modRevision - revision}`);
        if (seen.length === 3) resolve();
      });
      stream.write(watchRequest(octets("w"), octets("x"), revision + 1));
    });
    stream.on("error", () => undefined);
    stream.cancel();
    expect(seen).toEqual(["created", "w1 false 1", "w1 true 2"]);
  });

  it("learns how far a watch is by asking it", async () => {
    const revision = await etcd.revision();
    const { stream } = endpoints.open(Method.watch);
    const reached = await new Promise<number>((resolve, reject) => {
      stream.on("error", reject);
      stream.on("data", (octetsOf) => {
        const message = new WatchMessage(octetsOf);
        if (message.isCreated) stream.write(progressRequest());
        else resolve(message.header.revision);
      });
      stream.write(watchRequest(octets("p"), octets("q"), revision + 1));
    });
    stream.on("error", () => undefined);
    stream.cancel();
    expect(reached).toBe(revision);
  });

  it("is told that the start of a watch is compacted away, and what is left", async () => {
    const revision = await etcd.revision();
    await etcd.ctl(["put", "c1", "x"]);
    await etcd.ctl(["put", "c1", "y"]);
    await etcd.ctl(["compact", String(revision + 2)]);
    const other = endpoints.open(Method.watch).stream;
    const oldest = await new Promise<number>((resolve, reject) => {
      other.on("error", reject);
      other.on("data", (octetsOf) => {
        const message = new WatchMessage(octetsOf);
        if (message.isCancelled) resolve(message.compactRevision);
      });
      other.write(watchRequest(octets("c"), octets("d"), revision));
    });
    other.on("error", () => undefined);
    other.cancel();
    expect(oldest).toBe(revision + 2);
  });
});
