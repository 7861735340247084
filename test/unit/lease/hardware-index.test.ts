// The index of hardware addresses beside a plain map.

import { describe, expect, it } from "vitest";
import { HardwareIndex } from "../../../src/lease/table/hardware-index.ts";
import { RecordDetails } from "../../../src/lease/table/record-details.ts";

const SECRET = Uint8Array.from({ length: 16 }, (_, i) => i * 7);
const SLOTS = 300;

/** One of a few addresses, so that many slots have the same. */
function addressOf(number: number): Uint8Array {
  return Uint8Array.of(2, 0, 0, 0, 0, number);
}

function slotsOf(index: HardwareIndex, address: Uint8Array): number[] {
  const client = Object.assign(new RecordDetails(), { htype: 1, hlen: address.length, chaddr: address });
  const slots: number[] = [];
  for (let slot = index.first(client); slot >= 0; slot = index.after(slot)) slots.push(slot);
  return slots;
}

describe("the index of hardware addresses", () => {
  it("holds what was added and not taken out, in whatever order that was", () => {
    const index = new HardwareIndex(SLOTS, SECRET);
    const held = new Map<number, number>();
    let random = 1;
    for (let step = 0; step < 20_000; step++) {
      random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff;
      const slot = (random >>> 8) % SLOTS;
      const number = (random >>> 20) % 40;
      index.remove(slot);
      held.delete(slot);
      if (random % 3 === 0) continue;
      index.add(slot, 1, addressOf(number), 0, 6);
      held.set(slot, number);
    }
    expect(held.size).toBeGreaterThan(100);
    for (let number = 0; number < 40; number++) {
      const expected = [...held].filter(([, of]) => of === number).map(([slot]) => slot);
      // A bucket may hold other addresses too: who searches compares.
      const found = slotsOf(index, addressOf(number)).filter((slot) => held.get(slot) === number);
      expect(found.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
    }
    const reachable = new Set(Array.from({ length: 40 }, (_, number) => slotsOf(index, addressOf(number))).flat());
    expect(reachable.size).toBe(held.size);
  });

  it("holds no slot without an address", () => {
    const index = new HardwareIndex(SLOTS, SECRET);
    index.add(7, 1, addressOf(1), 0, 0);
    expect(slotsOf(index, new Uint8Array(0))).toEqual([]);
    index.remove(7);
    expect(slotsOf(index, addressOf(1))).toEqual([]);
  });
});
