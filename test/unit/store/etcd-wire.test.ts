// The encoding of etcd's messages: numbers come back, and octets that are no message are an error, never a crash.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAlarms, readStatus } from "../../../src/store/etcd/condition.ts";
import {
  MessageReader,
  numberField,
  octetsField,
  putVarint,
  varintSize,
  WireError,
} from "../../../src/store/etcd/protobuf.ts";
import { TransactionAnswer, TransactionWriter } from "../../../src/store/etcd/transaction.ts";
import { KeyValue, RangeAnswer, readToken, WatchMessage } from "../../../src/store/etcd/wire.ts";
import { octets } from "../../support/lease-clients.ts";

/** Reads a message in every way that there is. */
function readAll(message: Uint8Array): void {
  const pair = new KeyValue();
  const readers = [
    () => readStatus(message),
    () => readAlarms(message),
    () => readToken(message),
    () => {
      const answer = new RangeAnswer(message);
      while (answer.next(pair)) expect(pair.key.length).toBeLessThanOrEqual(message.length);
    },
    () => {
      const watch = new WatchMessage(message);
      while (watch.next(pair)) expect(pair.value.length).toBeLessThanOrEqual(message.length);
    },
    () => {
      const answer = new TransactionAnswer(message);
      while (answer.next()) expect(answer.pair.value.length).toBeLessThanOrEqual(message.length);
    },
  ];
  for (const read of readers) {
    try {
      read();
    } catch (error) {
      expect(error).toBeInstanceOf(WireError);
    }
  }
}

describe("the messages of etcd", () => {
  it("have numbers up to 2^53 - 1, in as few octets as can be", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const message = numberField(5, value);
        const reader = new MessageReader(message);
        expect([reader.nextField(), reader.field, reader.number(), reader.nextField()]).toEqual([
          true,
          5,
          value,
          false,
        ]);
        expect(varintSize(value)).toBe(Math.max(1, Math.ceil(value.toString(2).length / 7)));
      }),
    );
  });

  it("have identifiers of 64 bits, which are read exactly", () => {
    // 2^64 - 2, whose last digits a number of JavaScript does not have.
    const message = Uint8Array.of(8, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1);
    const reader = new MessageReader(message);
    reader.nextField();
    expect(reader.identifier()).toBe("fffffffffffffffe");
  });

  it("are octet by octet what etcd's own description says", () => {
    const writer = new TransactionWriter();
    writer.add(octets("k"), 300, octets("vw"), 2);
    // TxnRequest.success[0] = RequestOp.request_txn {
    //   compare { target: MOD, key: "k", mod_revision: 300 }
    //   success { request_put { key: "k", value: "vw" } }
    //   failure { request_range { key: "k" } } }
    const compare = [0x10, 2, 0x1a, 1, 0x6b, 0x30, 0xac, 2];
    const success = [0x12, 7, 0x0a, 1, 0x6b, 0x12, 2, 0x76, 0x77];
    const failure = [0x0a, 3, 0x0a, 1, 0x6b];
    const nested = [
      0x0a,
      compare.length,
      ...compare,
      0x12,
      success.length,
      ...success,
      0x1a,
      failure.length,
      ...failure,
    ];
    expect([...writer.take()]).toEqual([0x12, nested.length + 2, 0x22, nested.length, ...nested]);
    expect([...octetsField(1, "ab"), ...octetsField(15, "")]).toEqual([0x0a, 2, 0x61, 0x62, 0x7a, 0]);
  });

  it("have a transaction whose length grows with its values, up to the largest", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 1400 }), { minLength: 1, maxLength: 127 }), (lengths) => {
        const writer = new TransactionWriter();
        const value = new Uint8Array(1400).fill(7);
        for (const [i, length] of lengths.entries()) writer.add(Uint8Array.of(1, i), i, value, length);
        const reader = new MessageReader(writer.take());
        let read = 0;
        while (reader.nextField()) {
          const operation = reader.message();
          operation.nextField();
          const nested = operation.message();
          let fields = "";
          while (nested.nextField()) {
            fields += nested.field;
            nested.skip();
          }
          expect([operation.field, fields]).toEqual([4, "123"]);
          read += 1;
        }
        expect(read).toBe(lengths.length);
      }),
    );
  });

  it("may be any octets: what is none of them is a WireError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (message) => readAll(message)),
      { numRuns: 2000 },
    );
  });

  it("may be cut off or damaged anywhere, within what looks like one", () => {
    const pair = Buffer.concat([octetsField(1, "key"), numberField(3, 77), octetsField(5, "value")]);
    const message = Buffer.concat([
      octetsField(1, numberField(3, 1000)),
      octetsField(2, pair),
      octetsField(3, octetsField(4, Buffer.concat([numberField(2, 1), octetsField(3, octetsField(1, pair))]))),
      octetsField(11, octetsField(2, pair)),
    ]);
    for (let end = 0; end <= message.length; end++) readAll(message.subarray(0, end));
    fc.assert(
      fc.property(fc.nat({ max: message.length - 1 }), fc.integer({ min: 0, max: 255 }), (at, octet) => {
        const damaged = Uint8Array.from(message);
        damaged[at] = octet;
        readAll(damaged);
      }),
    );
  });

  it("end where a length says so, and nothing behind the message is read", () => {
    const field = octetsField(1, "abc");
    const reader = new MessageReader(Uint8Array.of(...field, 9, 9), 0, field.length - 1);
    reader.nextField();
    expect(() => reader.skipOctets()).toThrow(WireError);
    const target = new Uint8Array(10);
    expect(putVarint(target, 0, 2 ** 53 - 1)).toBe(8);
  });
});
