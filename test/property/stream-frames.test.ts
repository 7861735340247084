// Framing of bulk leasequeries (RFC 6926 section 6.1): whatever comes in whatever pieces.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BULK_QUERY_OCTETS_MAX } from "../../src/base/limits/leasequery.ts";
import { BulkLeasequery, BulkStep } from "../../src/engine/leasequery/bulk-leasequery.ts";
import { encodeStreamed } from "../../src/wire/encode/leasequery-reply.ts";
import { FramedMessages } from "../../src/wire/framed-messages.ts";
import { HEADER_OCTETS } from "../../src/wire/layout.ts";
import { decodeQuery, Query } from "../../src/wire/query.ts";
import { EngineWorld, KEYS, testInterface } from "../support/engine-world.ts";
import { buildMessage } from "../support/message-builder.ts";

/** All messages in a row of chunks, and whether they came to a bad end. */
function messagesIn(chunks: readonly Uint8Array[]): { messages: number[][]; isBroken: boolean; rest: boolean } {
  const frames = new FramedMessages();
  const messages: number[][] = [];
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length && !frames.isBroken; ) {
      const taken = frames.take(chunk, at);
      expect(taken).toBeGreaterThan(0);
      at += taken;
      expect(at).toBeLessThanOrEqual(chunk.length);
      if (!frames.isWhole) continue;
      messages.push([...frames.octets.subarray(0, frames.length)]);
      frames.next();
    }
  }
  return { messages, isBroken: frames.isBroken, rest: frames.isUnderWay };
}

/** Cuts octets at some places. */
function cut(octets: readonly number[], places: readonly number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % (octets.length + 1)).sort((a, b) => a - b), octets.length];
  return at.slice(1).map((end, i) => Uint8Array.from(octets.slice(at[i], end)));
}

const message = fc.uint8Array({ minLength: HEADER_OCTETS, maxLength: 600 }).map((octets) => [...octets]);
const framed = (octets: readonly number[]): number[] => [octets.length >>> 8, octets.length & 255, ...octets];

describe("a stream of framed messages", () => {
  it("gives the same messages however it is cut", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 4 }), fc.array(fc.nat(), { maxLength: 9 }), (sent, places) => {
        const found = messagesIn(cut(sent.flatMap(framed), places));
        expect(found).toEqual({ messages: sent, isBroken: false, rest: false });
      }),
    );
  });

  it("breaks at a length that no query can have, and gives what came before", () => {
    const impossible = fc.oneof(
      fc.integer({ min: 0, max: HEADER_OCTETS - 1 }),
      fc.integer({ min: BULK_QUERY_OCTETS_MAX + 1, max: 0xffff }),
    );
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 2 }),
        impossible,
        fc.array(fc.nat(), { maxLength: 5 }),
        (sent, length, places) => {
          const octets = [...sent.flatMap(framed), length >>> 8, length & 255, 1, 2, 3];
          expect(messagesIn(cut(octets, places))).toEqual({ messages: sent, isBroken: true, rest: true });
        },
      ),
    );
  });

  it("takes any octets without an exception", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.array(fc.nat(), { maxLength: 9 }), (octets, places) => {
        messagesIn(cut([...octets], places));
      }),
    );
  });
});

describe("a bulk leasequery", () => {
  it("of any options comes to its end, and every message can be encoded", () => {
    const world = new EngineWorld(
      `allow bulk-leasequery; ping-check false;
       subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.14; option routers 10.0.0.1; }`,
      [testInterface(2, "lan0", "10.0.0.1")],
    );
    world.lease("02:00:00:00:00:0a", { clientId: [1, 2, 3] });
    const bulk = new BulkLeasequery(world.serving, KEYS);
    const target = new Uint8Array(1472);
    const query = new Query();
    const option = fc.tuple(
      fc.constantFrom(55, 57, 61, 82, 151, 154, 155, 221),
      fc.uint8Array({ maxLength: 12 }).map((octets) => [...octets]),
    );
    const header = fc.record({
      type: fc.constantFrom(14, 14, 14, 10, 1, 16, 255),
      hlen: fc.nat({ max: 16 }),
      htype: fc.nat({ max: 255 }),
      options: fc.array(option, { maxLength: 6 }),
    });
    fc.assert(
      fc.property(header, (parts) => {
        const bytes = buildMessage(parts);
        if (decodeQuery(bytes, 0, bytes.length, query) !== undefined) return;
        bulk.startQuery(query, 0xc0000209, 0x0a000001);
        bulk.beginTurn();
        for (let steps = 0; ; steps++) {
          expect(steps).toBeLessThan(10);
          const step = bulk.next(world.now);
          const length = encodeStreamed(query, bulk.reply, target, 0);
          expect(length).toBeGreaterThan(240);
          expect(length).toBeLessThanOrEqual(target.length);
          if (step === BulkStep.done) break;
        }
      }),
    );
  });
});
