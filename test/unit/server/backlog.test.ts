import { describe, expect, it } from "vitest";
import { RECEIVE_BATCH } from "../../../src/base/limits/backend.ts";
import { BACKLOG_MAX, BACKLOG_SLOT_OCTETS, BEHIND_BATCHES } from "../../../src/base/limits/overload.ts";
import { Backlog } from "../../../src/server/overload/backlog.ts";
import { mayWait } from "../../../src/server/overload/may-wait.ts";
import { buildMessage } from "../../support/message-builder.ts";

const ARRIVAL = { ifindex: 2, localAddress: 3, remoteAddress: 4, remotePort: 68 };

function octetsOf(backlog: Backlog): number[] {
  return [...backlog.arena.subarray(backlog.offset, backlog.offset + backlog.length)];
}

describe("the backlog", () => {
  const isLong = () => true;
  const isShort = () => false;

  it("counts as behind after a number of full receive calls in a row with many still waiting, until one is not full", () => {
    const backlog = new Backlog();
    for (let i = 1; i < BEHIND_BATCHES; i++) backlog.countReceived(RECEIVE_BATCH, isLong);
    expect(backlog.isBehind).toBe(false);
    backlog.countReceived(RECEIVE_BATCH, isLong);
    expect(backlog.isBehind).toBe(true);
    backlog.countReceived(RECEIVE_BATCH - 1, isLong);
    expect(backlog.isBehind).toBe(false);
  });

  it("does not count as behind while full receive calls leave little behind, and no longer once they do", () => {
    const backlog = new Backlog();
    for (let i = 0; i < 3 * BEHIND_BATCHES; i++) backlog.countReceived(RECEIVE_BATCH, isShort);
    expect(backlog.isBehind).toBe(false);
    for (let i = 0; i < BEHIND_BATCHES; i++) backlog.countReceived(RECEIVE_BATCH, isLong);
    expect(backlog.isBehind).toBe(true);
    for (let i = 0; i < BEHIND_BATCHES; i++) backlog.countReceived(RECEIVE_BATCH, isShort);
    expect(backlog.isBehind).toBe(false);
  });

  it("gives datagrams back as they came, oldest first, with how they came in", () => {
    const backlog = new Backlog();
    const source = Uint8Array.of(9, 9, 1, 2, 3, 9);
    expect(backlog.put(source, 2, 3, ARRIVAL)).toBe(true);
    expect(backlog.put(source, 0, 2, { ...ARRIVAL, ifindex: 7 })).toBe(true);
    source.fill(0);
    expect([octetsOf(backlog), backlog.arrival.ifindex]).toEqual([[1, 2, 3], 2]);
    backlog.drop();
    expect([octetsOf(backlog), backlog.arrival.ifindex]).toEqual([[9, 9], 7]);
    backlog.drop();
    expect(backlog.count).toBe(0);
  });

  it("loses its oldest when it is full, however often it has come round", () => {
    const backlog = new Backlog();
    const number = Uint8Array.of(0, 0);
    for (let i = 0; i < 3 * BACKLOG_MAX; i++) {
      number.set([i >>> 8, i & 255]);
      expect(backlog.put(number, 0, 2, ARRIVAL)).toBe(i < BACKLOG_MAX);
    }
    expect(backlog.count).toBe(BACKLOG_MAX);
    expect(octetsOf(backlog)).toEqual([(2 * BACKLOG_MAX) >>> 8, (2 * BACKLOG_MAX) & 255]);
  });

  it("takes what fits a slot", () => {
    const backlog = new Backlog();
    expect([backlog.takes(BACKLOG_SLOT_OCTETS), backlog.takes(BACKLOG_SLOT_OCTETS + 1)]).toEqual([true, false]);
  });
});

describe("of the queries", () => {
  const waits = (parts: Parameters<typeof buildMessage>[0]): boolean => {
    const message = buildMessage(parts);
    const bytes = Uint8Array.from([7, 7, 7, ...message]);
    return mayWait(bytes, 3, message.length);
  };

  it("DISCOVER, INFORM and LEASEQUERY may wait, what a lease depends on may not", () => {
    expect([1, 8, 10].map((type) => waits({ type }))).toEqual([true, true, true]);
    expect([3, 4, 7, 0, 13].map((type) => waits({ type }))).toEqual([false, false, false, false, false]);
  });

  it("those may not whose type is not seen at a glance, and short ones", () => {
    expect(
      waits({
        type: 0,
        options: [
          [60, [1]],
          [53, [1]],
        ],
      }),
    ).toBe(true);
    expect(waits({ type: 0, options: [...new Array(8).fill([60, [1]]), [53, [1]]] })).toBe(false);
    expect(mayWait(new Uint8Array(0), 0, 0)).toBe(false);
    expect(mayWait(new Uint8Array(242), 0, 242)).toBe(false);
  });
});
