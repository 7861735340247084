// Which addresses a snapshot reads together, and what it does about the garbage of its answers.

import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { SNAPSHOT_OCTETS_COLLECTED, SNAPSHOT_RANGE_ADDRESSES } from "../../../src/base/limits/etcd.ts";
import { LeaseTable } from "../../../src/lease/table/table.ts";
import type { CallDone, Endpoints } from "../../../src/store/etcd/endpoints.ts";
import { Keys } from "../../../src/store/etcd/keys.ts";
import { Learner } from "../../../src/store/etcd/learner.ts";
import { octetsField } from "../../../src/store/etcd/protobuf.ts";
import { rangesOf, Snapshot, type SnapshotResult } from "../../../src/store/etcd/snapshot.ts";
import { KEYS, makePools } from "../../support/lease-clients.ts";

afterEach(() => vi.unstubAllGlobals());

function tableOf(...ranges: readonly string[]): LeaseTable {
  return new LeaseTable(makePools(...ranges.map((range) => ({ ranges: [range] }))), KEYS);
}

it("reads pools in pieces of a fixed size, and whole gaps between them by pages", () => {
  const ranges = rangesOf(tableOf("10.0.0.0-10.0.255.255", "10.1.0.0-10.1.0.9"));
  expect(ranges.map(({ first, last, isGap }) => `${formatIpv4(first)}-${formatIpv4(last)} ${isGap}`)).toEqual([
    "0.0.0.0-9.255.255.255 true",
    "10.0.0.0-10.0.31.255 false",
    "10.0.32.0-10.0.63.255 false",
    "10.0.64.0-10.0.95.255 false",
    "10.0.96.0-10.0.127.255 false",
    "10.0.128.0-10.0.159.255 false",
    "10.0.160.0-10.0.191.255 false",
    "10.0.192.0-10.0.223.255 false",
    "10.0.224.0-10.0.255.255 false",
    "10.1.0.0-10.1.0.9 false",
    "10.1.0.10-255.255.255.255 true",
  ]);
});

it("reads every address once, whatever the pools are", () => {
  const edge = fc.nat({ max: 0xffff_ffff });
  fc.assert(
    fc.property(fc.uniqueArray(edge, { minLength: 0, maxLength: 8 }), (edges) => {
      const sorted = edges.sort((a, b) => a - b);
      const pools: string[] = [];
      for (let i = 0; i + 1 < sorted.length; i += 2) {
        const [first = 0, last = 0] = [sorted[i], sorted[i + 1]];
        pools.push(`${formatIpv4(first)}-${formatIpv4(Math.min(last, first + 3 * SNAPSHOT_RANGE_ADDRESSES))}`);
      }
      let next = 0;
      for (const { first, last } of rangesOf(tableOf(...pools))) {
        expect(first).toBe(next);
        expect(last).toBeGreaterThanOrEqual(first);
        next = last + 1;
      }
      expect(next).toBe(0x1_0000_0000);
    }),
    { numRuns: 50 },
  );
});

/** Takes a snapshot of a store whose every answer has that many octets of what is no lease; how often garbage was collected. */
async function collectionsOf(answerOctets: number, ranges: number): Promise<number> {
  const collect = vi.fn();
  vi.stubGlobal("gc", collect);
  const key = octetsField(1, "anydhcpd/l/other");
  const answer = octetsField(2, Buffer.concat([key, octetsField(5, new Uint8Array(answerOctets))]));
  const endpoints = {
    call: (_method: string, _request: Buffer, _deadlineMs: number, done: CallDone) =>
      void setImmediate(done, undefined, answer),
  };
  const last = formatIpv4(0x0a00_0000 + ranges * SNAPSHOT_RANGE_ADDRESSES - 1);
  const table = new LeaseTable(makePools({ ranges: [`10.0.0.0-${last}`] }), KEYS, {
    ...{ findsHardware: false, isShared: true },
  });
  const keys = new Keys("anydhcpd");
  const parts = { endpoints: endpoints as unknown as Endpoints, keys, learner: new Learner(keys, table), table };
  const result = await new Promise<SnapshotResult>((done) => {
    new Snapshot({ ...parts, revision: 1, done }).start();
  });
  expect(result).toEqual({ kind: "done", leases: 0 });
  for (const [how] of collect.mock.calls) expect(how).toEqual({ type: "minor" });
  return collect.mock.calls.length;
}

it("has the garbage of its answers collected every few megabytes", async () => {
  // One gap before the pool and one behind it are read too.
  expect(await collectionsOf(SNAPSHOT_OCTETS_COLLECTED / 2, 6)).toBe(8 / 2);
  expect(await collectionsOf(1000, 6)).toBe(0);
});
