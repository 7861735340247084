import { describe, expect, it } from "vitest";
import { CHECKED_PER_POOL } from "../../../src/base/limits/checks.ts";
import { CheckedAddresses } from "../../../src/lease/checked-addresses.ts";
import { NO_SLOT } from "../../../src/lease/table/address-map.ts";

const anything = (): boolean => true;

describe("checked addresses", () => {
  it("count until their time is over, and again when they are checked anew", () => {
    const checked = new CheckedAddresses();
    checked.add(0, 5, 100);
    expect([checked.until(0, 5), checked.until(0, 6), checked.until(1, 5)]).toEqual([100, 0, 0]);
    expect([checked.countSilent(0, 99), checked.countSilent(0, 100)]).toEqual([1, 0]);
    checked.add(0, 5, 200);
    expect([checked.until(0, 5), checked.countSilent(0, 100)]).toEqual([200, 1]);
    checked.remove(0, 5);
    checked.remove(0, 5);
    expect([checked.until(0, 5), checked.has(0)]).toEqual([0, false]);
  });

  it("come in order from a slot on, round to the pool's beginning, less what is over or of no use", () => {
    const checked = new CheckedAddresses();
    for (const slot of [30, 10, 20]) checked.add(0, slot, slot === 20 ? 50 : 100);
    expect(checked.next(0, 10, 10, anything, undefined, [])).toBe(10);
    expect(checked.next(0, 11, 10, anything, undefined, [])).toBe(20);
    expect(checked.next(0, 11, 60, anything, undefined, [])).toBe(30);
    expect(checked.next(0, 31, 10, anything, undefined, [])).toBe(10);
    expect(checked.next(0, 31, 10, (slot) => slot !== 10, undefined, [])).toBe(20);
    expect(checked.next(0, 0, 100, anything, undefined, [])).toBe(NO_SLOT);
    expect(checked.next(1, 0, 10, anything, undefined, [])).toBe(NO_SLOT);
  });

  it("are bounded: the one that was checked longest ago has to go", () => {
    const checked = new CheckedAddresses();
    for (let slot = 0; slot < CHECKED_PER_POOL; slot++) checked.add(0, slot, 1000 - slot);
    checked.add(0, 500, 2000);
    expect(checked.countSilent(0, 0)).toBe(CHECKED_PER_POOL);
    expect([checked.until(0, CHECKED_PER_POOL - 1), checked.until(0, 500)]).toEqual([0, 2000]);
  });

  it("are no longer silent when somebody answers, and no longer in use when nobody does", () => {
    const checked = new CheckedAddresses();
    checked.add(0, 5, 100);
    expect([checked.addBusy(0, 5, 100), checked.addBusy(0, 5, 200)]).toEqual([true, false]);
    expect([checked.until(0, 5), checked.isBusy(0, 5, 150), checked.isBusy(0, 5, 200)]).toEqual([0, true, false]);
    expect([checked.countBusy(0, 10), checked.countSilent(0, 10)]).toEqual([1, 0]);
    checked.add(0, 5, 300);
    expect([checked.isBusy(0, 5, 150), checked.until(0, 5)]).toEqual([false, 300]);
  });
});
