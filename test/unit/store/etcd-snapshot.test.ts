// Which addresses a snapshot reads together.

import fc from "fast-check";
import { expect, it } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { SNAPSHOT_RANGE_ADDRESSES } from "../../../src/base/limits/etcd.ts";
import { LeaseTable } from "../../../src/lease/table/table.ts";
import { rangesOf } from "../../../src/store/etcd/snapshot.ts";
import { KEYS, makePools } from "../../support/lease-clients.ts";

function tableOf(...ranges: readonly string[]): LeaseTable {
  return new LeaseTable(makePools(...ranges.map((range) => ({ ranges: [range] }))), KEYS);
}

it("reads pools in pieces of a fixed size, and whole gaps between them by pages", () => {
  const ranges = rangesOf(tableOf("10.0.0.0-10.0.255.255", "10.1.0.0-10.1.0.9"));
  expect(ranges.map(({ first, last, isGap }) => `${formatIpv4(first)}-${formatIpv4(last)} ${isGap}`)).toEqual([
    "0.0.0.0-9.255.255.255 true",
    "10.0.0.0-10.0.63.255 false",
    "10.0.64.0-10.0.127.255 false",
    "10.0.128.0-10.0.191.255 false",
    "10.0.192.0-10.0.255.255 false",
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
